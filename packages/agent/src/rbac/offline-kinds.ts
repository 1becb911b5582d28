/** How kinds are served, without a cluster to ask. Pure. */
import { kindId, type KnownKind, type Need } from "../preflight/mod.ts";

/** Built-in kinds that stand in no namespace. */
const clusterScoped: ReadonlySet<string> = new Set([
  "v1/Namespace",
  "v1/Node",
  "v1/PersistentVolume",
  "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy",
  "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding",
  "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration",
  "apiextensions.k8s.io/v1/CustomResourceDefinition",
  "apiregistration.k8s.io/v1/APIService",
  "certificates.k8s.io/v1/CertificateSigningRequest",
  "networking.k8s.io/v1/IngressClass",
  "node.k8s.io/v1/RuntimeClass",
  "rbac.authorization.k8s.io/v1/ClusterRole",
  "rbac.authorization.k8s.io/v1/ClusterRoleBinding",
  "scheduling.k8s.io/v1/PriorityClass",
  "storage.k8s.io/v1/CSIDriver",
  "storage.k8s.io/v1/StorageClass",
  "storage.k8s.io/v1/VolumeAttachment",
]);

/** Kinds as they are served by convention, where none of these is known better: custom resources stand in a namespace mostly. */
export function withOfflineKinds(needs: readonly Need[], brought: ReadonlyMap<string, KnownKind>): ReadonlyMap<string, KnownKind> {
  const kinds = new Map(brought);
  for (const need of needs) {
    const id = kindId(need);
    if (!kinds.has(id)) kinds.set(id, { plural: pluralOf(need.kind), namespaced: !clusterScoped.has(id) });
  }
  return kinds;
}

/** As Kubernetes' own generators do it. */
function pluralOf(kind: string): string {
  const singular = kind.toLowerCase();
  if (singular === "endpoints") return singular;
  if (/(?:s|x|z|ch|sh)$/u.test(singular)) return `${singular}es`;
  if (/[^aeiou]y$/u.test(singular)) return `${singular.slice(0, -1)}ies`;
  return `${singular}s`;
}
