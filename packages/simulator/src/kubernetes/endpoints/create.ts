import { admitCreate } from "../admission/mod.ts";
import { trackUpdate } from "../apply/mod.ts";
import { alreadyExists, ApiError, invalid, required, serverError } from "../errors/mod.ts";
import type { Json } from "../json/mod.ts";
import { finalizerWarnings, groupKind, groupResource, validateMetadata, type ResourceType } from "../kinds/mod.ts";
import { formatTime, objectKey, type KubeObject } from "../objects/mod.ts";
import { normalizeGoObject, normalizeStoredObject } from "../schema/mod.ts";
import { decodeBody } from "./decode.ts";
import { emptyObject, matchNamespace, updaterContext, type Api, type WriteOptions } from "./api.ts";

/**
 * POST: a new object.
 *
 * @throws ApiError
 */
export function createObject(api: Api, type: ResourceType, namespace: string | undefined, body: Json, options: WriteOptions): KubeObject {
  const decoded = decodeBody(type, body, options);
  matchNamespace(type, namespace, decoded);
  const { name = "", generateName = "" } = decoded.metadata;
  admitCreate(api.store, type, namespace, name);
  if (name === "" && generateName === "") {
    throw invalid(groupKind(type), "", [required("metadata.name", "name or generateName is required")]);
  }
  if (name === "") decoded.metadata.name = generateName + api.newSuffix();
  if ((decoded.metadata.resourceVersion ?? "") !== "") {
    throw serverError("resourceVersion should not be set on objects to be created");
  }
  wipeSystemFields(decoded);
  const writer = { manager: options.fieldManager, subresource: "" };
  const tracked = trackUpdate(updaterContext(api, type, ""), emptyObject(type), decoded, writer, api.now());
  return finishCreate(api, type, tracked, options);
}

function wipeSystemFields(object: KubeObject): void {
  delete object.metadata.uid;
  delete object.metadata.creationTimestamp;
  delete object.metadata.deletionTimestamp;
  delete object.metadata.deletionGracePeriodSeconds;
}

/**
 * The part of a create that POST shares with the applies and updates that create: identity, the
 * kind's preparations and checks, and the write.
 *
 * @throws ApiError
 */
export function finishCreate(api: Api, type: ResourceType, object: KubeObject, options: WriteOptions): KubeObject {
  wipeSystemFields(object);
  const { metadata } = object;
  delete metadata.resourceVersion;
  metadata.uid = api.newUid();
  metadata.creationTimestamp = formatTime(api.now());
  const { strategy } = type;
  if (strategy.generation === "none") delete metadata.generation;
  else metadata.generation = 1;
  if (strategy.initialStatus !== undefined) object["status"] = strategy.initialStatus;
  strategy.prepareForCreate?.(object);
  if (!type.custom) normalizeGoObject(type.schema, object);

  const errors = strategy.validate?.(object) ?? [];
  // The kind's own words on the name come first; the general ones only when it had none.
  if (errors.length === 0) errors.push(...validateMetadata(type, object));
  if (errors.length > 0) throw invalid({ group: type.group, kind: object.kind }, metadata.name ?? "", errors);

  if (type.custom) options.warnings.push(...finalizerWarnings(object));

  const key = objectKey(metadata.namespace, metadata.name ?? "");
  if (api.store.get(type.collection, key) !== undefined) {
    throw alreadyExistsError(type, object);
  }
  if (options.dryRun) return type.fromStorage(type.toStorage(object));
  if (!type.custom) normalizeStoredObject(type.schema, object);
  return type.fromStorage(api.store.put(type.collection, key, type.toStorage(object)));
}

function alreadyExistsError(type: ResourceType, object: KubeObject): ApiError {
  const { name = "", generateName = "" } = object.metadata;
  if (generateName === "" || !name.startsWith(generateName)) {
    return alreadyExists(groupResource(type), name);
  }
  const error = alreadyExists(groupResource(type), name);
  return new ApiError(409, "AlreadyExists", `${error.message}, the server was not able to generate a unique name for the object`, {
    ...error.status.details,
    retryAfterSeconds: 1,
  });
}
