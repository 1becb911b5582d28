import { badRequest } from "../errors/mod.ts";
import { cloneJson, isJsonObject, type Json } from "../json/mod.ts";
import type { ResourceType } from "../kinds/mod.ts";
import { decodeObject, type KubeObject } from "../objects/mod.ts";
import { prune } from "../schema/mod.ts";
import type { WriteOptions } from "./api.ts";

/**
 * The object of a request, of the endpoint's kind: unknown fields taken out (and told, or refused, as
 * `fieldValidation` says) and defaults filled in.
 *
 * @throws ApiError BadRequest
 */
export function decodeBody(type: ResourceType, body: Json, options: WriteOptions): KubeObject {
  requireKind(type, body);
  const object = decodeObject(cloneJson(body), type);
  if (object.apiVersion !== type.apiVersion) {
    throw badRequest(`the API version in the data (${object.apiVersion}) does not match the expected API version (${type.apiVersion})`);
  }
  if (object.kind !== type.kind) {
    const version = type.version;
    throw badRequest(
      `${object.kind} in version ${JSON.stringify(version)} cannot be handled as a ${type.kind}: no kind ${JSON.stringify(object.kind)} is expected at this path`,
    );
  }
  normalize(type, object, options, (unknown) => badRequest(`strict decoding error: ${unknown.join(", ")}`));
  return object;
}

/** Custom resources must say what they are; built-in kinds are taken from the path when they do not. */
function requireKind(type: ResourceType, body: Json): void {
  if (!type.custom || !isJsonObject(body)) return;
  for (const [field, name] of [
    ["kind", "Kind"],
    ["apiVersion", "apiVersion"],
  ] as const) {
    const value = body[field];
    if (value === undefined || value === null || value === "") {
      throw badRequest(`Object '${name}' is missing in '${JSON.stringify(body)}'`);
    }
  }
}

/**
 * Takes out what the schema does not know and fills defaults in, in place.
 *
 * @param refuse makes the error of strict validation
 */
export function normalize(
  type: ResourceType,
  object: KubeObject,
  options: WriteOptions,
  refuse: (unknown: readonly string[]) => Error,
): void {
  const unknown = prune(type.schema, object).map((path) => `unknown field ${JSON.stringify(path)}`);
  if (unknown.length > 0 && options.fieldValidation === "Strict") throw refuse(unknown);
  if (options.fieldValidation === "Warn") options.warnings.push(...unknown);
  // Go drops a null member when it reads a struct; only typed kinds are read into structs.
  if (!type.custom) dropNulls(object);
  type.strategy.applyDefaults?.(object);
}

function dropNulls(value: Json | undefined): void {
  if (Array.isArray(value)) {
    for (const item of value) dropNulls(item);
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [name, member] of Object.entries(value)) {
    if (member === null) delete value[name];
    else dropNulls(member);
  }
}
