/** How kinds are served, without a cluster to ask. Pure. */
import type { KindRef } from "../kube/mod.ts";
import { kindId, type KnownKind } from "../preflight/mod.ts";

/** Built-in kinds that stand in no namespace, in whatever version, by their groups. */
const clusterScoped: Readonly<Record<string, readonly string[]>> = {
  "": ["ComponentStatus", "Namespace", "Node", "PersistentVolume"],
  "admissionregistration.k8s.io": [
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
  ],
  "apiextensions.k8s.io": ["CustomResourceDefinition"],
  "apiregistration.k8s.io": ["APIService"],
  "certificates.k8s.io": ["CertificateSigningRequest", "ClusterTrustBundle"],
  "flowcontrol.apiserver.k8s.io": ["FlowSchema", "PriorityLevelConfiguration"],
  "networking.k8s.io": ["IPAddress", "IngressClass", "ServiceCIDR"],
  "node.k8s.io": ["RuntimeClass"],
  "rbac.authorization.k8s.io": ["ClusterRole", "ClusterRoleBinding"],
  "resource.k8s.io": ["DeviceClass", "DeviceTaintRule", "ResourceSlice"],
  "scheduling.k8s.io": ["PriorityClass"],
  "storage.k8s.io": ["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass"],
  "storagemigration.k8s.io": ["StorageVersionMigration"],
};

/** Kinds as they are served by convention, where none of these is known better: custom resources stand in a namespace mostly. */
export function withOfflineKinds(needs: readonly KindRef[], brought: ReadonlyMap<string, KnownKind>): ReadonlyMap<string, KnownKind> {
  const kinds = new Map(brought);
  for (const need of needs) {
    const id = kindId(need);
    if (!kinds.has(id)) kinds.set(id, { plural: pluralOf(need.kind), namespaced: !isClusterScoped(need) });
  }
  return kinds;
}

function isClusterScoped({ apiVersion, kind }: KindRef): boolean {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  return clusterScoped[group]?.includes(kind) === true;
}

/** As Kubernetes' own generators do it. */
function pluralOf(kind: string): string {
  const singular = kind.toLowerCase();
  if (singular === "endpoints") return singular;
  if (/(?:s|x|z|ch|sh)$/u.test(singular)) return `${singular}es`;
  if (/[^aeiou]y$/u.test(singular)) return `${singular.slice(0, -1)}ies`;
  return `${singular}s`;
}
