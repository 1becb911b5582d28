import { ApiError } from "../errors/mod.ts";
import { cloneJson, type JsonObject } from "../json/mod.ts";
import { trackUpdate } from "../apply/mod.ts";
import { readObject, updateObject, updaterContext, type Api, type Subresource, type WriteOptions } from "../endpoints/mod.ts";
import type { ResourceType } from "../kinds/mod.ts";
import type { KubeObject } from "../objects/mod.ts";
import { normalizeGoObject } from "../schema/mod.ts";
import type { Clockwork } from "./clockwork.ts";

/** How long the little controllers take, in milliseconds. */
export type ControllerDelays = {
  /** From a workload's change to its pods being ready. */
  readonly workloadReadyMs: number;
  /** From a Job's start to its end. */
  readonly jobMs: number;
};

export type ControllerContext = {
  readonly api: Api;
  readonly clockwork: Clockwork;
  readonly delays: ControllerDelays;
  /** Which template the pods of a Deployment were last made from, by its uid: what ReplicaSets would tell. */
  readonly rolledOut: Map<string, string>;
};

/** The name that the controllers' writes are tracked under, as in a real cluster. */
const MANAGER = "kube-controller-manager";

export function controllerOptions(): WriteOptions {
  return { dryRun: false, fieldManager: MANAGER, fieldValidation: "Ignore", warnings: [] };
}

/** Changes an object if it is still there; `change` works on a copy. */
export function modify(
  api: Api,
  type: ResourceType,
  object: KubeObject,
  subresource: Subresource,
  change: (copy: KubeObject) => void,
): void {
  const { namespace, name = "", uid } = object.metadata;
  const current = readObject(api, type, namespace, name);
  // Another object under the same name is not ours to change.
  if (current === undefined || current.metadata.uid !== uid) return;
  updateObject(api, {
    type,
    namespace,
    name,
    subresource,
    forceAllowCreate: false,
    options: controllerOptions(),
    change: (existing) => {
      const copy = cloneJson(existing);
      change(copy);
      if (!type.custom) normalizeGoObject(type.schema, copy);
      return trackUpdate(updaterContext(api, type, subresource), existing, copy, { manager: MANAGER, subresource }, api.now());
    },
  });
}

export function setStatus(api: Api, type: ResourceType, object: KubeObject, status: JsonObject): void {
  modify(api, type, object, "status", (copy) => {
    copy["status"] = status;
  });
}

/** A controller's write that came too late is no error: the object is gone, or its namespace is. */
export function ignoringRefusals(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}
