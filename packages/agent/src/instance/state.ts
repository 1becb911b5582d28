/** All that a decision about one instance may know: plain data, gathered before anything is decided. */
import type { Installer, ServiceDefinition } from "@portolan/shared/catalog";
import type { ClusterFacts, VersionGraph } from "@portolan/shared/graph";
import type { Intent } from "@portolan/shared/wire";
import type { ClusterPolicyReading } from "../cluster-policy/mod.ts";
import type { Remains } from "../recovery/mod.ts";
import type { ServiceInstance } from "../resources/mod.ts";
import type { PreflightResult } from "./preflights.ts";

export interface InstanceState {
  readonly instance: ServiceInstance;
  /** As the catalogs in use define it; absent when no catalog does. */
  readonly service?: ServiceDefinition;
  /** The service resolved for this instance; absent when `service` is. */
  readonly graph?: VersionGraph;
  readonly cluster: ClusterFacts;
  /** Definitions kept in the cluster: for the running operation and for the installed version. */
  readonly kept?: ServiceDefinition;
  /** What an instance that has lost its status left in the cluster; absent when there is nothing, or nothing is lost. */
  readonly remains?: Remains;
  readonly secrets: SecretsView;
  /** Whether this agent can deploy a version. */
  readonly supports: (installer: Installer) => boolean;
  /** What the preflight of a plan came to, by its key; absent when it was not carried out lately. */
  readonly preflight: (key: string) => PreflightResult | undefined;
  /** Other instances of the same service, with the time they were created. */
  readonly siblings: readonly Sibling[];
  /** The open intent for this instance. */
  readonly intent?: Intent;
  /** The instance as a new intent to configure it would make it, or why it cannot. */
  readonly wished?: Wished | { readonly refusal: Refusal };
  /** Others that require this one, and have no other instance of the service: `service version (namespace/name)`; with an intent to remove it. */
  readonly dependents?: readonly string[];
  /** What the cluster allows the hub to do; it is not known, and not needed, where no new intent is judged. */
  readonly clusterPolicy?: ClusterPolicyReading;
  /** The agent belongs to a fleet. */
  readonly inFleet?: boolean;
  /** Digest of the catalogs in use. */
  readonly catalogDigest: string;
  /** ms since the Unix epoch. */
  readonly now: number;
}

/** The referenced secrets: `values` for CEL as `secrets.<name>.<key>`, and what is missing, by a message that holds no value. */
export interface SecretsView {
  readonly values: { readonly [name: string]: { readonly [key: string]: string } };
  readonly missing: readonly string[];
}

/** An instance that is not so yet, and its secrets. */
export interface Wished {
  readonly instance: ServiceInstance;
  readonly secrets: SecretsView;
}

export interface Sibling {
  readonly key: string;
  readonly namespace: string;
  readonly createdAt: string;
}

/** Why something is not done: a stable code in PascalCase and one sentence. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
}
