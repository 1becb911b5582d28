import { currentWave, type Rollout } from "./model.ts";

/**
 * Where a rollout is. `Checking`: the agents are asked what they would do. `Aborting`, `RollingBack`: what was in flight has not come
 * to its end, or the way back has not.
 */
export const PHASES = [
  "Draft",
  "Checking",
  "Checked",
  "Running",
  "AwaitingApproval",
  "Paused",
  "Aborting",
  "RollingBack",
  "Succeeded",
  "Failed",
  "Aborted",
  "RolledBack",
] as const;

export type RolloutPhase = (typeof PHASES)[number];

export function phaseOf(rollout: Rollout): RolloutPhase {
  if (rollout.finished !== undefined) {
    return rollout.finished.result;
  }
  if (rollout.aborted !== undefined) {
    return "Aborting";
  }
  if (rollout.rollingBack !== undefined) {
    return "RollingBack";
  }
  if (rollout.started === undefined) {
    return rollout.check === undefined ? "Draft" : rollout.check.hash === undefined ? "Checking" : "Checked";
  }
  if (rollout.paused !== undefined) {
    return "Paused";
  }
  return awaitsApproval(rollout) ? "AwaitingApproval" : "Running";
}

/** The wave whose turn it is was not agreed to yet. */
function awaitsApproval(rollout: Rollout): boolean {
  const wave = currentWave(rollout);
  const progress = wave === undefined ? undefined : rollout.waves[wave];
  return progress?.approvalAskedAtMs !== undefined && progress.approved === undefined;
}
