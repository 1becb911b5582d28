import type { Rollout, Target } from "./model.ts";
import type { BudgetSpec } from "./spec.ts";

/** A failure budget that is used up. */
export interface Exceeded {
  /** Index of the wave whose own budget it is; absent: the rollout's. */
  readonly wave?: number;
  readonly failures: number;
  readonly allowed: number;
}

/** Whether a target counts as a failure: the agent said no, or did not get there. */
export function isFailure({ decision }: Target): boolean {
  return decision.type === "Settled" && (decision.result === "Failed" || decision.result === "Refused");
}

/** So many of a number of targets may fail. A percentage is rounded down: a budget is never exceeded by rounding. */
export function allowedFailures(budget: BudgetSpec, targets: number): number {
  return "count" in budget ? budget.count : Math.floor((budget.percent * targets) / 100);
}

/** The first budget that is exceeded by failures that nobody tolerates; undefined: all hold. */
export function exceededBudget({ spec, targets }: Pick<Rollout, "spec" | "targets">): Exceeded | undefined {
  const failures = spec.waves.map(() => 0);
  const sizes = spec.waves.map(() => 0);
  let total = 0;
  for (const target of targets) {
    sizes[target.wave] = (sizes[target.wave] ?? 0) + 1;
    if (isFailure(target) && target.decision.type === "Settled" && target.decision.tolerated !== true) {
      failures[target.wave] = (failures[target.wave] ?? 0) + 1;
      total += 1;
    }
  }
  const allowed = allowedFailures(spec.failureBudget, targets.length);
  if (total > allowed) {
    return { failures: total, allowed };
  }
  for (const [wave, { failureBudget }] of spec.waves.entries()) {
    const own = failureBudget === undefined ? Infinity : allowedFailures(failureBudget, sizes[wave] ?? 0);
    if ((failures[wave] ?? 0) > own) {
      return { wave, failures: failures[wave] ?? 0, allowed: own };
    }
  }
  return undefined;
}
