import { forbidden, notFound } from "../errors/mod.ts";
import { groupResource, type ResourceType } from "../kinds/mod.ts";
import type { ObjectStore } from "../store/mod.ts";

const IMMORTAL: ReadonlySet<string> = new Set(["default", "kube-system", "kube-public"]);

/**
 * Nothing is created in a namespace that is not there, or on its way out (admission plugin NamespaceLifecycle).
 *
 * @throws ApiError NotFound or Forbidden
 */
export function admitCreate(store: ObjectStore, type: ResourceType, namespace: string | undefined, name: string): void {
  if (!type.namespaced || namespace === undefined) return;
  const found = store.get("/namespaces", namespace);
  if (found === undefined) throw notFound({ group: "", resource: "namespaces" }, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  throw forbidden(groupResource(type), name, `unable to create new content in namespace ${namespace} because it is being terminated`, [
    {
      reason: "NamespaceTerminating",
      message: `namespace ${namespace} is being terminated`,
      field: "metadata.namespace",
    },
  ]);
}

/** @throws ApiError Forbidden for the namespaces that every cluster needs */
export function admitDelete(type: ResourceType, name: string): void {
  if (type.collection === "/namespaces" && IMMORTAL.has(name)) {
    throw forbidden(groupResource(type), name, "this namespace may not be deleted");
  }
}
