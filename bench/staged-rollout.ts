import { startNatsServer } from "@portolan/simulator/nats-server";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FakeAgent, offer, status } from "../test/integration/hub/fake-agent.ts";
import { obey } from "../test/integration/hub/obedient-agent.ts";
import { benchHub, Watcher } from "./fleet/hub.ts";
import { realOverheads } from "./fleet/real-waves.ts";
import { summarize, thisMachine, type BenchResult, type Metric } from "./harness/result.ts";

const WORK_MS = 50;
const STARTING_AT_ONCE = 50;
const REPETITIONS = 5;
const NATS_SETTLES_MS = 500;

/** How long a rollout takes beyond what its clusters work, wave after wave without soak, on real NATS with a hub of its own process. */
export async function run(): Promise<BenchResult> {
  const real = await realOverheads(3, REPETITIONS);
  const small = await measure(3, 3, REPETITIONS);
  const large = await measure(1_000, 10, 1);
  const metrics: { readonly [name: string]: Metric } = {
    "3 real clusters, 3 waves: beyond the clusters' work": summarize(real, "ms", { atMost: 500 }, "max"),
    "3 clusters, 3 waves: beyond the clusters' work": summarize(small.overheads, "ms", { atMost: 500 }, "max"),
    "3 clusters, 3 waves: last report → next wave's last intent": summarize(small.gaps, "ms", { atMost: 100 }, "max"),
    "1,000 clusters, 10 waves: beyond the clusters' work": summarize(large.overheads, "ms", { atMost: 5_000 }, "max"),
    "1,000 clusters, 10 waves: last report → next wave's first intent": summarize(large.firsts, "ms"),
    "1,000 clusters, 10 waves: last report → next wave's last intent": summarize(large.gaps, "ms", { atMost: 100 }, "max"),
    "1,000 clusters, 10 waves: whole rollout": summarize(large.totals, "ms"),
  };
  return { bench: "staged-rollout", params: { workMs: WORK_MS, repetitions: REPETITIONS }, machine: thisMachine(), metrics };
}

interface Sample {
  readonly totals: number[];
  /** What a rollout takes beyond the time that one cluster of each wave works: all of a wave may work at once. */
  readonly overheads: number[];
  /** From a wave's last report to the first and to the last intent of the next one. */
  readonly firsts: number[];
  readonly gaps: number[];
}

async function measure(clusters: number, waves: number, repetitions: number): Promise<Sample> {
  const dir = await mkdtemp(join(tmpdir(), "portolan-bench-"));
  const nats = await startNatsServer();
  const hub = await benchHub(nats.url, dir);
  await hub.process.start();
  const fleet = new WorkingFleet(clusters, waves);
  const watcher = new Watcher();
  try {
    await fleet.start(nats.url, hub.publicKey);
    await watcher.open(hub.url);
    await fleet.untilKnown(hub.url);
    const sample: Sample = { totals: [], overheads: [], firsts: [], gaps: [] };
    for (let index = 0; index < repetitions; index += 1) {
      const { from, to } = index % 2 === 0 ? { from: "1.0.0", to: "1.1.0" } : { from: "1.1.0", to: "1.0.0" };
      await rollOut(
        hub.url,
        watcher,
        fleet,
        `bench-${index}`,
        { action: from < to ? "upgrade" : "downgrade", version: to, waves, clusters },
        sample,
      );
    }
    return sample;
  } finally {
    watcher.end();
    await fleet.stop();
    await hub.process.stop();
    await nats.stop();
    await rm(dir, { recursive: true, force: true });
  }
}

interface Goal {
  readonly action: "upgrade" | "downgrade";
  readonly version: string;
  readonly waves: number;
  readonly clusters: number;
}

async function rollOut(url: string, watcher: Watcher, fleet: WorkingFleet, name: string, goal: Goal, sample: Sample): Promise<void> {
  const { action, version, waves, clusters } = goal;
  const size = clusters / waves;
  const share = { maxConcurrent: size, clusters: { count: size } };
  const spec = { action, service: "cert-manager", version, waves: Array.from({ length: waves }, () => share) };
  await ask(url, "PUT", `/v1/rollouts/${name}`, { apiVersion: "portolan.dev/v1alpha1", kind: "Rollout", metadata: { name }, spec });
  let { checkHash } = await ask(url, "GET", `/v1/rollouts/${name}`);
  while (checkHash === undefined) {
    await sleep(20);
    ({ checkHash } = await ask(url, "GET", `/v1/rollouts/${name}`));
  }
  fleet.forget();
  const ended = watcher.next(({ kind, data }) => kind === "rollout" && data.name === name && data.phase === "Succeeded");
  const startedAt = performance.now();
  await ask(url, "POST", `/v1/rollouts/${name}/start`, { hash: checkHash });
  const endedAt = await ended;
  const spans = fleet.waveSpans();
  sample.totals.push(endedAt - startedAt);
  sample.overheads.push(endedAt - startedAt - waves * WORK_MS);
  sample.firsts.push(...spans.slice(1).map(({ first }, index) => first - (spans[index]?.end ?? 0)));
  sample.gaps.push(...spans.slice(1).map(({ last }, index) => last - (spans[index]?.end ?? 0)));
}

/** Agents that do what they are told in a fixed time, and remember when. */
class WorkingFleet {
  readonly #names: readonly string[];
  readonly #waves: number;
  readonly #agents: FakeAgent[] = [];
  /** By cluster, when its work was commanded and when it said that it was done. */
  readonly #begun = new Map<string, number>();
  readonly #done = new Map<string, number>();

  constructor(clusters: number, waves: number) {
    this.#names = Array.from({ length: clusters }, (_, index) => `cluster-${String(index).padStart(4, "0")}`);
    this.#waves = waves;
  }

  async start(servers: string, hubKey: string): Promise<void> {
    for (let first = 0; first < this.#names.length; first += STARTING_AT_ONCE) {
      const some = this.#names.slice(first, first + STARTING_AT_ONCE);
      this.#agents.push(...(await Promise.all(some.map(async (name) => await this.#agent(name, servers, hubKey)))));
    }
  }

  async untilKnown(url: string): Promise<void> {
    for (;;) {
      const { items } = await ask(url, "GET", "/v1/availability?service=cert-manager");
      if (items?.some(({ counts }) => counts.reachable === this.#names.length) === true) break;
      await sleep(100);
    }
    await sleep(NATS_SETTLES_MS);
  }

  forget(): void {
    this.#begun.clear();
    this.#done.clear();
  }

  /** The first and the last command of each wave, and its last report, in the order of the waves. */
  waveSpans(): readonly { readonly first: number; readonly last: number; readonly end: number }[] {
    const size = this.#names.length / this.#waves;
    return Array.from({ length: this.#waves }, (_, wave) => {
      const members = this.#names.slice(wave * size, (wave + 1) * size);
      const begun = members.map((name) => this.#begun.get(name) ?? Number.NaN);
      return {
        first: Math.min(...begun),
        last: Math.max(...begun),
        end: Math.max(...members.map((name) => this.#done.get(name) ?? Number.NaN)),
      };
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#agents.map(async (agent) => await agent.stop()));
  }

  async #agent(cluster: string, servers: string, hubKey: string): Promise<FakeAgent> {
    const work = obey({ workMs: WORK_MS, offers: (version) => [version === "1.0.0" ? "1.1.0" : "1.0.0"] });
    const agent = await FakeAgent.start({
      servers,
      cluster,
      hubKey,
      onDocument: (self, document) => {
        if (document.intents.some(({ mode }) => mode === "Apply") && !this.#begun.has(cluster)) this.#begun.set(cluster, performance.now());
        work(self, document);
      },
      onAnswer: ({ phase }) => {
        if (phase === "Done") this.#done.set(cluster, performance.now());
      },
    });
    agent.report("main", status({ availabilityDigest: agent.offer("main", offer("1.0.0", ["1.1.0"])) }));
    return agent;
  }
}

interface Answer {
  readonly checkHash?: string;
  readonly items?: readonly { readonly counts: { readonly reachable: number } }[];
}

async function ask(url: string, method: string, path: string, body?: object): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`the hub refused ${method} ${path}: ${await response.text()}`);
  // The hub's own words, by its OpenAPI document.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (await response.json()) as Answer;
}
