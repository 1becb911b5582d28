import type { ClusterView, FleetReader, InstanceKey, InstanceView } from "@portolan/hub/fleet";
import {
  advance,
  applyAdvance,
  createRollout,
  encodedSizes,
  intentsFor,
  progressOf,
  rolloutSpecSchema,
  type AdvanceContext,
  type Rollout,
} from "@portolan/hub/rollouts";
import { summarize, thisMachine, type BenchResult } from "./harness/result.ts";

const TARGETS = 10_000;
const WAVES = 10;
const MAX_CONCURRENT = 100;
const WARM_UP = 200;
const REPETITIONS = 2_000;
const MIB = 1024 * 1024;

/**
 * What it costs to decide about a rollout with ten thousand targets when one report comes: `advance` again and again until there is
 * nothing left to decide, in the middle of its waves. Nothing is kept between two calls but the rollout itself. Beside it what follows
 * from a decision (one cluster's intents, the progress that watchers are told), and what is stored.
 */
export async function run(): Promise<BenchResult> {
  const world = new World(TARGETS);
  let rollout = world.start();
  const samples = { advance: [] as number[], intents: [] as number[], progress: [] as number[] };
  const copies: number[] = [];
  for (let index = 0; index < WARM_UP + REPETITIONS; index += 1) {
    const cluster = world.finishOne(rollout);
    const startedAt = performance.now();
    rollout = world.decide(rollout);
    const decidedAt = performance.now();
    intentsFor([{ rollout, indexes: [cluster] }]);
    const toldAt = performance.now();
    progressOf(rollout, world);
    const shownAt = performance.now();
    rollout.targets.map((target) => ({ ...target }));
    const copiedAt = performance.now();
    if (index >= WARM_UP) {
      samples.advance.push(decidedAt - startedAt);
      samples.intents.push(toldAt - decidedAt);
      samples.progress.push(shownAt - toldAt);
      copies.push(copiedAt - shownAt);
    }
  }
  return {
    bench: "advance",
    params: { targets: TARGETS, waves: WAVES, maxConcurrent: MAX_CONCURRENT, repetitions: REPETITIONS, warmUp: WARM_UP },
    machine: thisMachine(),
    metrics: {
      "floor: a copy of all targets": summarize(copies, "ms"),
      "one report → nothing left to decide": summarize(samples.advance, "ms", { atMost: 20 }),
      "intents of one cluster": summarize(samples.intents, "ms"),
      "progress of the whole": summarize(samples.progress, "ms"),
      "largest stored value": summarize([Math.max(...encodedSizes(rollout)) / MIB], "MiB", { below: 1 }, "max"),
    },
  };
}

/** A fleet whose agents do what they are told when the bench says so. */
class World implements FleetReader {
  readonly #clusters = new Map<string, ClusterView>();
  readonly #instances = new Map<InstanceKey, InstanceView>();
  readonly #inFlight = new Set<number>();

  constructor(count: number) {
    for (let index = 0; index < count; index += 1) {
      const name = `cluster-${String(index).padStart(5, "0")}`;
      this.#clusters.set(name, clusterView(name));
      this.#report(name, "1.0.0");
    }
  }

  start(): Rollout {
    const share = 100 / WAVES;
    const spec = rolloutSpecSchema.parse({
      action: "upgrade",
      service: "probe",
      version: "2.0.0",
      waves: Array.from({ length: WAVES }, (_, index) => ({
        maxConcurrent: MAX_CONCURRENT,
        ...(index === WAVES - 1 ? {} : { clusters: { percent: share } }),
      })),
    });
    const created = createRollout("bench", spec, {
      fleet: this,
      labelsOf: () => ({}),
      knows: () => true,
      roles: new Set(),
      uid: "ro-bench",
      nowMs: 0,
      by: "bench",
    });
    if ("problem" in created) throw new Error(created.problem.message);
    return this.decide({ ...created.rollout, started: { atMs: 0, by: "bench" } });
  }

  decide(before: Rollout): Rollout {
    let rollout = before;
    for (;;) {
      const next = applyAdvance(rollout, advance(rollout, this.#context()));
      if (next === rollout) return rollout;
      rollout = next;
    }
  }

  /** One target that was sent has come to its end; gives its index. */
  finishOne(rollout: Rollout): number {
    if (this.#inFlight.size === 0) {
      rollout.targets.forEach(({ decision }, index) => {
        if (decision.type === "Sent") this.#inFlight.add(index);
      });
    }
    const [index = 0] = this.#inFlight;
    this.#inFlight.delete(index);
    const target = rollout.targets[index];
    if (target?.decision.type !== "Sent") throw new Error("nothing is in flight");
    const { id } = target.decision.intent;
    const cluster = this.#clusters.get(target.cluster);
    if (cluster === undefined) throw new Error("no such cluster");
    this.#clusters.set(target.cluster, {
      ...cluster,
      intents: new Map([
        [id, { state: { id, namespace: target.namespace, name: target.name, phase: "Done", generation: 2 }, changedAtMs: 1 }],
      ]),
    });
    this.#report(target.cluster, "2.0.0");
    return index;
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

  *instancesOf(cluster: string): Iterable<InstanceView> {
    const found = this.#instances.get(`${cluster}/default/probe`);
    if (found !== undefined) yield found;
  }

  #context(): AdvanceContext {
    const nothing = { labelsOf: () => ({}), retraction: () => undefined, estimate: () => undefined, undeliverable: () => undefined };
    return { fleet: this, nowMs: 1, ...nothing, isTaken: () => false, room: { shares: () => [], tooLarge: () => undefined } };
  }

  #report(cluster: string, version: string): void {
    const step = {
      from: version,
      to: "2.0.0",
      upgrader: "any",
      direction: "upgrade",
      disruptive: false,
      irreversible: false,
      digest: "d",
    } as const;
    const offered = version === "2.0.0" ? [] : [{ version: "2.0.0", steps: [step], cost: 1, risks: [], planHash: `${version}-2.0.0` }];
    this.#instances.set(`${cluster}/default/probe`, {
      cluster,
      namespace: "default",
      name: "probe",
      progressedAtMs: 0,
      status: {
        uid: "uid",
        service: "probe",
        generation: 2,
        observedGeneration: 2,
        phase: "Ready",
        version,
        targetVersion: version,
        ready: true,
        labels: {},
        ignoresFleet: false,
        changedAtUnixMs: 1,
        availabilityDigest: "digest",
      },
      availability: {
        digest: "digest",
        document: {
          service: "probe",
          from: version,
          available: offered,
          unavailable: [],
          totalAvailable: offered.length,
          totalUnavailable: 0,
        },
      },
    });
  }
}

function clusterView(name: string): ClusterView {
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
      agentVersion: "bench",
      sentAtUnixMs: 0,
      startedAtUnixMs: 0,
      intervalMs: 3_000,
      reportsDigest: "0".repeat(64),
      reportsCount: 1,
      intentRevision: 0,
      intents: [],
      catalogProblems: [],
    },
  };
}
