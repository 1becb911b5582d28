import type { JsonRecord } from "./parse.ts";

/** A change to an object, in one of the forms that the API server takes. */
export type Patch =
  /** RFC 7386: null removes, lists are replaced whole. */
  | { readonly type: "merge"; readonly patch: JsonRecord }
  /** RFC 6902: operations in order; a `test` that fails refuses all of them. */
  | { readonly type: "json"; readonly patch: readonly JsonPatchOperation[] }
  /** Kubernetes' own: lists are merged by their keys. Built-in kinds only. */
  | { readonly type: "strategic"; readonly patch: JsonRecord };

export type JsonPatchOperation =
  | { readonly op: "add" | "replace" | "test"; readonly path: string; readonly value: unknown }
  | { readonly op: "remove"; readonly path: string }
  | { readonly op: "move" | "copy"; readonly from: string; readonly path: string };

const CONTENT_TYPES: Readonly<Record<Patch["type"], string>> = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
};

/** Server-side apply. Its body is YAML by name, and JSON is YAML. */
export const APPLY_CONTENT_TYPE = "application/apply-patch+yaml";

export function patchContentType(patch: Patch): string {
  return CONTENT_TYPES[patch.type];
}
