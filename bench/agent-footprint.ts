import { setTimeout as sleep } from "node:timers/promises";
import { bundledAgent } from "./footprint/bundled-agent.ts";
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

/** What the bundled agent, as a process of its own, takes of a machine: memory and processor at rest and under load. */
export async function run(): Promise<BenchResult> {
  return {
    bench: "agent-footprint",
    params: {
      idleInstances: IDLE_INSTANCES,
      objectsEach: OBJECTS_EACH,
      coldInstances: COLD_INSTANCES,
      watchedObjects: WATCHED_INSTANCES * WATCHED_OBJECTS_EACH,
      soakReconciles: SOAK_RECONCILES,
    },
    machine: thisMachine(),
    metrics: { ...(await idle()), ...(await cold()), ...(await watched()), ...(await soak()) },
  };
}

type Metrics = Record<string, Metric>;

async function idle(): Promise<Metrics> {
  const agent = await bundledAgent({ objectsEach: OBJECTS_EACH });
  try {
    await agent.addInstances(IDLE_INSTANCES);
    await agent.start();
    await agent.untilAllReady();
    await sleep(SETTLE_MS);
    const before = await agent.cpuMs();
    await sleep(IDLE_MS);
    const share = ((await agent.cpuMs()) - before) / IDLE_MS;
    const resident = await agent.residentMB();
    const writesBefore = agent.writes();
    const reconciled = (await agent.reconciles()) + IDLE_INSTANCES;
    await agent.disturb(1);
    while ((await agent.reconciles()) < reconciled) await sleep(100);
    return {
      [`resident, idle with ${IDLE_INSTANCES} instances`]: summarize([resident], "MB", { atMost: 80 }, "max"),
      "processor, idle": summarize([share * 100], "% of a core", { atMost: 0.5 }, "max"),
      "write calls of a reconcile with nothing to do": summarize([agent.writes() - writesBefore], "calls", { atMost: 0 }, "max"),
    };
  } finally {
    await agent.close();
  }
}

async function cold(): Promise<Metrics> {
  const agent = await bundledAgent({ objectsEach: OBJECTS_EACH });
  try {
    await agent.addInstances(COLD_INSTANCES);
    const startedAt = performance.now();
    await agent.start();
    await agent.untilAllReady();
    const seconds = (performance.now() - startedAt) / 1000;
    return { [`process started → ${COLD_INSTANCES} instances installed`]: summarize([seconds], "s", { atMost: 30 }, "max") };
  } finally {
    await agent.close();
  }
}

async function watched(): Promise<Metrics> {
  const agent = await bundledAgent({ objectsEach: WATCHED_OBJECTS_EACH });
  try {
    await agent.addInstances(WATCHED_INSTANCES);
    await agent.start();
    await agent.untilAllReady();
    await sleep(SETTLE_MS);
    const resident = await agent.residentMB();
    return {
      [`resident, ${WATCHED_INSTANCES * WATCHED_OBJECTS_EACH} objects watched`]: summarize([resident], "MB", { atMost: 110 }, "max"),
    };
  } finally {
    await agent.close();
  }
}

async function soak(): Promise<Metrics> {
  const agent = await bundledAgent({ objectsEach: 1 });
  try {
    await agent.addInstances(IDLE_INSTANCES);
    await agent.start({ inspected: true });
    await agent.untilAllReady();
    let round = 0;
    const until = async (reconciles: number): Promise<void> => {
      while ((await agent.reconciles()) < reconciles) for (let turn = 0; turn < 10; turn++) await agent.disturb(round++);
    };
    await until(SOAK_WARM_UP);
    const before = await agent.heapAfterCollectionMiB();
    const startedAt = performance.now();
    await until(SOAK_WARM_UP + SOAK_RECONCILES);
    const perSecond = SOAK_RECONCILES / ((performance.now() - startedAt) / 1000);
    const growth = ((await agent.heapAfterCollectionMiB()) / before - 1) * 100;
    return {
      "heap after a collection": summarize([before], "MiB"),
      [`its growth over ${SOAK_RECONCILES} reconciles`]: summarize([growth], "%", { atMost: 5 }, "max"),
      "reconciles with nothing to do": summarize([perSecond], "a second"),
    };
  } finally {
    await agent.close();
  }
}
