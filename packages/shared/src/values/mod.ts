/**
 * From an instance's config to what is deployed: effective values of one version, and the objects that its manifests become with them.
 * Pure.
 */
export { effectiveValues } from "./effective.ts";
export type { EffectiveValues } from "./effective.ts";
export type { Release, ValuesInput, ValuesProblem, ValuesProblemCode } from "./model.ts";
export { placeholderSecrets } from "./placeholders.ts";
export { renderObjects } from "./objects.ts";
export type { RenderedObject, RenderedObjects } from "./objects.ts";
