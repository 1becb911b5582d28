import type { KubernetesRelease } from "../testbed/kubernetes/modules.ts";

/** Where an older kube-apiserver answers a case otherwise than the newest one, whose answers the embedded API gives. */
export interface ReleaseDifference {
  readonly release: Exclude<KubernetesRelease, "v1.37">;
  /** The name of the case. Its answers of this release are kept in `golden/<release>/`. */
  readonly contract: string;
  /** What differs, and since when. */
  readonly reason: string;
}

/** A case that is not listed here is answered alike by every release. A new difference is never accepted by regenerating alone. */
export const releaseDifferences: readonly ReleaseDifference[] = [
  {
    release: "v1.34",
    contract: "an agent and its statefulsets",
    reason: "StatefulSets have no default for updateStrategy.rollingUpdate.maxUnavailable in 1.34.",
  },
  {
    release: "v1.34",
    contract: "an agent and its customresourcedefinitions",
    reason: "A failed precondition of a delete begins with a capital letter.",
  },
  { release: "v1.34", contract: "versions and groups", reason: "The version is another one." },
  { release: "v1.34", contract: "a wrong uid is a conflict", reason: "Checks of immutable metadata run twice, and so are told twice." },
  { release: "v1.34", contract: "kinds must fit the path", reason: "A line number of the server's own source is another one." },
  {
    release: "v1.34",
    contract: "invalid metadata is refused",
    reason: "An owner reference without a kind is told as an invalid value of no item, not as a missing one of an item.",
  },
  { release: "v1.34", contract: "merge patches", reason: "A body that is not JSON is told in the decoder's words." },
  { release: "v1.34", contract: "JSON patches", reason: "Checks of metadata run twice, and so are told twice." },
  { release: "v1.34", contract: "finalizers hold an object", reason: "Checks of metadata run twice, and so are told twice." },
  {
    release: "v1.34",
    contract: "finalizers and owners are shared item by item",
    reason: "Checks of metadata run twice, and so are told twice.",
  },
  {
    release: "v1.34",
    contract: "custom resources are defaulted, pruned and counted",
    reason: "An update of the status owns the labels that it would have changed.",
  },
  {
    release: "v1.34",
    contract: "custom resources are validated",
    reason: "A value of a wrong type is told once, not by the rules of the schema as well.",
  },
  {
    release: "v1.34",
    contract: "custom resources in two versions",
    reason: "Reading an object in another version leaves its managed fields out.",
  },
  {
    release: "v1.34",
    contract: "rules of a schema, also on transitions",
    reason: "A failed rule tells the type of the value, not the value.",
  },
  {
    release: "v1.34",
    contract: "other workloads are defaulted",
    reason: "StatefulSets have no default for updateStrategy.rollingUpdate.maxUnavailable in 1.34.",
  },
  {
    release: "v1.34",
    contract: "a Deployment becomes available",
    reason: "Deployments do not count terminating replicas by default in 1.34.",
  },
  {
    release: "v1.34",
    contract: "a paused Deployment rolls nothing out",
    reason: "Deployments do not count terminating replicas by default in 1.34.",
  },
  {
    release: "v1.34",
    contract: "a Deployment that never becomes ready",
    reason: "Deployments do not count terminating replicas by default in 1.34.",
  },
  {
    release: "v1.34",
    contract: "a StatefulSet and a DaemonSet become ready",
    reason: "StatefulSets have no default for updateStrategy.rollingUpdate.maxUnavailable in 1.34.",
  },
];
