import { startAgent, type Agent } from "@portolan/agent/agent";
import { KubeClient } from "@portolan/agent/kube";
import { connectBus } from "@portolan/shared/bus";
import { loadCatalogFolder, type Catalog } from "@portolan/shared/catalog";
import { createEmbeddedCluster } from "@portolan/simulator/kubernetes";
import { startNatsServer } from "@portolan/simulator/nats-server";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { benchHub, Watcher, type BenchHub } from "./fleet/hub.ts";
import { installProbe, markStatus, probeCatalog } from "./fleet/probe.ts";
import { summarize, thisMachine, type BenchResult } from "./harness/result.ts";

const CLUSTERS = 200;
const WARM_UP = 50;
const REPETITIONS = 500;
const STARTING_AT_ONCE = 10;

/**
 * From a change of an instance's status in its cluster to the event at a client of `/v1/watch`, in a fleet of simulated clusters whose agents all send their heartbeats meanwhile.
 * Agents and clusters share this process; NATS and hub are processes of their own.
 */
export async function run(): Promise<BenchResult> {
  const dir = await mkdtemp(join(tmpdir(), "portolan-bench-"));
  const nats = await startNatsServer();
  const hub = await benchHub(nats.url, dir);
  await hub.process.start();
  const fleet = await startFleet(nats.url, hub);
  const watcher = new Watcher();
  await watcher.open(hub.url);
  const samples: number[] = [];
  try {
    for (let index = 0; index < WARM_UP + REPETITIONS; index++) {
      const member = fleet[index % fleet.length];
      if (member === undefined) throw new RangeError("the fleet is empty");
      const sample = await measure(watcher, member, `mark-${index}`);
      if (index >= WARM_UP) samples.push(sample);
    }
  } finally {
    watcher.end();
    await Promise.all(fleet.map(async (member) => await member.stop()));
    await hub.process.stop();
    await nats.stop();
    await rm(dir, { recursive: true, force: true });
  }
  return {
    bench: "status-latency",
    params: { clusters: CLUSTERS, repetitions: REPETITIONS, warmUp: WARM_UP, statistic: "p99" },
    machine: thisMachine(),
    metrics: { "status changed → event at /v1/watch": summarize(samples, "ms", { atMost: 100 }) },
  };
}

interface Member {
  readonly name: string;
  readonly kube: KubeClient;
  stop(): Promise<void>;
}

async function measure(watcher: Watcher, { name, kube }: Member, mark: string): Promise<number> {
  const seen = watcher.next(({ kind, data }) => kind === "instance" && data.cluster === name && data.message === mark);
  const startedAt = performance.now();
  await markStatus(kube, mark);
  return (await seen) - startedAt;
}

async function startFleet(natsUrl: string, hub: BenchHub): Promise<readonly Member[]> {
  const { catalog } = await loadCatalogFolder(probeCatalog);
  const names = Array.from({ length: CLUSTERS }, (_, index) => `cluster-${String(index).padStart(3, "0")}`);
  const watcher = new Watcher();
  await watcher.open(hub.url);
  const members: Member[] = [];
  for (let first = 0; first < names.length; first += STARTING_AT_ONCE) {
    const some = names.slice(first, first + STARTING_AT_ONCE);
    const ready = some.map(
      async (name) => await watcher.next(({ kind, data }) => kind === "instance" && data.cluster === name && data.ready === true),
    );
    members.push(...(await Promise.all(some.map(async (name) => await startMember(name, catalog, natsUrl, hub.publicKey)))));
    await Promise.all(ready);
  }
  watcher.end();
  return members;
}

async function startMember(name: string, catalog: Catalog, natsUrl: string, hubKey: string): Promise<Member> {
  const embedded = createEmbeddedCluster({ name });
  const kube = new KubeClient({ transport: embedded.transport });
  const agent: Agent = await startAgent({
    cluster: name,
    transport: embedded.transport,
    catalog,
    namespace: "portolan-system",
    agentVersion: "bench",
    logger: pino({ level: "silent" }),
    fleet: {
      hubKeys: [hubKey],
      registrationId: "",
      connect: async (signal) => await connectBus({ servers: natsUrl, name, inboxPrefix: `_INBOX.${name}`, signal }),
    },
  });
  await installProbe(kube);
  return {
    name,
    kube,
    async stop() {
      await agent.stop();
      await embedded.close();
    },
  };
}
