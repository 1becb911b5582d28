/** ApplySets (KEP-3659): the labels and annotations by which members are found and pruned, understood by `kubectl` too. */
import { createHash } from "node:crypto";
import type { KindRef } from "../../kube/mod.ts";
import { GROUP, labels, SERVICE_INSTANCE_KIND } from "../../resources/mod.ts";

export const partOfLabel = labels.partOf;
export const idLabel = "applyset.kubernetes.io/id";
export const toolingAnnotation = "applyset.kubernetes.io/tooling";
export const groupKindsAnnotation = "applyset.kubernetes.io/contains-group-kinds";
export const additionalNamespacesAnnotation = "applyset.kubernetes.io/additional-namespaces";
export const tooling = "portolan/v1alpha1";

/** Id of the ApplySet whose parent is a ServiceInstance: `applyset-<base64url(sha256("<name>.<namespace>.<kind>.<group>"))>-v1`. */
export function applySetId(instance: { readonly namespace: string; readonly name: string }): string {
  const hash = createHash("sha256").update(`${instance.name}.${instance.namespace}.${SERVICE_INSTANCE_KIND}.${GROUP}`).digest("base64url");
  return `applyset-${hash}-v1`;
}

/** `Deployment.apps`, `Service` for the core group: the annotation's notation. */
export function groupKind(kind: KindRef): string {
  const slash = kind.apiVersion.indexOf("/");
  return slash < 0 ? kind.kind : `${kind.kind}.${kind.apiVersion.slice(0, slash)}`;
}
