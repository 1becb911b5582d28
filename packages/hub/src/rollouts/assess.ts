import { isFinal, type IntentState, type Reason } from "@portolan/shared/wire";
import { incarnationKey, instanceKey, type ClusterView, type FleetReader, type InstanceView } from "../fleet/mod.ts";
import type { Hold, SentIntent, Target, TargetDecision, TargetResult } from "./model.ts";
import type { RolloutSpec } from "./spec.ts";

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

export function isOnline({ cluster }: Observation): boolean {
  return cluster?.connectivity === "Online";
}

/** A decision about one target that moves it on; undefined: nothing new. */
export type Verdict = TargetDecision | undefined;

export function settle(result: TargetResult, atMs: number, ...reasons: Reason[]): TargetDecision & { type: "Settled" } {
  return { type: "Settled", result, atMs, reasons };
}

/** How something ended that was in another state before: when it was sent is known on. */
export function settledFrom(before: TargetDecision, after: TargetDecision): TargetDecision {
  return before.type === "Sent" && after.type === "Settled" ? { ...after, sentAtMs: before.intent.sentAtMs } : after;
}

export const CLUSTER_REPLACED: Reason = { code: "ClusterReplaced", message: "another cluster was built under this name" };
export const INSTANCE_GONE: Reason = { code: "InstanceGone", message: "the ServiceInstance does not exist any more" };

/** What of a rollout's document it takes to follow a target that was sent. */
export type Deadlines = Pick<RolloutSpec, "action" | "progressDeadlineSeconds" | "targetDeadlineSeconds">;

/**
 * How far a target is whose intent was sent. Done counts only by the acknowledged intent together with a report of that very
 * generation: an older health never does.
 */
export function assessSent(target: Target, intent: SentIntent, seen: Observation, spec: Deadlines, nowMs: number): Verdict {
  if (seen.replaced) {
    return settle("Failed", nowMs, CLUSTER_REPLACED);
  }
  const state = seen.cluster?.intents.get(intent.id)?.state;
  const verdict = state === undefined ? undefined : assessState(target, intent, state, seen, spec, nowMs);
  if (verdict !== undefined) {
    return verdict;
  }
  if (seen.gone && spec.action !== "install" && spec.action !== "remove") {
    return settle("Failed", nowMs, INSTANCE_GONE);
  }
  return nowMs < deadlineOf(intent, seen, spec) ? undefined : overdue(intent, seen, spec, nowMs);
}

function assessState(target: Target, intent: SentIntent, state: IntentState, seen: Observation, spec: Deadlines, nowMs: number): Verdict {
  const reasons = state.reason === undefined ? [] : [state.reason];
  switch (state.phase) {
    case "Done":
      return showsDone(target, seen, state, spec) ? settle("Succeeded", nowMs) : undefined;
    case "Failed":
      return settle("Failed", nowMs, ...reasons);
    case "Refused":
      return { ...settle("Refused", nowMs, ...reasons), ...otherPlan(intent, state) };
    case "Held":
      return afterHold(intent, nowMs, reasons);
    case "Checked":
    case "Waiting":
    case "Running":
      return undefined;
  }
}

function otherPlan(
  { planHash: agreed }: SentIntent,
  { planHash: agent }: IntentState,
): { readonly plans?: { readonly agreed: string; readonly agent: string } } {
  return agreed === undefined || agent === undefined || agent === agreed ? {} : { plans: { agreed, agent } };
}

function afterHold({ hold }: SentIntent, nowMs: number, reasons: readonly Reason[]): TargetDecision {
  switch (hold?.reason) {
    case "WindowClosed":
      return { type: "Undecided", opensAtMs: hold.opensAtMs };
    case "Skipped":
      return settle("Skipped", nowMs, { code: "Skipped", message: "somebody asked to leave it out" });
    default:
      return settle("Held", nowMs, ...reasons);
  }
}

/**
 * When the maintenance window opens that the agent waits for before it begins; undefined: it may act at any time. One that has begun is
 * in flight also between two steps.
 */
export function waitsForWindow(intent: SentIntent, seen: Observation, nowMs: number): number | undefined {
  const state = seen.cluster?.intents.get(intent.id)?.state;
  const untilMs = hasBegun(intent, seen) ? 0 : waitsUntilMs(state, seen);
  return untilMs > nowMs ? untilMs : undefined;
}

/** The agent tells it by its own clock. 0: it waits for no window. */
function waitsUntilMs(state: IntentState | undefined, { cluster }: Observation): number {
  return state?.waitsUntilUnixMs === undefined ? 0 : state.waitsUntilUnixMs - (cluster?.clockSkewMs ?? 0);
}

/** The agent has written the wish into its instance. */
export function hasBegun(intent: SentIntent, { cluster }: Observation): boolean {
  const state = cluster?.intents.get(intent.id)?.state;
  return state !== undefined && (state.generation !== undefined || (state.phase !== "Waiting" && state.phase !== "Checked"));
}

/** The report belongs to the acknowledged intent: it has come at least as far as the generation that carried it. */
function showsDone(target: Target, { instance, gone }: Observation, state: IntentState, { action }: Deadlines): boolean {
  return action === "remove"
    ? gone
    : instance !== undefined && isThere(target, instance) && instance.status.observedGeneration >= (state.generation ?? 0);
}

/** The instance is ready, at the version that it was to reach; what is said of an older generation of it proves nothing. */
export function isThere({ to }: Target, instance: InstanceView): boolean {
  const { ready, version } = instance.status;
  return ready && isObserved(instance) && (to === undefined || version === to);
}

/** The agent has seen the newest change of the instance, so that its status is about that. */
export function isObserved({ status: { generation, observedGeneration } }: InstanceView): boolean {
  return observedGeneration >= generation;
}

/**
 * When the target fails unless something moves. It stands still while the agent waits for a maintenance window, or was told to wait for
 * the rollout's, and goes on when that opens: also when nothing is heard of it any more.
 */
export function deadlineOf(intent: SentIntent, seen: Observation, { progressDeadlineSeconds, targetDeadlineSeconds }: Deadlines): number {
  const known = seen.cluster?.intents.get(intent.id);
  const opensAtMs = known?.state.phase === "Waiting" ? waitsUntilMs(known.state, seen) : 0;
  const heldUntilMs = intent.hold?.reason === "WindowClosed" ? intent.hold.opensAtMs : (intent.hold?.atMs ?? 0);
  const lastProgressMs = Math.max(intent.sentAtMs, heldUntilMs, known?.changedAtMs ?? 0, opensAtMs, seen.instance?.progressedAtMs ?? 0);
  const progressMs = lastProgressMs + progressDeadlineSeconds * 1000;
  return targetDeadlineSeconds === undefined
    ? progressMs
    : Math.min(progressMs, Math.max(intent.sentAtMs, opensAtMs, heldUntilMs) + targetDeadlineSeconds * 1000);
}

/** The target has failed, and its agent is told to stop, whenever it can hear it. */
function overdue(intent: SentIntent, seen: Observation, spec: Deadlines, nowMs: number): TargetDecision {
  const silent = isOnline(seen) ? "" : "; the cluster is offline";
  const seconds = spec.targetDeadlineSeconds ?? spec.progressDeadlineSeconds;
  const what =
    spec.targetDeadlineSeconds === undefined
      ? `nothing moved for ${seconds} s`
      : `it did not get there in ${seconds} s, or nothing moved for ${spec.progressDeadlineSeconds} s`;
  const reason: Reason = { code: "ProgressDeadlineExceeded", message: `${what}${silent}` };
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

/** The decision of a target that is told to stop after its running step. */
export function held(intent: SentIntent, hold: Hold): TargetDecision {
  return { type: "Sent", intent: { ...intent, hold } };
}
