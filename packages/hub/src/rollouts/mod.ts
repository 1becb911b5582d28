/**
 * Rollouts: one document brings many instances to one state, in waves with gates, each along its own agent's plan. Deciding is pure
 * (`advance`, `intentsFor`, `command`, `progressOf`); the driver stores what was decided and hands it on.
 */
export { advance, applyAdvance, type Advance, type AdvanceContext } from "./advance.ts";
export { checkHash } from "./check.ts";
export { ALLOWED_IN, command, type Actor, type CommandProblem, type CommandType, type RolloutCommand } from "./commands.ts";
export { createRollout, emptySelection, unknownClusters, type CreateProblem } from "./create.ts";
export type { Deletion } from "./deletion.ts";
export { gateOf, type Gate } from "./gate.ts";
export { intentsFor } from "./intents-for.ts";
export { withJournal } from "./journal.ts";
export { selectMembers, type LabelsOf } from "./members.ts";
export {
  intentId,
  isOpen,
  type Interruption,
  type Rollout,
  type RolloutResult,
  type Target,
  type TargetCheck,
  type TargetResult,
  type WaveProgress,
} from "./model.ts";
export { phaseOf, PHASES, type RolloutPhase } from "./phase.ts";
export {
  NO_TARGETS,
  progressOf,
  targetsOf,
  type RolloutProgress,
  type TargetProgress,
  type TargetState,
  type WaveView,
} from "./progress.ts";
export { Rollouts, type Asked, type RolloutOutcome, type RolloutProblem, type RolloutsOptions } from "./rollouts.ts";
export { rolloutDocumentSchema, rolloutSpecSchema, selectorSchema, type RolloutAction, type RolloutSpec } from "./spec.ts";
export { encodedSizes } from "./stored-rollout.ts";
export { planFor, type TargetPlan } from "./target-plan.ts";
export { waveName } from "./waves.ts";
