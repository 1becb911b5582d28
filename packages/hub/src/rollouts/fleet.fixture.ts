import type { IntentState } from "@portolan/shared/wire";
import { documentFixture, statusFixture } from "../fleet/agent.fixture.ts";
import { incarnationKey, instanceKey, type ClusterView, type FleetReader, type InstanceKey, type InstanceView } from "../fleet/mod.ts";
import { advance, applyAdvance, type AdvanceContext } from "./advance.ts";
import type { CommandContext } from "./commands.ts";
import { UNDECIDED, type Rollout, type Target, type TargetDecision } from "./model.ts";
import type { Room } from "./room.ts";
import { rolloutSpecSchema, type RolloutSpec } from "./spec.ts";

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

  put(instance: InstanceView): this {
    this.#instances.set(instanceKey(instance), instance);
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
    clockSkewMs: 0,
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

/** A document as a person writes it, with what a test wants to be different: `default/main` to 2.0.0, two at a time. */
export function specFixture(changes: object = {}): RolloutSpec {
  const defaults = {
    action: "upgrade",
    service: "cert-manager",
    version: "2.0.0",
    progressDeadlineSeconds: 10,
    waves: [{ maxConcurrent: 2 }],
  };
  // Through JSON: what is undefined is not there.
  return rolloutSpecSchema.parse(JSON.parse(JSON.stringify({ ...defaults, ...changes })));
}

/** A rollout of `default/main` in each of the clusters to 2.0.0, started at 0, all in the first wave. */
export function rolloutFixture(
  clusters: readonly string[],
  changes: Partial<Rollout> = {},
  decisions: readonly TargetDecision[] = [],
): Rollout {
  const { spec = specFixture() } = changes;
  return {
    name: "one",
    uid: "ro-1",
    createdAtMs: 0,
    createdBy: "ada",
    started: { atMs: 0, by: "ada" },
    waves: spec.waves.map((_, index) => (index === 0 ? { startedAtMs: 0 } : {})),
    targets: clusters.map((cluster, index) => targetFixture(cluster, decisions[index])),
    ...changes,
    spec,
  };
}

export function targetFixture(cluster: string, decision: TargetDecision = UNDECIDED, changes: Partial<Target> = {}): Target {
  return {
    cluster,
    namespace: "default",
    name: "main",
    incarnation: incarnationKey({ clusterUid: `uid-${cluster}`, registrationId: "" }),
    wave: 0,
    from: "1.0.0",
    to: "2.0.0",
    attempts: decision.type === "Undecided" && decision.opensAtMs === undefined ? 0 : 1,
    decision,
    ...changes,
  };
}

/** The intent of the target with the index was sent at 0. */
export function sentFixture(
  index: number,
  changes: { readonly hold?: { readonly atMs: number; readonly reason: "Aborted" } } = {},
): TargetDecision {
  return { type: "Sent", intent: { id: `ro-1.${index}`, planHash: "1.0.0-2.0.0", sentAtMs: 0, ...changes } };
}

/** Whatever is to be said to a cluster has room. */
export const ROOM: Room = { shares: () => [], tooLarge: () => undefined };

/** What decisions are made from at a time. */
export function contextFixture(fleet: FleetReader, nowMs: number, changes: Partial<AdvanceContext> = {}): AdvanceContext {
  const nothing = { labelsOf: () => ({}), retraction: () => undefined, estimate: () => undefined, undeliverable: () => undefined };
  return { fleet, nowMs, ...nothing, isTaken: () => false, room: ROOM, ...changes };
}

/** Somebody who may do everything asks at 7. */
export function commandContextFixture(fleet: FleetReader, changes: Partial<CommandContext> = {}): CommandContext {
  const actor = { name: "ada", roles: ["owner"] };
  const nothing = { labelsOf: () => ({}), retraction: () => undefined, ownerOf: () => undefined, room: ROOM };
  return { fleet, ...nothing, nowMs: 7, uid: "ro-2", actor, reason: "because", ...changes };
}

/** The rollout when nothing more is to be decided at the time. */
export function advanced(rollout: Rollout, fleet: FleetReader, nowMs: number, changes: Partial<AdvanceContext> = {}): Rollout {
  const next = advance(rollout, contextFixture(fleet, nowMs, changes));
  const after = applyAdvance(rollout, next);
  return after === rollout ? rollout : advanced(after, fleet, nowMs, changes);
}

/** Decisions in few words, for tables. */
export function brief({ decision }: Pick<Target, "decision">): string {
  switch (decision.type) {
    case "Undecided":
      return decision.opensAtMs === undefined ? "Undecided" : "postponed";
    case "Deferred":
      return "Deferred";
    case "Sent":
      return decision.intent.hold === undefined ? "Sent" : "Sent, held";
    case "Settled": {
      const codes = decision.reasons.map(({ code }) => code).join();
      return `${decision.result}${codes === "" ? "" : ` ${codes}`}${decision.openIntent === undefined ? "" : ", held"}`;
    }
  }
}
