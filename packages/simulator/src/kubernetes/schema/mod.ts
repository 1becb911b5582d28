/** Structural schemas: how values of custom resources and built-in kinds are read, pruned, defaulted and checked. */
export { applyDefaults } from "./defaults.ts";
export { findTypeMismatch, normalizeGoObject, normalizeStoredObject } from "./go-values.ts";
export { prune } from "./prune.ts";
export { unusableRules, validateRules } from "./rules.ts";
export { fillSchema, parseSchema, type ReferenceResolver, type StructuralSchema, type ValidationRule } from "./structural.ts";
export { validateSchema } from "./validate.ts";
