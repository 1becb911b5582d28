/**
 * Fields that belong to another controller by their nature, once it has set them: autoscalers, injectors of certificates, the aggregation
 * of roles. They are left alone, also where the applied configuration says something else. Pure.
 */
import { isFields, type Fields } from "../fields/mod.ts";
import type { KubeObject, ManagedFieldsEntry } from "../kube/mod.ts";
import type { FieldPath } from "./field-path.ts";

interface Concession {
  /** `<kind>.<group>` */
  readonly kinds: ReadonlySet<string>;
  /** In the notation of FieldsV1; `k:*` is any item. */
  readonly field: FieldPath;
  readonly to: (owner: ManagedFieldsEntry) => boolean;
}

/** They scale by the subresource, as a person with `kubectl scale` does: so they are known by name. */
const autoscalers: ReadonlySet<string> = new Set(["kube-controller-manager", "keda", "keda-operator"]);

/** A CA bundle is made in the cluster, and what makes it has many names (cainjector, kube-webhook-certgen, operators): all but a person's tool. */
const isController = ({ manager }: ManagedFieldsEntry): boolean => !manager.startsWith("kubectl");

const concessions: readonly Concession[] = [
  {
    kinds: new Set(["Deployment.apps", "StatefulSet.apps", "ReplicaSet.apps", "ReplicationController"]),
    field: ["f:spec", "f:replicas"],
    to: ({ manager, subresource }) => subresource === "scale" && autoscalers.has(manager),
  },
  {
    kinds: new Set([
      "MutatingWebhookConfiguration.admissionregistration.k8s.io",
      "ValidatingWebhookConfiguration.admissionregistration.k8s.io",
    ]),
    field: ["f:webhooks", "k:*", "f:clientConfig", "f:caBundle"],
    to: isController,
  },
  {
    kinds: new Set(["CustomResourceDefinition.apiextensions.k8s.io"]),
    field: ["f:spec", "f:conversion", "f:webhook", "f:clientConfig", "f:caBundle"],
    to: isController,
  },
  { kinds: new Set(["APIService.apiregistration.k8s.io"]), field: ["f:spec", "f:caBundle"], to: isController },
  {
    kinds: new Set(["ClusterRole.rbac.authorization.k8s.io"]),
    field: ["f:rules"],
    to: ({ manager }) => manager === "clusterrole-aggregation-controller",
  },
];

/** The fields of an object that its other managers may keep. `self`: the manager that asks. */
export function concededFields({ apiVersion, kind, metadata }: KubeObject, self: string): readonly FieldPath[] {
  const slash = apiVersion.indexOf("/");
  const name = slash < 0 ? kind : `${kind}.${apiVersion.slice(0, slash)}`;
  return concessions
    .filter(({ kinds }) => kinds.has(name))
    .flatMap(({ field, to }) => {
      const owners = (metadata.managedFields ?? []).filter((entry) => entry.manager !== self && to(entry));
      return owners.flatMap(({ fieldsV1 }) => matches(fieldsV1 ?? {}, field));
    });
}

function matches(node: Fields, [step, ...rest]: FieldPath): readonly FieldPath[] {
  if (step === undefined) return [[]];
  const found = step === "k:*" ? Object.keys(node).filter((each) => each.startsWith("k:")) : [step];
  return found.flatMap((each) => {
    const next = node[each];
    return isFields(next) ? matches(next, rest).map((path) => [each, ...path]) : [];
  });
}
