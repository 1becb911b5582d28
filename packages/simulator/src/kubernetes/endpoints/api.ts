import type { UpdaterContext } from "../apply/mod.ts";
import { FieldSet } from "../apply/mod.ts";
import { badRequest, notFound } from "../errors/mod.ts";
import { groupResource, type KindRegistry, type ResourceType } from "../kinds/mod.ts";
import { objectKey, type KubeObject } from "../objects/mod.ts";
import { normalizeGoObject } from "../schema/mod.ts";
import type { ObjectStore } from "../store/mod.ts";

/** What the endpoints work on: one cluster's objects and kinds, and the sources of time and identity. */
export type Api = {
  readonly store: ObjectStore;
  readonly registry: KindRegistry;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly newUid: () => string;
  /** Five characters for `generateName`. */
  readonly newSuffix: () => string;
};

/** The options that all writes share. */
export type WriteOptions = {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: "Ignore" | "Warn" | "Strict";
  /** Warnings for the client, collected while the request is served. */
  readonly warnings: string[];
};

export type Subresource = "" | "status";

/** The object in the type's version, or undefined. */
export function readObject(api: Api, type: ResourceType, namespace: string | undefined, name: string): KubeObject | undefined {
  const stored = api.store.get(type.collection, objectKey(namespace, name));
  return stored === undefined ? undefined : type.fromStorage(stored);
}

/** @throws ApiError NotFound */
export function getObject(api: Api, type: ResourceType, namespace: string | undefined, name: string): KubeObject {
  const object = readObject(api, type, namespace, name);
  if (object === undefined) throw notFound(groupResource(type), name);
  return object;
}

/** The fields that an endpoint does not let anyone set, and so lets no one own. */
const RESET_BY_MAIN = FieldSet.of(["f:status"]);
const RESET_BY_STATUS = FieldSet.of(["f:spec"]);
const RESET_BY_STATUS_AND_LABELS = FieldSet.of(["f:spec"], ["f:metadata", "f:labels"]);
const RESET_BY_CUSTOM_STATUS = FieldSet.of(["f:metadata"], ["f:spec"]);

function resetFields(type: ResourceType, subresource: Subresource): FieldSet {
  if (!type.subresources.has("status")) return FieldSet.empty;
  if (subresource === "") return RESET_BY_MAIN;
  if (type.custom) return RESET_BY_CUSTOM_STATUS;
  return type.strategy.statusKeepsLabels === true ? RESET_BY_STATUS_AND_LABELS : RESET_BY_STATUS;
}

export function updaterContext(api: Api, type: ResourceType, subresource: Subresource): UpdaterContext {
  return {
    apiVersion: type.apiVersion,
    type: type.mergeType,
    typeIn: (apiVersion) => (apiVersion === type.apiVersion ? type.mergeType : api.registry.find(apiVersion, type.plural)?.mergeType),
    resetFields: resetFields(type, subresource),
  };
}

/** An object of the kind with nothing in it: what a create is compared with. */
export function emptyObject(type: ResourceType): KubeObject {
  const object: KubeObject = { apiVersion: type.apiVersion, kind: type.kind, metadata: {} };
  // A Go struct is never quite empty: its own structs are there from the start.
  if (!type.custom) normalizeGoObject(type.schema, object);
  return object;
}

/**
 * Makes sure that the object is in the namespace of the request, which it need not name itself.
 *
 * @throws ApiError BadRequest
 */
export function matchNamespace(type: ResourceType, namespace: string | undefined, object: KubeObject): void {
  const expected = type.namespaced ? (namespace ?? "") : "";
  const actual = object.metadata.namespace ?? "";
  if (expected === "") {
    delete object.metadata.namespace;
  } else if (actual === "") {
    object.metadata.namespace = expected;
  } else if (actual !== expected) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
}
