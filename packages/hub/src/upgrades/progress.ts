import type { IntentPhase, OperationStatus, Reason } from "@portolan/shared/wire";
import type { FleetReader, InstanceRef } from "../fleet/mod.ts";
import { observe } from "./assess.ts";
import { openIntent } from "./intents-for.ts";
import type { Target, TargetDecision, TargetResult, Upgrade, UpgradeResult } from "./model.ts";

/** Where a target is, as a person sees it. `Pending`: not sent; `Sent`: not acknowledged; `Waiting`: accepted, not started. */
export type TargetState = "Pending" | "Sent" | "Waiting" | "Running" | TargetResult;

/** Where an upgrade is. `Aborting`: what was in flight has not stopped yet. */
export type UpgradeState = "Running" | "Aborting" | UpgradeResult;

export interface TargetProgress extends InstanceRef {
  readonly state: TargetState;
  /** Version at the start. */
  readonly from?: string;
  /** Installed now. */
  readonly version?: string;
  readonly ready?: boolean;
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

/** An upgrade together with how far its targets are. */
export interface UpgradeProgress {
  readonly upgrade: Upgrade;
  readonly state: UpgradeState;
  readonly counts: Readonly<Record<TargetState, number>>;
  readonly targets: readonly TargetProgress[];
}

/** Derives from decisions and reports how far an upgrade is. Pure. */
export function progressOf(upgrade: Upgrade, fleet: FleetReader): UpgradeProgress {
  const targets = upgrade.targets.map((target) => targetProgress(target, fleet));
  const counts: Record<TargetState, number> = {
    Pending: 0,
    Sent: 0,
    Waiting: 0,
    Running: 0,
    Succeeded: 0,
    Failed: 0,
    Refused: 0,
    Held: 0,
    Skipped: 0,
  };
  for (const { state } of targets) {
    counts[state] += 1;
  }
  return { upgrade, state: stateOf(upgrade), counts, targets };
}

function stateOf(upgrade: Upgrade): UpgradeState {
  return upgrade.finished?.result ?? (upgrade.abortedAtMs === undefined ? "Running" : "Aborting");
}

function targetProgress(target: Target, fleet: FleetReader): TargetProgress {
  const { cluster, instance } = observe(target, fleet);
  const { decision } = target;
  const intent = openIntent(target);
  const acknowledged = intent === undefined ? undefined : cluster?.intents.get(intent.id)?.state;
  const operation = decision.type === "Sent" ? instance?.status.operation : undefined;
  const reason = acknowledged?.reason ?? postponedBecause(decision);
  return {
    cluster: target.cluster,
    namespace: target.namespace,
    name: target.name,
    state: targetState(target, acknowledged?.phase),
    ...(target.from === undefined ? {} : { from: target.from }),
    ...(instance?.status.version === undefined ? {} : { version: instance.status.version }),
    ...(instance === undefined ? {} : { ready: instance.status.ready }),
    ...(intent === undefined ? {} : { intentId: intent.id, planHash: intent.planHash }),
    ...(acknowledged?.planHash === undefined || acknowledged.planHash === intent?.planHash ? {} : { agentPlanHash: acknowledged.planHash }),
    ...(operation === undefined ? {} : { operation }),
    reasons: decision.type === "Settled" ? decision.reasons : reason === undefined ? [] : [reason],
    ...(decision.type === "Settled" ? { settledAtMs: decision.atMs } : {}),
  };
}

function postponedBecause(decision: TargetDecision): Reason | undefined {
  if (decision.type !== "Undecided" || decision.postponed === undefined) return undefined;
  const opensAt = new Date(decision.postponed.opensAtMs).toISOString().replace(".000Z", "Z");
  return { code: "WindowClosed", message: `others go first, until its maintenance window opens at ${opensAt}` };
}

function targetState({ decision }: Target, phase: IntentPhase | undefined): TargetState {
  switch (decision.type) {
    case "Undecided":
      return "Pending";
    case "Settled":
      return decision.result;
    case "Sent":
      // Final, but the report that proves it has not come yet: for a watcher it still runs.
      return phase === undefined ? "Sent" : phase === "Waiting" ? "Waiting" : "Running";
  }
}
