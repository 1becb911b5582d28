import type { Direction, Installer, ServiceDefinition, Upgrader, Version, VersionRange } from "../catalog/mod.ts";
import type { Json } from "../json/mod.ts";

/** What a cluster says of itself: what risks, requirements and mappings may ask for as `cluster`. */
export interface ClusterFacts {
  readonly name: string;
  /** As the API server gives it, for example `v1.34.2-gke.104`. */
  readonly kubernetesVersion: string;
  /** Labels that the hub keeps for the cluster. */
  readonly labels: { readonly [key: string]: string };
  readonly provider?: string;
  readonly region?: string;
  readonly nodes?: number;
}

/** Another service's instance in the same cluster, as far as requirements need it. */
export interface Neighbour {
  readonly service: string;
  readonly instance: string;
  readonly version: Version;
  readonly ready: boolean;
  /** What its installed version requires of others. */
  readonly requires: readonly { readonly service: string; readonly range: VersionRange }[];
}

/** All that decides which versions one instance may go to. */
export interface ResolveContext {
  readonly cluster: ClusterFacts;
  readonly neighbours: readonly Neighbour[];
  /** `spec.config`, for risks. */
  readonly config: Json;
  /** The installed version; it is a node even when no installer is known for it any more. */
  readonly installed?: Version;
}

/** Why a version cannot be reached, or not entered. `message` is one sentence for a person. */
export interface Reason {
  readonly code: ReasonCode;
  readonly message: string;
  readonly url?: string;
}
export type ReasonCode =
  | "NoRoute"
  | "Retracted"
  | "KubernetesVersion"
  | "MissingRequirement"
  | "BreaksDependent"
  | "UnknownVersion"
  | "TooManySteps"
  | "TooManyRisks";

export interface ResolvedRisk {
  readonly id: string;
  readonly message: string;
  readonly url?: string;
  /** `Unknown` counts as applying. */
  readonly applies: "Applies" | "Unknown";
}

export interface VersionNode {
  readonly version: Version;
  /** Absent for an installed version that no catalog knows. */
  readonly installer?: Installer;
  /** SHA-256 of the installer's canonical JSON without its retraction; absent together with the installer. */
  readonly digest?: string;
  /** Non-empty: no step may enter it (one reason each). It can always be left. */
  readonly blocked: readonly Reason[];
}

/** What is the same for all edges of one upgrader. */
export interface Passage {
  readonly upgrader: Upgrader;
  readonly direction: Direction;
  readonly cost: number;
  readonly disruptive: boolean;
  readonly irreversible: boolean;
  /** Only those that apply, or may. */
  readonly risks: readonly ResolvedRisk[];
  /** SHA-256 over what the upgrader does (not its ranges, cost and risks). */
  readonly digest: string;
}

export interface VersionEdge extends Passage {
  readonly from: Version;
  readonly to: Version;
}

/**
 * An upgrader's edges, all at once: from every version that has the route in {@link VersionGraph.routesFrom} to every version of `to` that
 * lies in its direction. A graph of a thousand versions may have a million edges, and never has to list them.
 */
export interface Route extends Passage {
  /** Its place among the graph's routes, which are ordered by name. */
  readonly index: number;
  /** Indexes into the graph's versions, ascending. Blocked versions are among them: whoever follows the route looks at the node. */
  readonly to: readonly number[];
}

/** Installers and upgraders of one service, resolved for one cluster. */
export interface VersionGraph {
  readonly service: ServiceDefinition;
  /** Ascending by semver. */
  readonly versions: readonly Version[];
  /** The same order. */
  readonly nodes: ReadonlyMap<Version, VersionNode>;
  /** Ordered by the upgraders' names. */
  readonly routes: readonly Route[];
  /** The routes that leave a version, by its index. */
  readonly routesFrom: readonly (readonly Route[])[];
  /** Edges that leave a version, by their target, then by name; those to blocked versions are left out. */
  edgesFrom(version: Version): readonly VersionEdge[];
}
