/**
 * JSON as the other modules need it: one text and one digest per value, merge patches, pointers, validation by schema, and the gate that
 * values from outside pass. Knows nothing of services.
 */
export { canonicalJson } from "./canonical.ts";
export { sha256Hex } from "./digest.ts";
export { mergePatch } from "./merge-patch.ts";
export { isJsonArray, isJsonObject } from "./model.ts";
export type { Json, JsonObject } from "./model.ts";
export { childPointer, toPointer } from "./pointer.ts";
export { compileSchema, SchemaError } from "./schema.ts";
export type { SchemaCheck, SchemaProblem, SchemaValidator } from "./schema.ts";
export { resolveReference } from "./schema-size.ts";
export { DEFAULT_JSON_LIMITS, toJson, UntrustedJsonError } from "./untrusted.ts";
export type { JsonLimits, UntrustedJsonCode } from "./untrusted.ts";
export { validatorOf } from "./validator.ts";
