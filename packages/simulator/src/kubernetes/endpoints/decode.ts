import { badRequest } from "../errors/mod.ts";
import { cloneJson, isJsonObject, type Json } from "../json/mod.ts";
import type { ResourceType } from "../kinds/mod.ts";
import { decodeObject, type KubeObject } from "../objects/mod.ts";
import { findTypeMismatch, normalizeGoObject, prune } from "../schema/mod.ts";
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
  // A custom resource of another kind is told so by its validation.
  if (!type.custom) refuseOtherKind(type, object);
  normalize(type, object, options, (problem) =>
    badRequest(`${type.kind} in version ${JSON.stringify(type.version)} cannot be handled as a ${type.kind}: ${problem}`),
  );
  return object;
}

function refuseOtherKind(type: ResourceType, object: KubeObject): void {
  const { apiVersion, kind } = object;
  if (apiVersion === type.apiVersion && kind === type.kind) return;
  if (apiVersion !== type.apiVersion && apiVersion.includes("/")) throw otherVersion(type, apiVersion);
  const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
  const problem =
    apiVersion === type.apiVersion
      ? `no kind ${JSON.stringify(kind)} is expected here`
      : `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;
  throw badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${type.kind}: ${problem}`);
}

function otherVersion(type: ResourceType, apiVersion: string): Error {
  return badRequest(`the API version in the data (${apiVersion}) does not match the expected API version (${type.apiVersion})`);
}

/** Custom resources must say what they are; built-in kinds are taken from the path when they do not. */
function requireKind(type: ResourceType, body: Json): void {
  if (!type.custom || !isJsonObject(body)) return;
  const { apiVersion, kind } = body;
  if (kind === undefined || kind === null || kind === "") {
    throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(body)}'`);
  }
  if (apiVersion === undefined || apiVersion === null || apiVersion === "") throw otherVersion(type, "");
  if (typeof apiVersion === "string" && apiVersion !== type.apiVersion) throw otherVersion(type, apiVersion);
}

/**
 * Takes out what the schema does not know and fills defaults in, in place.
 *
 * @param refuse makes the error for what Go's decoder says of the object: unknown fields in a strict
 *   validation, or a value of a built-in kind that is of the wrong type
 */
export function normalize(type: ResourceType, object: KubeObject, options: WriteOptions, refuse: (problem: string) => Error): void {
  const mismatch = type.custom ? undefined : findTypeMismatch(type.schema, object);
  if (mismatch !== undefined) throw refuse(mismatch);
  const unknown = prune(type.schema, object).map((path) => `unknown field ${JSON.stringify(path)}`);
  if (unknown.length > 0 && options.fieldValidation === "Strict") throw refuse(`strict decoding error: ${unknown.join(", ")}`);
  if (options.fieldValidation === "Warn") options.warnings.push(...unknown);
  if (!type.custom) normalizeGoObject(type.schema, object);
  type.strategy.applyDefaults?.(object);
}
