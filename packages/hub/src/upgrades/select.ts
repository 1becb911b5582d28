import type { Reason } from "@portolan/shared/wire";
import { instanceKey, type ClusterView, type FleetReader, type InstanceView } from "../fleet/mod.ts";
import { matchesLabels, type LabelSelector } from "../selectors/mod.ts";

/** Chooses instances of a service. What is absent does not restrict; an empty selection selects every instance of the service. */
export interface TargetSelector {
  /** Names. */
  readonly clusters?: readonly string[];
  /** Over the labels that the hub keeps for clusters. */
  readonly labels?: LabelSelector;
  readonly namespaces?: readonly string[];
}

/** Labels that the hub keeps for a cluster. */
export type LabelsOf = (cluster: string) => { readonly [key: string]: string };

/** The selection names something that does not exist. */
export interface SelectionProblem {
  readonly code: "UnknownCluster" | "UnknownService" | "EmptySelection";
  readonly reason: Reason;
}

/** The instances of a service that a selector chooses, ordered by cluster, namespace and name. */
export function selectInstances(
  service: string,
  selector: TargetSelector,
  fleet: FleetReader,
  labelsOf: LabelsOf,
): { readonly instances: readonly InstanceView[] } | { readonly problem: SelectionProblem } {
  const unknown = selector.clusters?.filter((name) => fleet.cluster(name) === undefined) ?? [];
  if (unknown.length > 0) {
    return problem("UnknownCluster", `no cluster of the fleet is called ${unknown.join(", ")}`);
  }
  const chosen = new Set([...fleet.clusters()].filter((cluster) => choosesCluster(selector, cluster, labelsOf)).map(({ name }) => name));
  const ofService = [...fleet.instances()].filter(({ status }) => status.service === service);
  if (ofService.length === 0) {
    return problem("UnknownService", `no cluster of the fleet has an instance of the service ${service}`);
  }
  const instances = ofService
    .filter(({ cluster, namespace }) => chosen.has(cluster) && (selector.namespaces?.includes(namespace) ?? true))
    .sort((a, b) => (instanceKey(a) < instanceKey(b) ? -1 : 1));
  return instances.length === 0
    ? problem("EmptySelection", `the selector chooses none of the ${ofService.length} instances of ${service}`)
    : { instances };
}

function choosesCluster(selector: TargetSelector, { name }: ClusterView, labelsOf: LabelsOf): boolean {
  return (selector.clusters?.includes(name) ?? true) && (selector.labels === undefined || matchesLabels(selector.labels, labelsOf(name)));
}

function problem(code: SelectionProblem["code"], message: string): { readonly problem: SelectionProblem } {
  return { problem: { code, reason: { code, message } } };
}
