/** Structural schemas: how values of custom resources and built-in kinds are pruned, defaulted and checked. */
export { applyDefaults } from "./defaults.ts";
export { prune } from "./prune.ts";
export { fillSchema, parseSchema, type ReferenceResolver, type StructuralSchema, type ValidationRule } from "./structural.ts";
export { validateSchema } from "./validate.ts";
