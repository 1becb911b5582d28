import { setTimeout as sleep } from "node:timers/promises";
import { findHelm } from "../test/testbed/helm/find.ts";
import { bundledAgent, type BundledAgent } from "./footprint/bundled-agent.ts";
import { live } from "./footprint/live.ts";
import { summarize, thisMachine, type BenchResult, type Metric } from "./harness/result.ts";

const IDLE_INSTANCES = 20;
const OBJECTS_EACH = 5;
const SETTLE_MS = 20_000;
const IDLE_MS = 30_000;
const COLD_INSTANCES = 100;
const WATCHED_INSTANCES = 20;
const WATCHED_OBJECTS_EACH = 50;
const SOAK_RECONCILES = 10_000;
const SOAK_WARM_UP = 1_000;
const NO_OP_ROUNDS = 5;
/** Of so many instances one is deployed from a chart. */
const ONE_CHART_IN = 5;

/** How the agent may be started: as the program that its file is, with what its first line says, and by a plain node. */
const STARTS = ["program", "node"] as const;

/** What the bundled agent, as a process of its own, takes of a machine: memory and processor at rest and under load. */
export async function run(): Promise<BenchResult> {
  const helm = await findHelm();
  const metrics: Record<string, Metric> = {};
  for (const as of STARTS) Object.assign(metrics, await idle(as, helm), await watched(as));
  Object.assign(metrics, await cold(helm), await soak(helm));
  return {
    bench: "agent-footprint",
    params: {
      helm: helm !== undefined,
      idleInstances: IDLE_INSTANCES,
      objectsEach: OBJECTS_EACH,
      coldInstances: COLD_INSTANCES,
      watchedObjects: WATCHED_INSTANCES * WATCHED_OBJECTS_EACH,
      soakReconciles: SOAK_RECONCILES,
    },
    machine: thisMachine(),
    metrics,
  };
}

type Metrics = Record<string, Metric>;
type Start = (typeof STARTS)[number];

const NAMES: { readonly [start in Start]: string } = { program: "agent.mjs", node: "node agent.mjs" };

function chartsOf(instances: number, helm: string | undefined): number {
  return helm === undefined ? 0 : instances / ONE_CHART_IN;
}

async function idle(as: Start, helm: string | undefined): Promise<Metrics> {
  const agent = await bundledAgent({ objectsEach: OBJECTS_EACH, helm });
  try {
    await agent.addInstances(IDLE_INSTANCES, chartsOf(IDLE_INSTANCES, helm));
    await agent.start({ as });
    await agent.untilAllReady();
    await sleep(SETTLE_MS);
    const before = await agent.cpuMs();
    await sleep(IDLE_MS);
    const share = ((await agent.cpuMs()) - before) / IDLE_MS;
    const resident = await agent.residentMB();
    return {
      [`resident, idle with ${IDLE_INSTANCES} instances (${NAMES[as]})`]: summarize([resident], "MB", { atMost: 80 }, "max"),
      [`processor, idle (${NAMES[as]})`]: summarize([share * 100], "% of a core", { atMost: 0.5 }, "max"),
      [`write calls of ${NO_OP_ROUNDS * IDLE_INSTANCES} reconciles with nothing to do (${NAMES[as]})`]: summarize(
        [await writesOfNoOps(agent)],
        "calls",
        { atMost: 0 },
        "max",
      ),
    };
  } finally {
    await agent.close();
  }
}

async function writesOfNoOps(agent: BundledAgent): Promise<number> {
  const before = agent.writes().length;
  for (let round = 0; round < NO_OP_ROUNDS; round++) {
    const reconciled = (await agent.reconciles()) + agent.instances.length;
    await agent.disturb(round);
    while ((await agent.reconciles()) < reconciled) await sleep(100);
  }
  return agent.writes().length - before;
}

async function cold(helm: string | undefined): Promise<Metrics> {
  const agent = await bundledAgent({ objectsEach: OBJECTS_EACH, helm });
  try {
    await agent.addInstances(COLD_INSTANCES, chartsOf(COLD_INSTANCES, helm));
    const startedAt = performance.now();
    await agent.start();
    await agent.untilAllReady();
    const seconds = (performance.now() - startedAt) / 1000;
    return { [`process started → ${COLD_INSTANCES} instances installed`]: summarize([seconds], "s", { atMost: 30 }, "max") };
  } finally {
    await agent.close();
  }
}

async function watched(as: Start): Promise<Metrics> {
  const agent = await bundledAgent({ objectsEach: WATCHED_OBJECTS_EACH });
  try {
    await agent.addInstances(WATCHED_INSTANCES, 0);
    await agent.start({ as });
    await agent.untilAllReady();
    await sleep(SETTLE_MS);
    return {
      [`resident, ${WATCHED_INSTANCES * WATCHED_OBJECTS_EACH} objects watched (${NAMES[as]})`]: summarize(
        [await agent.residentMB()],
        "MB",
        { atMost: 110 },
        "max",
      ),
    };
  } finally {
    await agent.close();
  }
}

async function soak(helm: string | undefined): Promise<Metrics> {
  const agent = await bundledAgent({ objectsEach: OBJECTS_EACH, helm });
  try {
    await agent.addInstances(IDLE_INSTANCES, chartsOf(IDLE_INSTANCES, helm));
    await agent.start({ inspected: true });
    await agent.untilAllReady();
    const warm = await live(agent, 0, SOAK_WARM_UP);
    const before = await agent.heapAfterCollectionMiB();
    const startedAt = performance.now();
    const lived = await live(agent, warm.rounds, SOAK_RECONCILES);
    const perSecond = lived.reconciles / ((performance.now() - startedAt) / 1000);
    const growth = ((await agent.heapAfterCollectionMiB()) / before - 1) * 100;
    return {
      "soak: heap after a collection": summarize([before], "MiB"),
      [`soak: its growth over ${SOAK_RECONCILES} reconciles`]: summarize([growth], "%", { atMost: 5 }, "max"),
      "soak: resident at its end": summarize([await agent.residentMB()], "MB"),
      "soak: operations": summarize([lived.operations], ""),
      "soak: failures": summarize([lived.failures], ""),
      "soak: drifts put back": summarize([lived.drifts], ""),
      "soak: secrets rotated": summarize([lived.rotations], ""),
      "soak: reconciles": summarize([perSecond], "a second"),
    };
  } finally {
    await agent.close();
  }
}
