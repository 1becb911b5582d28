import { admitDelete } from "../admission/mod.ts";
import { badRequest, conflict, invalid, notSupported, type Status } from "../errors/mod.ts";
import { cloneJson, isJsonObject, type Json, type JsonObject } from "../json/mod.ts";
import { groupResource, type ResourceType } from "../kinds/mod.ts";
import { formatTime, objectKey, type KubeObject } from "../objects/mod.ts";
import { getObject, type Api } from "./api.ts";

type Propagation = "Orphan" | "Background" | "Foreground";

export type DeleteOptions = {
  readonly dryRun: boolean;
  readonly gracePeriodSeconds?: number;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagation?: Propagation;
  readonly warnings: string[];
};

const ORPHAN = "orphan";
const FOREGROUND = "foregroundDeletion";

/**
 * Reads DeleteOptions from the body or, without one, from the query.
 *
 * @throws ApiError BadRequest or Invalid
 */
export function parseDeleteOptions(body: Json | undefined, query: URLSearchParams, warnings: string[]): DeleteOptions {
  const source: JsonObject = isJsonObject(body)
    ? body
    : Object.fromEntries([...query].map(([name, value]): [string, Json] => [name, name === "gracePeriodSeconds" ? Number(value) : value]));
  const dryRun = source["dryRun"];
  const isDryRun = dryRun === "All" || (Array.isArray(dryRun) && dryRun.includes("All"));
  const propagation = source["propagationPolicy"];
  const orphanDependents = source["orphanDependents"];
  if (typeof propagation === "string" && propagation !== "Orphan" && propagation !== "Background" && propagation !== "Foreground") {
    throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", [
      notSupported("propagationPolicy", propagation, ["Foreground", "Background", "Orphan", "nil"]),
    ]);
  }
  const grace = source["gracePeriodSeconds"];
  if (typeof grace === "number" && !Number.isInteger(grace)) {
    throw badRequest("gracePeriodSeconds must be an integer");
  }
  const preconditions = isJsonObject(source["preconditions"]) ? source["preconditions"] : {};
  return {
    dryRun: isDryRun || query.getAll("dryRun").includes("All"),
    ...(typeof grace === "number" ? { gracePeriodSeconds: Math.max(grace, grace < 0 ? 1 : 0) } : {}),
    ...(typeof preconditions["uid"] === "string" ? { uid: preconditions["uid"] } : {}),
    ...(typeof preconditions["resourceVersion"] === "string" ? { resourceVersion: preconditions["resourceVersion"] } : {}),
    ...(propagation === "Orphan" || propagation === "Background" || propagation === "Foreground" ? { propagation } : {}),
    ...(propagation === undefined && typeof orphanDependents === "boolean"
      ? { propagation: orphanDependents ? "Orphan" : "Background" }
      : {}),
    warnings,
  };
}

export type DeleteResult =
  /** Gone: what is told is a Status, or the object as it was. */
  | { readonly gone: true; readonly status: Status | KubeObject; readonly object: KubeObject }
  /** On its way out: what is told is the object. */
  | { readonly gone: false; readonly object: KubeObject };

/**
 * DELETE: removes the object, or marks it while finalizers or its grace period hold it
 * (apiserver `Store.Delete`).
 *
 * @throws ApiError
 */
export function deleteObject(
  api: Api,
  type: ResourceType,
  namespace: string | undefined,
  name: string,
  options: DeleteOptions,
): DeleteResult {
  admitDelete(type, name);
  const existing = getObject(api, type, namespace, name);
  checkPreconditions(type, existing, options);
  if (type.strategy.orphanByDefault === true && options.propagation === undefined) {
    options.warnings.push(
      "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning",
    );
  }
  const object = cloneJson(existing);
  const isPending = isGracefullyPending(existing, options);
  if (isPending) return { gone: false, object: existing };

  const grace = graceOf(type, existing, options);
  const finalizers = collectorFinalizers(type, existing, options);
  if (finalizers.length > 0) object.metadata.finalizers = finalizers;
  else delete object.metadata.finalizers;
  const key = objectKey(namespace, name);
  const isHeld = finalizers.length > 0 || grace > 0 || type.strategy.isHeld?.(existing) === true;
  if (!isHeld) {
    if (!options.dryRun) api.store.remove(type.collection, key);
    const status = type.strategy.returnsDeleted === true ? lastState(existing, api, options) : success(type, existing);
    return { gone: true, status, object: existing };
  }
  markDeleting(object, api.now(), grace);
  type.strategy.prepareForDelete?.(object, api.now());
  if (options.dryRun || JSON.stringify(object) === JSON.stringify(existing)) {
    return { gone: false, object };
  }
  const written = api.store.put(type.collection, key, type.toStorage(object));
  return { gone: false, object: type.fromStorage(written) };
}

/** The object as it was, of the revision of its removal. */
function lastState(object: KubeObject, api: Api, { dryRun }: DeleteOptions): KubeObject {
  return dryRun ? object : { ...object, metadata: { ...object.metadata, resourceVersion: String(api.store.revision) } };
}

function success(type: ResourceType, object: KubeObject): Status {
  const { name = "", uid = "" } = object.metadata;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name, ...(type.group === "" ? {} : { group: type.group }), kind: type.plural, uid },
  };
}

function checkPreconditions(type: ResourceType, object: KubeObject, options: DeleteOptions): void {
  const { name = "", uid = "", resourceVersion = "" } = object.metadata;
  const { preconditionWords } = type.strategy;
  if (preconditionWords !== undefined) {
    checkOwnPreconditions(type, object, options, preconditionWords);
    return;
  }
  // The real server names the kind where every other conflict names the resource (rest/delete.go).
  const subject = { group: type.group, resource: type.kind };
  if (options.uid !== undefined && options.uid !== uid) {
    throw conflict(
      subject,
      name,
      `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    throw conflict(
      subject,
      name,
      `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
}

/** The checks of kinds that are deleted by code of their own. */
function checkOwnPreconditions(type: ResourceType, object: KubeObject, options: DeleteOptions, words: string): void {
  const { name = "", uid = "", resourceVersion = "" } = object.metadata;
  const check = (what: string, wanted: string | undefined, actual: string): void => {
    if (wanted === undefined || wanted === actual) return;
    throw conflict(groupResource(type), name, `${words}: ${what} in precondition: ${wanted}, ${what} in object meta: ${actual}`);
  };
  check("UID", options.uid, uid);
  check("ResourceVersion", options.resourceVersion, resourceVersion);
}

/** Deletion runs already, with a grace period that the request does not shorten. */
function isGracefullyPending(object: KubeObject, options: DeleteOptions): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = object.metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === 0) return false;
  return options.gracePeriodSeconds === undefined || options.gracePeriodSeconds >= deletionGracePeriodSeconds;
}

function graceOf(type: ResourceType, object: KubeObject, options: DeleteOptions): number {
  const natural = type.strategy.gracePeriodSeconds;
  if (natural === undefined) return 0;
  const longest = natural(object);
  return longest === 0 ? 0 : (options.gracePeriodSeconds ?? longest);
}

/** The finalizers with the one that tells the garbage collector what to do with the dependents. */
function collectorFinalizers(type: ResourceType, object: KubeObject, options: DeleteOptions): string[] {
  const current = object.metadata.finalizers ?? [];
  const others = current.filter((item) => item !== ORPHAN && item !== FOREGROUND);
  const policy =
    options.propagation ??
    (current.includes(ORPHAN)
      ? "Orphan"
      : current.includes(FOREGROUND)
        ? "Foreground"
        : type.strategy.orphanByDefault === true
          ? "Orphan"
          : "Background");
  if (policy === "Orphan") return [...others, ORPHAN];
  return policy === "Foreground" ? [...others, FOREGROUND] : others;
}

function markDeleting(object: KubeObject, now: number, graceSeconds: number): void {
  const { metadata } = object;
  if (metadata.deletionTimestamp === undefined) {
    metadata.deletionTimestamp = formatTime(now + graceSeconds * 1000);
    if (metadata.generation !== undefined) metadata.generation += 1;
  }
  if (object.kind === "Namespace" && object.apiVersion === "v1") return;
  metadata.deletionGracePeriodSeconds = graceSeconds;
}

export function deleteCollection(api: Api, type: ResourceType, objects: readonly KubeObject[], options: DeleteOptions): KubeObject[] {
  return objects.map((object) => deleteObject(api, type, object.metadata.namespace, object.metadata.name ?? "", options).object);
}
