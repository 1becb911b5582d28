/** What an agent, and the accounts in whose name it acts, must be allowed, as RBAC says it: made from the catalog. Asks no cluster. */
export type { AgentRules } from "./agent-role.ts";
export { accountObject, clusterRole, role, type Account, type RoleObject } from "./manifests.ts";
export { withOfflineKinds } from "./offline-kinds.ts";
export {
  describeRule,
  mergedRules,
  rulesBeyond,
  rulesForAnyName,
  rulesOf,
  singleRulesOf,
  type Grant,
  type PolicyRule,
  type SingleRule,
} from "./rules.ts";
export { rulesOfAgent, rulesOfServices, type ServicesInput } from "./services.ts";
export { NoConfigError, stepsOf, type StepsInput } from "./steps.ts";
export { serviceRules, type RoleRules, type RoleStep } from "./service-role.ts";
