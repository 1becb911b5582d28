import type { IntentState } from "@portolan/shared/wire";
import { documentFixture, statusFixture } from "../fleet/agent.fixture.ts";
import { incarnationKey, instanceKey, type ClusterView, type FleetReader, type InstanceKey, type InstanceView } from "../fleet/mod.ts";
import type { Target, TargetDecision, Upgrade, UpgradeSettings } from "./model.ts";
import { UNDECIDED } from "./model.ts";

/** A fleet view that a test writes by hand: one instance `default/main` a cluster. */
export class FleetFixture implements FleetReader {
  readonly #clusters = new Map<string, ClusterView>();
  readonly #instances = new Map<InstanceKey, InstanceView>();

  /** A cluster that is online, at version 1.0.0, with 2.0.0 available. */
  add(name: string, changes: Partial<InstanceView["status"]> = {}): this {
    this.#clusters.set(name, clusterFixture(name));
    return this.set(name, changes);
  }

  /** What the instance reports. */
  set(
    name: string,
    changes: Partial<InstanceView["status"]>,
    offered: readonly string[] | "unknown" = ["2.0.0"],
    progressedAtMs = 0,
  ): this {
    const status = statusFixture({ availabilityDigest: "digest", ...changes });
    const document = documentFixture(status.version ?? "", offered === "unknown" ? [] : offered, ["3.0.0"]);
    const view: InstanceView = {
      cluster: name,
      namespace: "default",
      name: "main",
      status,
      progressedAtMs,
      ...(offered === "unknown" ? {} : { availability: { digest: "digest", document } }),
    };
    this.#instances.set(instanceKey(view), view);
    return this;
  }

  remove(name: string): this {
    this.#instances.delete(`${name}/default/main`);
    return this;
  }

  change(name: string, changes: Partial<ClusterView>): this {
    this.#clusters.set(name, { ...(this.#clusters.get(name) ?? clusterFixture(name)), ...changes });
    return this;
  }

  rebuild(name: string): this {
    const cluster = clusterFixture(name);
    return this.change(name, {
      heartbeat: { ...cluster.heartbeat, incarnation: { clusterUid: "another", registrationId: "" } },
      intents: new Map(),
    });
  }

  answer(name: string, id: string, state: Pick<IntentState, "phase"> & Partial<IntentState>, changedAtMs = 0): this {
    return this.change(name, { intents: new Map([[id, { state: { id, namespace: "default", name: "main", ...state }, changedAtMs }]]) });
  }

  cluster(name: string): ClusterView | undefined {
    return this.#clusters.get(name);
  }

  clusters(): Iterable<ClusterView> {
    return this.#clusters.values();
  }

  instance(key: InstanceKey): InstanceView | undefined {
    return this.#instances.get(key);
  }

  instances(): Iterable<InstanceView> {
    return this.#instances.values();
  }

  instancesOf(cluster: string): Iterable<InstanceView> {
    return [...this.#instances.values()].filter((instance) => instance.cluster === cluster);
  }
}

function clusterFixture(name: string): ClusterView {
  return {
    name,
    connectivity: "Online",
    lastSeenAtMs: 0,
    intervalMs: 3_000,
    inSync: true,
    intents: new Map(),
    heartbeat: {
      cluster: name,
      incarnation: { clusterUid: `uid-${name}`, registrationId: "" },
      agentVersion: "1",
      sentAtUnixMs: 0,
      startedAtUnixMs: 0,
      intervalMs: 3_000,
      reportsDigest: "0".repeat(64),
      reportsCount: 0,
      intentRevision: 0,
      intents: [],
      catalogProblems: [],
    },
  };
}

export const SETTINGS: UpgradeSettings = {
  maxConcurrent: 2,
  progressDeadlineSeconds: 10,
  unreachable: "Refuse",
  onFailure: "Stop",
  acceptRisks: [],
};

/** An upgrade of `default/main` in each of the clusters to 2.0.0, started at 0. */
export function upgradeFixture(
  clusters: readonly string[],
  changes: Partial<Upgrade> = {},
  decisions: readonly TargetDecision[] = [],
): Upgrade {
  return {
    id: "up-1",
    service: "cert-manager",
    version: "2.0.0",
    settings: SETTINGS,
    createdAtMs: 0,
    targets: clusters.map((cluster, index) => targetFixture(cluster, decisions[index])),
    ...changes,
  };
}

function targetFixture(cluster: string, decision: TargetDecision = UNDECIDED): Target {
  const incarnation = incarnationKey({ clusterUid: `uid-${cluster}`, registrationId: "" });
  return { cluster, namespace: "default", name: "main", incarnation, from: "1.0.0", decision };
}

/** The intent of the target with the index was sent at 0. */
export function sentFixture(
  index: number,
  changes: { readonly hold?: { readonly atMs: number; readonly reason: "Aborted" } } = {},
): TargetDecision {
  return { type: "Sent", intent: { id: `up-1.${index}`, planHash: "1.0.0-2.0.0", sentAtMs: 0, ...changes } };
}
