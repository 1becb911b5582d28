/** The hub's HTTP API as the command uses it: requests, errors with the hub's own codes, lists over all of their pages, the stream of changes. */
export {
  HubClient,
  type InstanceName,
  type Labels,
  type RolloutAction,
  type RolloutActionRequest,
  type RolloutDocument,
  type RolloutPhase,
  type Selector,
} from "./hub-client.ts";
export { isPassing } from "./passing.ts";
export { HubProblem } from "./problem.ts";
export type {
  AuditEntry,
  Cluster,
  FleetEvent,
  FleetPlan,
  Instance,
  Operation,
  PublishedCatalog,
  Rollout,
  RolloutSummary,
  Target,
  TargetCheck,
  VersionRow,
} from "./schemas.ts";
export { suggesting } from "./suggest.ts";
export { readToldEvent, readToldRollout } from "./told.ts";
export { watchHub } from "./watch.ts";
