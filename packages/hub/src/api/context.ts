import type { Logger } from "pino";
import type { FleetEvent } from "@portolan/shared/wire";
import type { Audit } from "../audit/mod.ts";
import type { Catalogs } from "../catalogs/mod.ts";
import { instanceKey, type ClusterView, type FleetReader, type InstanceView } from "../fleet/mod.ts";
import type { IntentWriter } from "../intents/mod.ts";
import type { AvailabilityMatrix } from "../matrix/mod.ts";
import type { HubMetrics } from "../metrics/mod.ts";
import type { ClusterLabels } from "../registry/mod.ts";
import type { Timeline } from "../timeline/mod.ts";
import type { Rollouts } from "../rollouts/mod.ts";
import type { Broadcaster } from "../watch/mod.ts";
import { presentCluster } from "./present.ts";
import { Problem } from "./problems.ts";

/** Names of people, by the roles that they have. */
export type Roles = { readonly [role: string]: readonly string[] };

/** Whether the hub's view is complete. */
export interface Readiness {
  readonly ready: boolean;
  readonly connected: boolean;
  /** What is missing, in words for a person. */
  readonly waitingFor: readonly string[];
  readonly streams: readonly { readonly name: string; readonly caughtUp: boolean }[];
}

/** What the API shows and commands. */
export interface ApiContext {
  readonly version: string;
  readonly publicKey: string;
  readonly keyId: string;
  readonly startedAtMs: number;
  /** So far the hub's own clock is ahead of the fleet's. */
  readonly clockSkewMs: () => number;
  readonly fleet: FleetReader;
  readonly matrix: AvailabilityMatrix;
  readonly labels: ClusterLabels;
  readonly catalogs: Catalogs;
  readonly rollouts: Rollouts;
  /** Who has which roles: names by role. */
  readonly roles: Roles;
  readonly writer: Pick<IntentWriter, "revisionOf" | "problemOf" | "tooLarge">;
  readonly audit: Audit;
  /** What agents tell of their operations. */
  readonly events: Timeline<FleetEvent>;
  readonly broadcaster: Broadcaster;
  readonly metrics: HubMetrics;
  readonly readiness: () => Readiness;
  readonly logger: Logger;
}

/** @throws Problem UnknownCluster */
export function clusterOf({ fleet }: Pick<ApiContext, "fleet">, name: string): ClusterView {
  const cluster = fleet.cluster(name);
  if (cluster === undefined) {
    throw new Problem("UnknownCluster", `no cluster of the fleet is called ${name}`);
  }
  return cluster;
}

/** @throws Problem UnknownInstance */
export function instanceOf(
  { fleet }: Pick<ApiContext, "fleet">,
  ref: { readonly cluster: string; readonly namespace: string; readonly name: string },
): InstanceView {
  const instance = fleet.instance(instanceKey(ref));
  if (instance === undefined) {
    throw new Problem("UnknownInstance", `there is no instance ${ref.cluster}/${ref.namespace}/${ref.name} in the fleet`);
  }
  return instance;
}

/** A cluster as the API shows it. */
export function describeCluster(
  { fleet, labels, writer }: Pick<ApiContext, "fleet" | "labels" | "writer">,
  cluster: ClusterView,
): ReturnType<typeof presentCluster> {
  return presentCluster(cluster, {
    labels: labels.of(cluster.name),
    revision: writer.revisionOf(cluster.name),
    problem: writer.problemOf(cluster.name),
    instances: [...fleet.instancesOf(cluster.name)].length,
  });
}
