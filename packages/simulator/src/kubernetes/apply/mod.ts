/**
 * Server-side apply: merging by schema, and who owns which field (`managedFields`). A port of
 * structured-merge-diff and of apimachinery's field managers; knows nothing of storage or HTTP.
 */
export { FieldSet } from "./field-set.ts";
export { applyPatch, trackUpdate, type Writer } from "./managed-fields.ts";
export { DEDUCED, mergeTypeOf, type MergeType } from "./merge-type.ts";
export { MergeTypeError } from "./list-item.ts";
export type { UpdaterContext } from "./updater.ts";
