import { isJsonObject, type Json, type JsonObject } from "../json/mod.ts";
import { badRequest } from "../errors/mod.ts";
import type { KubeObject, ManagedFieldsEntry, ObjectMeta, OwnerReference } from "./object.ts";

/**
 * Reads a JSON value as an object of the API: `apiVersion`, `kind` and a well-typed `metadata`, in
 * which unknown and empty fields are dropped, as Kubernetes decodes ObjectMeta.
 *
 * @param refuse makes the error for a value of the wrong type, of what Go's decoder says of it
 * @throws ApiError BadRequest
 */
export function decodeObject(value: Json, expected: { apiVersion: string; kind: string; custom?: boolean }, refuse?: Refuse): KubeObject {
  const { apiVersion: expectedVersion, kind: expectedKind } = expected;
  const version = expectedVersion.slice(expectedVersion.indexOf("/") + 1);
  const defaults: Described = {
    apiVersion: expectedVersion,
    kind: expectedKind,
    // Custom resources have their metadata read by itself.
    path: expected.custom === true ? "ObjectMeta" : "ObjectMeta.metadata",
    refuse:
      refuse ??
      ((problem) => badRequest(`${expectedKind} in version ${JSON.stringify(version)} cannot be handled as a ${expectedKind}: ${problem}`)),
  };
  if (!isJsonObject(value)) throw defaults.refuse("an object is expected");
  const apiVersion = stringField(value, "apiVersion", defaults, "TypeMeta") ?? "";
  const kind = stringField(value, "kind", defaults, "TypeMeta") ?? "";
  return {
    ...value,
    apiVersion: apiVersion === "" ? defaults.apiVersion : apiVersion,
    kind: kind === "" ? defaults.kind : kind,
    metadata: decodeMetadata(value["metadata"], defaults),
  };
}

type Refuse = (problem: string) => Error;

type Described = { readonly apiVersion: string; readonly kind: string; readonly path: string; readonly refuse: Refuse };

function failure(value: Json, described: Described, field: string, expected: string): Error {
  return described.refuse(`json: cannot unmarshal ${goName(value)} into Go struct field ${field} of type ${expected}`);
}

/** The name that Go's JSON decoder gives a value in its errors. */
function goName(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function stringField(object: JsonObject, name: string, described: Described, path = described.path): string | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") {
    throw failure(value, described, `${path}.${name}`, "string");
  }
  return value;
}

function numberField(object: JsonObject, name: string, described: Described): number | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value)) {
    throw failure(value, described, `${described.path}.${name}`, "int64");
  }
  return value;
}

function booleanField(object: JsonObject, name: string, described: Described): boolean | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "boolean") {
    throw failure(value, described, `OwnerReference.metadata.ownerReferences.${name}`, "bool");
  }
  return value;
}

function stringMap(object: JsonObject, name: string, described: Described): { [key: string]: string } | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) {
    throw failure(value, described, `${described.path}.${name}`, "map[string]string");
  }
  const map: { [key: string]: string } = {};
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    if (member !== null && typeof member !== "string") {
      throw failure(member, described, `${described.path}.${name}`, "string");
    }
    map[key] = member ?? "";
  }
  return map;
}

function list<T>(object: JsonObject, name: string, described: Described, expected: string, read: (item: Json) => T): T[] | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) {
    throw failure(value, described, `${described.path}.${name}`, expected);
  }
  return value.map(read);
}

function members(value: Json, described: Described, field: string, expected: string): JsonObject {
  if (!isJsonObject(value)) throw failure(value, described, field, expected);
  return value;
}

function decodeOwner(value: Json, described: Described): OwnerReference {
  const object = members(value, described, `${described.path}.ownerReferences`, "v1.OwnerReference");
  const controller = booleanField(object, "controller", described);
  const blockOwnerDeletion = booleanField(object, "blockOwnerDeletion", described);
  return {
    apiVersion: stringField(object, "apiVersion", described) ?? "",
    kind: stringField(object, "kind", described) ?? "",
    name: stringField(object, "name", described) ?? "",
    uid: stringField(object, "uid", described) ?? "",
    ...(controller === undefined ? {} : { controller }),
    ...(blockOwnerDeletion === undefined ? {} : { blockOwnerDeletion }),
  };
}

function decodeManagedFields(value: Json, described: Described): ManagedFieldsEntry {
  const object = members(value, described, `${described.path}.managedFields`, "v1.ManagedFieldsEntry");
  const entry: ManagedFieldsEntry = {
    operation: stringField(object, "operation", described) ?? "",
    apiVersion: stringField(object, "apiVersion", described) ?? "",
    fieldsType: stringField(object, "fieldsType", described) ?? "",
  };
  for (const name of ["manager", "time", "subresource"] as const) {
    const value = stringField(object, name, described);
    if (value !== undefined) entry[name] = value;
  }
  const fields = object["fieldsV1"];
  if (isJsonObject(fields)) entry.fieldsV1 = fields;
  return entry;
}

function decodeMetadata(value: Json | undefined, described: Described): ObjectMeta {
  if (value === undefined || value === null) return {};
  const object = members(value, described, `${described.kind}.metadata`, "v1.ObjectMeta");
  const metadata: ObjectMeta = {};
  for (const name of STRINGS) {
    const text = stringField(object, name, described);
    if (text !== undefined && text !== "") metadata[name] = text;
  }
  for (const name of ["generation", "deletionGracePeriodSeconds"] as const) {
    const number = numberField(object, name, described);
    if (number !== undefined) metadata[name] = number;
  }
  for (const name of ["labels", "annotations"] as const) {
    const map = stringMap(object, name, described);
    if (map !== undefined && Object.keys(map).length > 0) metadata[name] = map;
  }
  const owners = list(object, "ownerReferences", described, "[]v1.OwnerReference", (item) => decodeOwner(item, described));
  if (owners !== undefined && owners.length > 0) metadata.ownerReferences = owners;
  const finalizers = list(object, "finalizers", described, "[]string", (item) => {
    if (typeof item === "string") return item;
    throw failure(item, described, `${described.path}.finalizers`, "string");
  });
  if (finalizers !== undefined && finalizers.length > 0) metadata.finalizers = finalizers;
  const managed = list(object, "managedFields", described, "[]v1.ManagedFieldsEntry", (item) => decodeManagedFields(item, described));
  // An empty list says that the managed fields be reset: it is not the same as none.
  if (managed !== undefined) metadata.managedFields = managed;
  return metadata;
}

const STRINGS = ["name", "generateName", "namespace", "uid", "resourceVersion", "creationTimestamp", "deletionTimestamp"] as const;
