import { applyPatch, trackUpdate } from "../apply/mod.ts";
import { badRequest, invalid, invalidValue } from "../errors/mod.ts";
import { cloneJson, isJsonObject, type Json, type JsonObject } from "../json/mod.ts";
import type { ResourceType } from "../kinds/mod.ts";
import { decodeObject, type KubeObject } from "../objects/mod.ts";
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch } from "../patch/mod.ts";
import { normalize } from "./decode.ts";
import { updateObject, type UpdateResult } from "./update.ts";
import { emptyObject, matchNamespace, updaterContext, type Api, type Subresource, type WriteOptions } from "./api.ts";

export type Patch =
  | { readonly kind: "json"; readonly operations: Json }
  | { readonly kind: "merge"; readonly patch: Json }
  /** For built-in kinds alone. */
  | { readonly kind: "strategic"; readonly patch: Json }
  | { readonly kind: "apply"; readonly configuration: Json; readonly force: boolean };

/**
 * PATCH: an object, or its status, changed in part. An apply may create it.
 *
 * @throws ApiError
 */
export function patchObject(
  api: Api,
  type: ResourceType,
  target: { namespace: string | undefined; name: string; subresource: Subresource },
  patch: Patch,
  options: WriteOptions,
): UpdateResult {
  const { namespace, name, subresource } = target;
  return updateObject(api, {
    type,
    namespace,
    name,
    subresource,
    forceAllowCreate: patch.kind === "apply",
    options,
    change: (existing) => {
      const changed =
        patch.kind === "apply"
          ? applied(api, type, existing, patch, subresource, options)
          : patched(api, type, existing, patch, subresource, options);
      matchNamespace(type, namespace, changed);
      const changedName = changed.metadata.name ?? "";
      if (changedName === "") changed.metadata.name = name;
      else if (changedName !== name) {
        throw badRequest(`the name of the object (${changedName}) does not match the name on the URL (${name})`);
      }
      return changed;
    },
  });
}

function patched(
  api: Api,
  type: ResourceType,
  existing: KubeObject,
  patch: Exclude<Patch, { kind: "apply" }>,
  subresource: Subresource,
  options: WriteOptions,
): KubeObject {
  if (patch.kind === "merge" && !isJsonObject(patch.patch)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${Array.isArray(patch.patch) ? "array" : typeof patch.patch} into Go value of type map[string]interface {}`,
    );
  }
  const object = decodePatched(type, changedBy(patch, type, existing), options);
  return trackUpdate(updaterContext(api, type, subresource), existing, object, { manager: options.fieldManager, subresource }, api.now());
}

function changedBy(patch: Exclude<Patch, { kind: "apply" }>, type: ResourceType, existing: KubeObject): Json {
  switch (patch.kind) {
    case "json":
      return applyJsonPatch(existing, patch.operations);
    case "merge":
      return applyMergePatch(existing, patch.patch);
    case "strategic":
      return applyStrategicMergePatch(existing, patch.patch, type.schema);
  }
}

function applied(
  api: Api,
  type: ResourceType,
  existing: KubeObject,
  patch: Extract<Patch, { kind: "apply" }>,
  subresource: Subresource,
  options: WriteOptions,
): KubeObject {
  const configuration = requireConfiguration(type, patch.configuration);
  const object = applyPatch(
    updaterContext(api, type, subresource),
    emptyObject(type),
    existing,
    configuration,
    { manager: options.fieldManager, subresource },
    patch.force,
    api.now(),
  );
  const result = decodeObject(cloneJson(object), type);
  normalize(type, result, { ...options, fieldValidation: "Ignore" }, badRequest);
  return result;
}

/** What a patch made of an object, which may be none any more. */
function decodePatched(type: ResourceType, patched: Json, options: WriteOptions): KubeObject {
  const refuse = (problem: string): Error =>
    invalid({ group: "", kind: "" }, "", [invalidValue("patch", JSON.stringify(patched), problem)]);
  const object = decodeObject(cloneJson(patched), type, refuse);
  normalize(type, object, options, refuse);
  return object;
}

/** An applied configuration must say which kind it is. */
function requireConfiguration(type: ResourceType, source: Json): JsonObject {
  if (!isJsonObject(source)) {
    throw badRequest("error decoding patch: the applied configuration must be an object");
  }
  const { apiVersion, kind } = source;
  if (apiVersion === type.apiVersion && kind === type.kind) return source;
  throw badRequest(
    `invalid object type: ${printGroupVersionKind(typeof apiVersion === "string" ? apiVersion : "", typeof kind === "string" ? kind : "")}`,
  );
}

function printGroupVersionKind(apiVersion: string, kind: string): string {
  const qualified = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
  return `${qualified}, Kind=${kind}`;
}
