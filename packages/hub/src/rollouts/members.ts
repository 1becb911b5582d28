import semver from "semver";
import { incarnationKey, instanceKey, type ClusterView, type FleetReader, type InstanceRef, type InstanceView } from "../fleet/mod.ts";
import { matchesLabels, parseLabelSelector } from "../selectors/mod.ts";
import { UNDECIDED, type Target } from "./model.ts";
import type { RolloutSpec, SelectorSpec, WaveSelectorSpec } from "./spec.ts";
import { availableWithin } from "./target-plan.ts";

/** Labels that the hub keeps for a cluster. */
export type LabelsOf = (cluster: string) => { readonly [key: string]: string };

/** An instance that a rollout's selector chooses. For an installation it need not exist yet. */
export interface Member extends InstanceRef {
  readonly view: ClusterView;
  readonly instance?: InstanceView;
}

/** What of a document chooses instances. */
export type Selection = Pick<RolloutSpec, "action" | "service" | "selector" | "instance">;

/** What a selector chooses now, ordered by cluster, namespace and name. */
export function selectMembers(spec: Selection, fleet: FleetReader, labelsOf: LabelsOf): Member[] {
  return candidates(spec, fleet, labelsOf).filter((member) => isChosenByVersion(spec, member));
}

/** What a selector chooses now whatever version is installed, in the same order. */
export function candidates(spec: Selection, fleet: FleetReader, labelsOf: LabelsOf): Member[] {
  const chooses = clusterChooser(spec.selector, labelsOf);
  const members = [...fleet.clusters()].filter(chooses).flatMap((view) => membersOf(spec, view, fleet));
  return members.sort((a, b) => (instanceKey(a) < instanceKey(b) ? -1 : 1));
}

function membersOf({ action, service, selector, instance: template }: Selection, view: ClusterView, fleet: FleetReader): Member[] {
  if (action === "install" && template !== undefined) {
    const ref = { cluster: view.name, namespace: template.namespace, name: template.name };
    const instance = fleet.instance(instanceKey(ref));
    return [{ ...ref, view, ...(instance === undefined ? {} : { instance }) }];
  }
  const chosen = [...fleet.instancesOf(view.name)].filter(
    ({ namespace, name, status }) =>
      status.service === service &&
      (template === undefined || (namespace === template.namespace && name === template.name)) &&
      (selector.namespaces?.includes(namespace) ?? true) &&
      (selector.names?.includes(name) ?? true),
  );
  return chosen.map((instance) => ({ cluster: view.name, namespace: instance.namespace, name: instance.name, view, instance }));
}

/** Whether a cluster is chosen, by its name, labels and facts. */
export function clusterChooser(selector: SelectorSpec | WaveSelectorSpec, labelsOf: LabelsOf): (cluster: ClusterView) => boolean {
  const clusterNames = selector.clusters === undefined ? undefined : new Set(selector.clusters);
  const labels = selector.labels === undefined ? undefined : parseLabelSelector(selector.labels);
  const { kubernetesVersion, provider, region } = selector.fields ?? {};
  return ({ name, heartbeat: { facts } }) =>
    (clusterNames?.has(name) ?? true) &&
    (labels === undefined || matchesLabels(labels, labelsOf(name))) &&
    (kubernetesVersion === undefined || isWithin(facts?.kubernetesVersion, kubernetesVersion)) &&
    (provider === undefined || facts?.provider === provider) &&
    (region === undefined || facts?.region === region);
}

/** By its installed version: of what is to be installed there is none. */
export function isChosenByVersion({ action, selector }: Selection, { instance }: Pick<Member, "instance">): boolean {
  const range = selector.fields?.version;
  return range === undefined || action === "install" || isWithin(instance?.status.version, range);
}

function isWithin(version: string | undefined, range: string): boolean {
  return version !== undefined && semver.satisfies(version.replace(/^v/u, ""), range, { includePrerelease: true });
}

/** A member as a target of a wave. Undefined when the document says to leave it out. */
export function newTarget(member: Member, wave: number, spec: RolloutSpec): Target | undefined {
  const override = overrideFor(spec, member);
  if (override?.skip === true) {
    return undefined;
  }
  const { cluster, namespace, name, view, instance } = member;
  const to =
    override?.version ?? spec.version ?? (spec.versionRange === undefined ? undefined : availableWithin(instance, spec.versionRange));
  const from = instance?.status.version;
  return {
    cluster,
    namespace,
    name,
    incarnation: incarnationKey(view.heartbeat.incarnation),
    wave,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    attempts: 0,
    decision: UNDECIDED,
  };
}

/** What the document says about one target in particular. */
export function overrideFor(spec: RolloutSpec, ref: InstanceRef): RolloutSpec["targets"][number] | undefined {
  return spec.targets.find(
    ({ cluster, namespace = ref.namespace, name = ref.name }) =>
      cluster === ref.cluster && namespace === ref.namespace && name === ref.name,
  );
}
