/**
 * The planner: the cheapest way through a version graph to one version, or to all. Pure; what a plan's steps do is up to who executes it.
 */
export * from "./model.ts";
export { planHash } from "./plan.ts";
export { availableFrom, planTo } from "./planner.ts";
export { MAX_STEPS } from "./reasons.ts";
