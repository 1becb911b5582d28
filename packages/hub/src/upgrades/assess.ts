import { isFinal, type IntentState, type Reason } from "@portolan/shared/wire";
import { incarnationKey, instanceKey, type ClusterView, type FleetReader, type InstanceView } from "../fleet/mod.ts";
import type { SentIntent, Target, TargetDecision, TargetResult } from "./model.ts";

/** What the fleet view says of a target's cluster and instance. */
export interface Observation {
  /** Undefined while the cluster is not known, or when another one stands under its name. */
  readonly cluster: ClusterView | undefined;
  /** Another cluster was built under the name. */
  readonly replaced: boolean;
  readonly instance: InstanceView | undefined;
  /** The instance does not exist any more; merely not having heard of it is not enough. */
  readonly gone: boolean;
}

export function observe(target: Target, fleet: FleetReader): Observation {
  const cluster = fleet.cluster(target.cluster);
  const replaced = cluster !== undefined && incarnationKey(cluster.heartbeat.incarnation) !== target.incarnation;
  if (cluster === undefined || replaced) {
    return { cluster: undefined, replaced, instance: undefined, gone: replaced };
  }
  const instance = fleet.instance(instanceKey(target));
  return { cluster, replaced, instance, gone: instance === undefined && cluster.inSync };
}

/** What every target of an upgrade shall reach, and how long nothing may move on the way. */
export interface Goal {
  readonly version: string;
  readonly progressDeadlineMs: number;
}

/** A decision about one target that moves it on; undefined: nothing new. */
export type Verdict = TargetDecision | undefined;

export function settle(result: TargetResult, atMs: number, ...reasons: Reason[]): TargetDecision & { type: "Settled" } {
  return { type: "Settled", result, atMs, reasons };
}

export const CLUSTER_REPLACED: Reason = { code: "ClusterReplaced", message: "another cluster was built under this name" };
export const INSTANCE_GONE: Reason = { code: "InstanceGone", message: "the ServiceInstance does not exist any more" };

/**
 * How far a target is whose intent was sent. Done counts only by the acknowledged intent together with a report of that very
 * generation: an older health never does.
 */
export function assessSent(intent: SentIntent, seen: Observation, goal: Goal, nowMs: number): Verdict {
  if (seen.replaced) {
    return settle("Failed", nowMs, CLUSTER_REPLACED);
  }
  const state = seen.cluster?.intents.get(intent.id)?.state;
  const final = state === undefined ? undefined : assessFinal(intent, state, seen.instance, goal, nowMs);
  if (final !== undefined) {
    return final;
  }
  if (seen.gone) {
    return settle("Failed", nowMs, INSTANCE_GONE);
  }
  return nowMs < deadlineOf(intent, seen, goal) ? undefined : overdue(intent, seen, goal, nowMs);
}

function assessFinal(intent: SentIntent, state: IntentState, instance: InstanceView | undefined, goal: Goal, nowMs: number): Verdict {
  const reasons = state.reason === undefined ? [] : [state.reason];
  switch (state.phase) {
    case "Done":
      return instance !== undefined && showsDone(instance, state, goal) ? settle("Succeeded", nowMs) : undefined;
    case "Failed":
      return settle("Failed", nowMs, ...reasons);
    case "Refused":
      return settle("Refused", nowMs, ...reasons);
    case "Held":
      return intent.hold?.reason === "WindowClosed" ? postpone(intent, intent.hold) : settle("Held", nowMs, ...reasons);
    case "Checked":
    case "Waiting":
    case "Running":
      return undefined;
  }
}

function postpone({ postponements = 0 }: SentIntent, { opensAtMs }: { readonly opensAtMs: number }): TargetDecision {
  return { type: "Undecided", postponed: { opensAtMs, postponements: postponements + 1 } };
}

/**
 * When the maintenance window opens that the agent waits for before it begins; undefined: it may act at any time. One that has begun is
 * in flight also between two steps.
 */
export function waitsForWindow(intent: SentIntent, { cluster }: Observation, nowMs: number): number | undefined {
  const state = cluster?.intents.get(intent.id)?.state;
  if (state?.phase !== "Waiting" || state.generation !== undefined || state.waitsUntilUnixMs === undefined) return undefined;
  return state.waitsUntilUnixMs > nowMs ? state.waitsUntilUnixMs : undefined;
}

/** The report belongs to the acknowledged intent: it has come at least as far as the generation that carried it. */
function showsDone({ status }: InstanceView, state: IntentState, { version }: Goal): boolean {
  return status.ready && status.version === version && status.observedGeneration >= (state.generation ?? 0);
}

/**
 * When the target fails unless something moves. It stands still while the agent waits for a maintenance window, and goes on when that
 * opens, by the time that the agent gave: also when nothing is heard of it any more.
 */
export function deadlineOf(intent: SentIntent, seen: Observation, { progressDeadlineMs }: Goal): number {
  const known = seen.cluster?.intents.get(intent.id);
  const lastProgressMs = Math.max(
    intent.sentAtMs,
    intent.hold?.atMs ?? 0,
    known?.changedAtMs ?? 0,
    known?.state.phase === "Waiting" ? (known.state.waitsUntilUnixMs ?? 0) : 0,
    seen.instance?.progressedAtMs ?? 0,
  );
  return lastProgressMs + progressDeadlineMs;
}

/** The target has failed, and its agent is told to stop, whenever it can hear it. */
function overdue(intent: SentIntent, seen: Observation, { progressDeadlineMs }: Goal, nowMs: number): TargetDecision {
  const silent = seen.cluster === undefined || seen.cluster.connectivity === "Offline" ? "; the cluster is offline" : "";
  const reason: Reason = { code: "ProgressDeadlineExceeded", message: `nothing moved for ${progressDeadlineMs / 1000} s${silent}` };
  return {
    ...settle("Failed", nowMs, reason),
    openIntent: { ...intent, hold: intent.hold ?? { atMs: nowMs, reason: "ProgressDeadlineExceeded" } },
  };
}

/** Whether the agent has said the last word about an intent that a settled target left open. */
export function isClosed(intent: SentIntent, seen: Observation): boolean {
  const state = seen.cluster?.intents.get(intent.id)?.state;
  return seen.gone || (state !== undefined && isFinal(state.phase));
}
