import { admitCreate } from "../admission/mod.ts";
import { conflict, invalid, invalidValue, notFound } from "../errors/mod.ts";
import { equalJson, type Json, type JsonObject } from "../json/mod.ts";
import { finalizerWarnings, groupResource, validateMetadata, validateMetadataUpdate, type ResourceType } from "../kinds/mod.ts";
import { keyOf, objectKey, type KubeObject } from "../objects/mod.ts";
import { normalizeStoredObject } from "../schema/mod.ts";
import { finishCreate } from "./create.ts";
import { emptyObject, readObject, type Api, type Subresource, type WriteOptions } from "./api.ts";

export type UpdateRequest = {
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly name: string;
  readonly subresource: Subresource;
  /**
   * The object that the request wants, made from the one that is there (an empty one without a uid
   * when there is none). Must give a new object, which is changed further.
   */
  readonly change: (existing: KubeObject) => KubeObject;
  /** The uid that the request says the object has. */
  readonly expectedUid?: string;
  /** Create the object when there is none: server-side apply does. */
  readonly forceAllowCreate: boolean;
  readonly options: WriteOptions;
};

export type UpdateResult = { readonly object: KubeObject; readonly created: boolean };

/**
 * PUT and PATCH: what is common to all ways of changing an object (apiserver `Store.Update`).
 *
 * @throws ApiError
 */
export function updateObject(api: Api, request: UpdateRequest): UpdateResult {
  const { type, namespace, name, options } = request;
  const existing = readObject(api, type, namespace, name);
  if (existing === undefined) return { object: createByUpdate(api, request), created: true };

  const object = request.change(existing);
  checkPreconditions(request, object, existing);
  prepareUpdate(request, object, existing);

  if (!type.custom) normalizeStoredObject(type.schema, object);
  const { strategy } = type;
  const ownErrors =
    request.subresource === "" ? strategy.validateUpdate?.(object, existing) : strategy.validateStatusUpdate?.(object, existing);
  const metadataErrors = validateMetadataUpdate(object, existing);
  const errors = [
    ...validateMetadata(type, object),
    ...metadataErrors,
    // The checks of custom resources say it once more.
    ...(type.custom ? metadataErrors : []),
    ...(ownErrors ?? []),
  ];
  if (errors.length > 0) throw invalid({ group: type.group, kind: object.kind }, name, errors);

  if (type.custom) options.warnings.push(...finalizerWarnings(object, existing));

  keepTimesOfEqualManagers(object, existing);
  const key = objectKey(namespace, name);
  if (isReadyToGo(type, object, existing)) {
    if (options.dryRun) return { object, created: false };
    // What is told is the object of before its removal, whose revision only watches see.
    api.store.remove(type.collection, key);
    return { object, created: false };
  }
  // A write that changes nothing is none: the resourceVersion stays. Defaults that were filled in by the read are stored now.
  if (equalJson(object, existing) && type.isStoredAsRead?.(existing) !== false) return { object: existing, created: false };
  if (options.dryRun) return { object, created: false };
  const written = api.store.put(type.collection, key, type.toStorage(object));
  return { object: type.fromStorage(written), created: false };
}

/** An apply, and a PUT of some kinds, makes the object that is not there. */
function createByUpdate(api: Api, request: UpdateRequest): KubeObject {
  const { type, namespace, name, subresource, options } = request;
  const mayCreate = request.forceAllowCreate || type.strategy.allowCreateOnUpdate === true;
  if (!mayCreate || subresource !== "") throw notFound(groupResource(type), name);
  const object = request.change(emptyObject(type));
  const { uid = "" } = object.metadata;
  if (uid !== "") {
    throw conflict(groupResource(type), name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`);
  }
  admitCreate(api.store, type, namespace, name);
  return finishCreate(api, type, object, options);
}

function checkPreconditions(request: UpdateRequest, object: KubeObject, existing: KubeObject): void {
  const { type, name, expectedUid: uid = "" } = request;
  const { resourceVersion = "" } = object.metadata;
  if (uid !== "" && uid !== existing.metadata.uid) {
    throw conflict(
      groupResource(type),
      name,
      `StorageError: invalid object, Code: 4, Key: ${storageKey(type, existing)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${existing.metadata.uid ?? ""}`,
    );
  }
  if (resourceVersion === "" || resourceVersion === "0") {
    if (type.strategy.requireResourceVersion !== true) {
      object.metadata.resourceVersion = existing.metadata.resourceVersion ?? "";
      return;
    }
    throw invalid({ group: type.group, kind: type.plural }, name, [
      invalidValue("metadata.resourceVersion", 0, "must be specified for an update"),
    ]);
  }
  if (resourceVersion !== existing.metadata.resourceVersion) {
    throw conflict(
      groupResource(type),
      name,
      "the object has been modified; please apply your changes to the latest version and try again",
    );
  }
}

/** What an update may not change goes back to what it was; what it changed may raise the generation. */
function prepareUpdate(request: UpdateRequest, object: KubeObject, existing: KubeObject): void {
  const { type, subresource } = request;
  copyMetadata(object, existing, ["generation"]);
  if (subresource === "") {
    if (type.subresources.has("status")) keepField(object, existing, "status");
    type.strategy.prepareForUpdate?.(object, existing);
    if (changesGeneration(type, object, existing)) {
      object.metadata.generation = (existing.metadata.generation ?? 0) + 1;
    }
  } else {
    keepAllButStatus(type, object, existing);
  }
  if ((object.metadata.uid ?? "") === "") copyMetadata(object, existing, ["uid"]);
  copyMetadata(object, existing, ["creationTimestamp", "deletionTimestamp"]);
  if (existing.metadata.deletionGracePeriodSeconds !== undefined) {
    object.metadata.deletionGracePeriodSeconds ??= existing.metadata.deletionGracePeriodSeconds;
  }
}

function copyMetadata(
  object: KubeObject,
  from: KubeObject,
  names: readonly ("generation" | "uid" | "creationTimestamp" | "deletionTimestamp")[],
): void {
  const target: JsonObject = object.metadata;
  for (const name of names) {
    const value = from.metadata[name];
    if (value === undefined) delete target[name];
    else target[name] = value;
  }
}

function keepField(object: KubeObject, existing: KubeObject, name: string): void {
  if (existing[name] === undefined) delete object[name];
  else object[name] = existing[name];
}

/** The status endpoint changes the status, and of built-in kinds the metadata. */
function keepAllButStatus(type: ResourceType, object: KubeObject, existing: KubeObject): void {
  if (!type.custom) {
    keepField(object, existing, "spec");
    if (type.strategy.statusKeepsLabels === true) {
      if (existing.metadata.labels === undefined) delete object.metadata.labels;
      else object.metadata.labels = existing.metadata.labels;
    }
    return;
  }
  for (const name of Object.keys(object)) {
    if (name !== "metadata" && name !== "status") delete object[name];
  }
  const { managedFields } = object.metadata;
  for (const [name, value] of Object.entries(existing)) {
    if (name !== "metadata" && name !== "status" && value !== undefined) object[name] = value;
  }
  object.metadata = {
    ...existing.metadata,
    ...(managedFields === undefined ? {} : { managedFields }),
  };
  if (managedFields === undefined) delete object.metadata.managedFields;
}

function changesGeneration(type: ResourceType, object: KubeObject, existing: KubeObject): boolean {
  switch (type.strategy.generation) {
    case "none":
      return false;
    case "spec":
      return !equalJson(object["spec"], existing["spec"]);
    case "specAndAnnotations":
      return (
        !equalJson(object["spec"], existing["spec"]) || !equalJson(object.metadata.annotations ?? {}, existing.metadata.annotations ?? {})
      );
    case "everythingButMetadata":
      return !equalJson(withoutMetadata(object), withoutMetadata(existing));
  }
}

function withoutMetadata(object: KubeObject): Json {
  const { metadata: _, ...rest } = object;
  return rest;
}

/**
 * A write that changes nothing but the times of its managers changes nothing: the times stay
 * (apiserver `IgnoreManagedFieldsTimestampsTransformer`).
 */
function keepTimesOfEqualManagers(object: KubeObject, existing: KubeObject): void {
  const [entries, before] = [object.metadata.managedFields, existing.metadata.managedFields];
  if (entries === undefined || before === undefined || entries.length !== before.length) return;
  const kept = entries.map((entry, index) => {
    const { time: _, ...rest } = entry;
    const time = before[index]?.time;
    return time === undefined ? rest : { ...rest, time };
  });
  const candidate = { ...object, metadata: { ...object.metadata, managedFields: kept } };
  if (equalJson(candidate, existing)) object.metadata.managedFields = kept;
}

/** The last finalizer of an object that is being deleted is gone: so is the object. */
function isReadyToGo(type: ResourceType, object: KubeObject, existing: KubeObject): boolean {
  if (existing.metadata.deletionTimestamp === undefined) return false;
  if ((object.metadata.finalizers ?? []).length > 0) return false;
  if ((existing.metadata.deletionGracePeriodSeconds ?? 0) > 0) return false;
  return type.strategy.isHeld?.(object) !== true;
}

/** Where etcd would hold the object: it stands in the message of a failed precondition. */
function storageKey(type: ResourceType, object: KubeObject): string {
  const group = type.custom ? `${type.group}/` : "";
  return `/registry/${group}${type.plural}/${keyOf(object)}`;
}
