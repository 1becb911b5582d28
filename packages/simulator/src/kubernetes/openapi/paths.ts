import type { JsonObject } from "../json/mod.ts";
import type { ResourceType } from "../kinds/mod.ts";

const WRITE_PARAMETERS = ["dryRun", "fieldManager", "fieldValidation"];
const PATCH_TYPES = ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"];

/** The paths of a kind, with what clients look for in them: the kind, the parameters of writes, and the forms of patches. */
export function pathsOf(type: ResourceType, schemaName: string): [path: string, item: JsonObject][] {
  const base = type.apiVersion.includes("/") ? `/apis/${type.apiVersion}` : `/api/${type.apiVersion}`;
  const collection = type.namespaced ? `${base}/namespaces/{namespace}/${type.plural}` : `${base}/${type.plural}`;
  const operation = (action: string, parameters: readonly string[], contentTypes: readonly string[]): JsonObject => ({
    parameters: parameters.map((name) => ({ name, in: "query", schema: { type: "string", uniqueItems: true } })),
    ...(contentTypes.length === 0
      ? {}
      : {
          requestBody: {
            content: Object.fromEntries(
              contentTypes.map((contentType) => [contentType, { schema: { $ref: `#/components/schemas/${schemaName}` } }]),
            ),
          },
        }),
    responses: { "200": { description: "OK" } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group: type.group, version: type.version, kind: type.kind },
  });
  const verbs = new Set(type.verbs);
  const patchTypes = type.custom ? PATCH_TYPES : [...PATCH_TYPES, "application/strategic-merge-patch+json"];
  const onCollection = {
    ...(verbs.has("list") ? { get: operation("list", ["continue", "fieldSelector", "labelSelector", "limit", "watch"], []) } : {}),
    ...(verbs.has("create") ? { post: operation("post", WRITE_PARAMETERS, ["*/*"]) } : {}),
    ...(verbs.has("deletecollection") ? { delete: operation("deletecollection", ["fieldSelector", "labelSelector"], []) } : {}),
  };
  const onObject = {
    ...(verbs.has("get") ? { get: operation("get", [], []) } : {}),
    ...(verbs.has("update") ? { put: operation("put", WRITE_PARAMETERS, ["*/*"]) } : {}),
    ...(verbs.has("patch") ? { patch: operation("patch", [...WRITE_PARAMETERS, "force"], patchTypes) } : {}),
    ...(verbs.has("delete") ? { delete: operation("delete", ["dryRun", "gracePeriodSeconds", "propagationPolicy"], []) } : {}),
  };
  return [
    [collection, onCollection],
    ...(Object.keys(onObject).length === 0 ? [] : [[`${collection}/{name}`, onObject] satisfies [string, JsonObject]]),
  ];
}
