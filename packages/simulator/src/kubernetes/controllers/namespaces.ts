import { createObject, deleteObject, readObject } from "../endpoints/mod.ts";
import { namespaceFinalizers, objectField, type ResourceType } from "../kinds/mod.ts";
import type { KubeObject } from "../objects/mod.ts";
import { controllerOptions, ignoringRefusals, type ControllerContext } from "./controller.ts";

/** A namespace has a default service account; one that is deleted takes its content along. */
export function reconcileNamespace(context: ControllerContext, type: ResourceType, namespace: KubeObject): void {
  if (namespace.metadata.deletionTimestamp === undefined) {
    ensureServiceAccount(context, namespace.metadata.name ?? "");
    return;
  }
  if (emptyNamespace(context, namespace.metadata.name ?? "") > 0) return;
  if (namespaceFinalizers(namespace).includes("kubernetes")) {
    finalize(context, type, namespace);
  }
}

function ensureServiceAccount(context: ControllerContext, namespace: string): void {
  const type = context.api.registry.get("v1", "serviceaccounts");
  if (readObject(context.api, type, namespace, "default") !== undefined) return;
  const body = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
  ignoringRefusals(() => {
    createObject(context.api, type, namespace, body, controllerOptions());
  });
}

/** Deletes what is in the namespace and tells how much is left, because finalizers hold it. */
function emptyNamespace(context: ControllerContext, namespace: string): number {
  const { api } = context;
  let left = 0;
  for (const type of api.registry.collections()) {
    if (!type.namespaced) continue;
    for (const { object } of api.store.list(type.collection)) {
      if (object.metadata.namespace !== namespace) continue;
      const { name = "", deletionTimestamp } = object.metadata;
      if (deletionTimestamp === undefined) {
        deleteObject(api, type, namespace, name, {
          dryRun: false,
          propagation: "Background",
          warnings: [],
        });
      }
      if (readObject(api, type, namespace, name) !== undefined) left += 1;
    }
  }
  return left;
}

function finalize(context: ControllerContext, type: ResourceType, namespace: KubeObject): void {
  const { api } = context;
  const { name = "" } = namespace.metadata;
  // The `finalize` endpoint is the one way to change spec.finalizers; it is no more than this.
  const { finalizers: _, ...spec } = objectField(namespace, "spec") ?? {};
  const isHeld = (namespace.metadata.finalizers ?? []).length > 0;
  if (isHeld) api.store.put(type.collection, name, { ...namespace, spec });
  else api.store.remove(type.collection, name);
}

/** The namespace of something that went may now be empty. */
export function afterRemovalIn(context: ControllerContext, namespace: string): void {
  const found = context.api.store.get("/namespaces", namespace);
  if (found?.metadata.deletionTimestamp === undefined) return;
  context.clockwork.after(0, `namespace/${namespace}`, () => {
    const current = context.api.store.get("/namespaces", namespace);
    if (current === undefined) return;
    reconcileNamespace(context, context.api.registry.get("v1", "namespaces"), current);
  });
}
