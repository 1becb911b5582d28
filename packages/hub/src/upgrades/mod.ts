/**
 * Fleet upgrades: one command moves many instances to a version, each along its own agent's plan. Deciding is pure (`advance`,
 * `intentsFor`, `progressOf`, `startUpgrade`); the driver stores what was decided and hands it on.
 */
export { advance, applyAdvance, type Advance } from "./advance.ts";
export { intentsFor, openIntent } from "./intents-for.ts";
export {
  isOpen,
  type FailurePolicy,
  type Target,
  type TargetDecision,
  type TargetResult,
  type UnreachablePolicy,
  type Upgrade,
  type UpgradeResult,
  type UpgradeSettings,
} from "./model.ts";
export { progressOf, type TargetProgress, type TargetState, type UpgradeProgress, type UpgradeState } from "./progress.ts";
export { selectInstances, type LabelsOf, type SelectionProblem, type TargetSelector } from "./select.ts";
export { startUpgrade, type StartProblem, type UpgradeRequest } from "./start.ts";
export { planFor, type TargetPlan } from "./target-plan.ts";
export { Upgrades, type UpgradesOptions } from "./upgrades.ts";
