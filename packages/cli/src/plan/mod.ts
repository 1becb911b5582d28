/** Previews: how instances would go to a version, as their own agents plan it. */
export { showFleetPlan } from "./fleet-plan.ts";
export { showInstancePlan } from "./instance-plan.ts";
export { formatPlan } from "./plan-text.ts";
