import { cloneJson, isJsonObject, type Json, type JsonObject } from "../json/mod.ts";
import { badRequest, invalid, invalidValue, notFound } from "../errors/mod.ts";
import { groupResource, numberField, objectField, stringField, type ResourceType, type ScalePaths } from "../kinds/mod.ts";
import { decodeObject, type KubeObject } from "../objects/mod.ts";
import { trackUpdate } from "../apply/mod.ts";
import { getObject, updaterContext, type Api, type WriteOptions } from "./api.ts";
import { updateObject } from "./update.ts";

function valueAt(object: KubeObject, path: readonly string[]): number {
  let value: Json | undefined = object;
  for (const name of path) value = isJsonObject(value) ? value[name] : undefined;
  return typeof value === "number" ? value : 0;
}

function setAt(object: KubeObject, path: readonly string[], replicas: number): void {
  let target: JsonObject = object;
  for (const name of path.slice(0, -1)) {
    const next = target[name];
    if (isJsonObject(next)) {
      target = next;
    } else {
      const created: JsonObject = {};
      target[name] = created;
      target = created;
    }
  }
  const last = path.at(-1);
  if (last !== undefined) target[last] = replicas;
}

function scalePaths(type: ResourceType): ScalePaths {
  if (type.scale === undefined) throw notFound(groupResource(type), "scale");
  return type.scale;
}

/** The autoscaling/v1 Scale of an object. */
export function scaleOf(type: ResourceType, object: KubeObject): KubeObject {
  const paths = scalePaths(type);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: { replicas: valueAt(object, paths.specReplicas) },
    status: {
      replicas: valueAt(object, paths.statusReplicas),
      ...(type.custom ? {} : { selector: selectorText(object) }),
    },
  };
}

function selectorText(object: KubeObject): string {
  const labels = objectField(objectField(objectField(object, "spec"), "selector"), "matchLabels");
  return Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${typeof value === "string" ? value : ""}`)
    .toSorted()
    .join(",");
}

export function getScale(api: Api, type: ResourceType, namespace: string | undefined, name: string): KubeObject {
  return scaleOf(type, getObject(api, type, namespace, name));
}

/**
 * PUT or PATCH of a scale: `change` makes the wanted scale from the present one.
 *
 * @throws ApiError
 */
export function updateScale(
  api: Api,
  type: ResourceType,
  namespace: string | undefined,
  name: string,
  change: (scale: KubeObject) => Json,
  options: WriteOptions,
): KubeObject {
  const paths = scalePaths(type);
  const { object } = updateObject(api, {
    type,
    namespace,
    name,
    subresource: "",
    forceAllowCreate: false,
    options,
    change: (existing) => {
      if (existing.metadata.uid === undefined) throw notFound(groupResource(type), name);
      const scale = decodeObject(change(scaleOf(type, existing)), {
        apiVersion: "autoscaling/v1",
        kind: "Scale",
      });
      if (stringField(scale, "kind") !== "Scale") throw badRequest("a Scale is expected");
      const replicas = numberField(objectField(scale, "spec"), "replicas") ?? 0;
      if (replicas < 0) {
        throw invalid({ group: "autoscaling", kind: "Scale" }, name, [
          invalidValue("spec.replicas", replicas, "must be greater than or equal to 0"),
        ]);
      }
      const changed = cloneJson(existing);
      const { resourceVersion, uid } = scale.metadata;
      if (resourceVersion === undefined || resourceVersion === "") {
        changed.metadata.resourceVersion = existing.metadata.resourceVersion ?? "";
      } else {
        changed.metadata.resourceVersion = resourceVersion;
      }
      if (uid !== undefined && uid !== "") changed.metadata.uid = uid;
      setAt(changed, paths.specReplicas, replicas);
      return withoutScaleTimes(
        trackUpdate(updaterContext(api, type, ""), existing, changed, { manager: options.fieldManager, subresource: "scale" }, api.now()),
      );
    },
  });
  return scaleOf(type, object);
}

/** Kubernetes keeps no times for those who scale: the field managers of the two kinds are put together without them. */
function withoutScaleTimes(object: KubeObject): KubeObject {
  const { managedFields } = object.metadata;
  if (managedFields === undefined) return object;
  const entries = managedFields.map((entry) => {
    const { time: _, ...rest } = entry;
    return entry.subresource === "scale" ? rest : entry;
  });
  return { ...object, metadata: { ...object.metadata, managedFields: entries } };
}
