/**
 * What is served: every kind with its schema, its defaults, its checks and its rules. Pure: no
 * storage, no HTTP.
 */
export { ensureObject, numberField, objectField, objectItems, stringField, stringItems } from "./fields.ts";
export { builtinDefinitions } from "./builtin.ts";
export { KindRegistry } from "./registry.ts";
export { groupKind, groupResource, type KindStrategy, type ResourceType, type ScalePaths } from "./resource-type.ts";
export { finalizerWarnings, validateMetadata, validateMetadataUpdate } from "./validation/metadata.ts";
export { selects } from "./validation/workloads.ts";
export { CLEANUP_FINALIZER } from "./validation/custom-resource-definition.ts";
export { namespaceFinalizers, PVC_PROTECTION } from "./strategies.ts";
