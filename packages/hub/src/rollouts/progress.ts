import type { IntentPhase, IntentState, OperationStatus, Reason } from "@portolan/shared/wire";
import type { FleetReader, InstanceRef } from "../fleet/mod.ts";
import { isOnline, observe } from "./assess.ts";
import { openIntent } from "./intents-for.ts";
import {
  currentWave,
  type Rollout,
  type SentIntent,
  type Target,
  type TargetCheck,
  type TargetDecision,
  type TargetResult,
} from "./model.ts";
import { phaseOf, type RolloutPhase } from "./phase.ts";
import { waveName } from "./waves.ts";

/**
 * Where a target is, as a person sees it. `Pending`: not sent; `Sent`: not acknowledged; `Waiting`: accepted, not started; `Deferred`:
 * its cluster was offline when its turn came.
 */
export type TargetState = "Pending" | "Deferred" | "Sent" | "Waiting" | "Running" | TargetResult;

export type TargetCounts = Readonly<Record<TargetState, number>>;

export interface TargetProgress extends InstanceRef {
  readonly wave: string;
  readonly state: TargetState;
  /** Version at the start. */
  readonly from?: string;
  /** Version to reach. */
  readonly to?: string;
  /** Installed now. */
  readonly version?: string;
  readonly ready?: boolean;
  readonly check?: TargetCheck;
  readonly intentId?: string;
  /** The plan that was sent. */
  readonly planHash?: string;
  /** The agent's own, where it says another one. */
  readonly agentPlanHash?: string;
  /** What the agent is doing for it. */
  readonly operation?: OperationStatus;
  readonly reasons: readonly Reason[];
  readonly settledAtMs?: number;
}

/** Where a wave is, as a person sees it. */
export type WaveState = "Pending" | "AwaitingApproval" | "Running" | "Soaking" | "Passed";

export interface WaveView {
  readonly name: string;
  readonly state: WaveState;
  readonly counts: TargetCounts;
  readonly startedAtMs?: number;
  readonly settledAtMs?: number;
  readonly passedAtMs?: number;
  readonly approvedBy?: string;
}

/** A rollout together with how far it is. */
export interface RolloutProgress {
  readonly rollout: Rollout;
  readonly phase: RolloutPhase;
  readonly counts: TargetCounts;
  readonly waves: readonly WaveView[];
}

/** No target at all. */
export const NO_TARGETS: TargetCounts = {
  Pending: 0,
  Deferred: 0,
  Sent: 0,
  Waiting: 0,
  Running: 0,
  Succeeded: 0,
  Failed: 0,
  Refused: 0,
  Held: 0,
  Skipped: 0,
};

/** Derives from decisions and reports how far a rollout is. Pure; one pass over its targets. */
export function progressOf(rollout: Rollout, fleet: FleetReader): RolloutProgress {
  const total = { ...NO_TARGETS };
  const waves = rollout.spec.waves.map(() => ({ ...NO_TARGETS }));
  for (const target of rollout.targets) {
    const state = targetState(target, fleet);
    total[state] += 1;
    const counts = waves[target.wave];
    if (counts !== undefined) {
      counts[state] += 1;
    }
  }
  return { rollout, phase: phaseOf(rollout), counts: total, waves: waves.map((counts, index) => waveView(rollout, index, counts)) };
}

/**
 * How far each target is.
 *
 * @param undeliverable why a cluster cannot be told its intents
 */
export function targetsOf(
  rollout: Rollout,
  fleet: FleetReader,
  undeliverable: (cluster: string) => Reason | undefined = () => undefined,
): TargetProgress[] {
  return rollout.targets.map((target) => targetProgress(rollout, target, fleet, undeliverable));
}

function waveView(rollout: Rollout, index: number, counts: TargetCounts): WaveView {
  const { startedAtMs, settledAtMs, passedAtMs, approved } = rollout.waves[index] ?? {};
  return {
    name: waveName(rollout.spec, index),
    state: waveState(rollout, index),
    counts,
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(settledAtMs === undefined ? {} : { settledAtMs }),
    ...(passedAtMs === undefined ? {} : { passedAtMs }),
    ...(approved === undefined ? {} : { approvedBy: approved.by }),
  };
}

function waveState(rollout: Rollout, index: number): WaveState {
  const { approvalAskedAtMs, approved, startedAtMs, settledAtMs, passedAtMs } = rollout.waves[index] ?? {};
  if (passedAtMs !== undefined) {
    return "Passed";
  }
  if (settledAtMs !== undefined) {
    return "Soaking";
  }
  if (startedAtMs !== undefined) {
    return "Running";
  }
  return index === currentWave(rollout) && approvalAskedAtMs !== undefined && approved === undefined ? "AwaitingApproval" : "Pending";
}

function targetProgress(
  { spec }: Rollout,
  target: Target,
  fleet: FleetReader,
  undeliverable: (cluster: string) => Reason | undefined,
): TargetProgress {
  const { cluster, instance } = observe(target, fleet);
  const { decision } = target;
  const intent = openIntent(target);
  const acknowledged = intent === undefined ? undefined : cluster?.intents.get(intent.id)?.state;
  const operation = decision.type === "Sent" ? instance?.status.operation : undefined;
  const undelivered = intent !== undefined && acknowledged === undefined ? undeliverable(target.cluster) : undefined;
  const reason = acknowledged?.reason ?? undelivered ?? whyItWaits(decision, isOnline({ cluster, instance, replaced: false, gone: false }));
  return {
    cluster: target.cluster,
    namespace: target.namespace,
    name: target.name,
    wave: waveName(spec, target.wave),
    state: targetState(target, fleet),
    ...(target.from === undefined ? {} : { from: target.from }),
    ...(target.to === undefined ? {} : { to: target.to }),
    ...(instance?.status.version === undefined ? {} : { version: instance.status.version }),
    ...(instance === undefined ? {} : { ready: instance.status.ready }),
    ...(target.check === undefined ? {} : { check: target.check }),
    ...(intent === undefined ? {} : { intentId: intent.id }),
    ...plansOf(decision, intent, acknowledged),
    ...(operation === undefined ? {} : { operation }),
    reasons: decision.type === "Settled" ? decision.reasons : reason === undefined ? [] : [reason],
    ...(decision.type === "Settled" ? { settledAtMs: decision.atMs } : {}),
  };
}

/** The plan that was sent, and the agent's own where it is another one. */
function plansOf(
  decision: TargetDecision,
  intent: SentIntent | undefined,
  acknowledged: IntentState | undefined,
): Pick<TargetProgress, "planHash" | "agentPlanHash"> {
  if (decision.type === "Settled" && decision.plans !== undefined) {
    return { planHash: decision.plans.agreed, agentPlanHash: decision.plans.agent };
  }
  const sent = intent?.planHash;
  const own = acknowledged?.planHash;
  return { ...(sent === undefined ? {} : { planHash: sent }), ...(own === undefined || own === sent ? {} : { agentPlanHash: own }) };
}

function whyItWaits(decision: TargetDecision, online: boolean): Reason | undefined {
  if (decision.type === "Undecided" && decision.opensAtMs !== undefined) {
    const opensAt = new Date(decision.opensAtMs).toISOString().replace(".000Z", "Z");
    return { code: "WindowClosed", message: `others go first, until its maintenance window opens at ${opensAt}` };
  }
  return decision.type === "Deferred" && !online
    ? { code: "Offline", message: "the cluster is offline; it has its turn when it is back" }
    : undefined;
}

function targetState(target: Target, fleet: FleetReader): TargetState {
  const { decision } = target;
  switch (decision.type) {
    case "Undecided":
      return "Pending";
    case "Deferred":
      return "Deferred";
    case "Settled":
      return decision.result;
    case "Sent":
      return sentState(observe(target, fleet).cluster?.intents.get(decision.intent.id)?.state.phase);
  }
}

/** Final, but the report that proves it has not come yet: for a watcher it still runs. */
function sentState(phase: IntentPhase | undefined): TargetState {
  return phase === undefined ? "Sent" : phase === "Waiting" || phase === "Checked" ? "Waiting" : "Running";
}
