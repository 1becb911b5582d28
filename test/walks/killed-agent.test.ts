import type { Agent } from "@portolan/agent/agent";
import type { KubeClient, KubeObject, KubeRequest, KubeTransport } from "@portolan/agent/kube";
import { asServiceInstance } from "@portolan/agent/resources";
import { describe, expect, it } from "vitest";
import { catalog, webService } from "../integration/agent/catalog.ts";
import { instanceRef, TestCluster } from "../integration/agent/harness.ts";

/**
 * Lets an agent write so many times and then kills it: the last write reaches the cluster, its answer reaches nobody, and nothing works
 * any more. What a SIGKILL leaves behind is the same.
 */
function mortal(
  transport: KubeTransport,
  writes: number,
): { readonly transport: KubeTransport; readonly died: Promise<void>; readonly written: () => number } {
  const death = Promise.withResolvers<void>();
  let written = 0;
  return {
    died: death.promise,
    written: () => written,
    transport: async (request) => {
      if (written >= writes) throw new Error("the agent is dead");
      const response = await transport(request);
      if (!matters(request)) return response;
      written++;
      if (written < writes) return response;
      death.resolve();
      throw new Error("the agent has died");
    },
  };
}

/** Writes that an operation is made of. Events are told again or lost; nothing depends on them. */
function matters({ method, path }: KubeRequest): boolean {
  return method !== "GET" && !path.includes("dryRun=All") && !path.includes("events.k8s.io");
}

const agents: readonly [apiVersion: string, kind: string][] = [
  ["v1", "ConfigMap"],
  ["apps/v1", "Deployment"],
  ["batch/v1", "Job"],
  ["portolan.dev/v1alpha1", "ServiceInstance"],
];

/** What is in the cluster, without what is new in every run: uids, times, the operation's id in the names of its Jobs. */
async function outcome(kube: KubeClient): Promise<unknown> {
  const lists = await Promise.all(agents.map(async ([apiVersion, kind]) => (await kube.list(apiVersion, kind)).items));
  return lists
    .flat()
    .filter(isOwn)
    .map(essence)
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function isOwn({ kind, metadata }: KubeObject): boolean {
  // What the agent keeps for itself is named by digests over times as well.
  return metadata.namespace === "default" && (kind !== "ConfigMap" || metadata.labels?.["portolan.dev/definitions"] === undefined);
}

function essence({ apiVersion, kind, metadata, spec, data, status }: KubeObject): unknown {
  const { version, targetVersion, phase, operation, history, failure, inventory } =
    asServiceInstance({ apiVersion, kind, metadata, status }).status ?? {};
  const results = history?.map(({ from, to, result }) => [from, to, result]);
  const instance = kind === "ServiceInstance" ? { version, targetVersion, phase, operation, results, failure, inventory } : undefined;
  const name = kind === "Job" ? metadata.name.replace(/-[0-9a-f]{8}-/u, "-<operation>-") : metadata.name;
  const { annotations, finalizers } = metadata;
  const own = kind === "Job" || kind === "Deployment" ? {} : { annotations, finalizers };
  return { kind, name, ...own, spec: kind === "Job" ? undefined : spec, data, instance };
}

interface Run {
  readonly outcome: unknown;
  readonly jobs: readonly string[];
  readonly deletions: readonly string[];
  readonly writes: number;
}

/** Installs 1.0.0, upgrades to 2.0.0 with an agent that dies after so many writes, and lets another agent finish, which may find no status. */
async function upgrade(writes: number, statusIsLost = false): Promise<Run> {
  const cluster = new TestCluster();
  const deletions: string[] = [];
  const jobs: string[] = [];
  /** What reaches the API server, by whichever agent. */
  const watched: KubeTransport = async (request) => {
    const response = await cluster.embedded.transport(request);
    if (request.method === "DELETE" && response.status < 300) deletions.push(request.path);
    if (request.method === "POST" && request.path.includes("/jobs") && response.status === 201) jobs.push(request.path);
    return response;
  };
  try {
    const services = catalog(webService);
    const first = await cluster.startAgent({ catalog: services });
    await cluster.create("one", { service: "web", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await first.stop();
    const life = mortal(watched, writes);
    await cluster.edit("one", { version: "2.0.0" });
    const agent = cluster.startAgent({ catalog: services, transport: life.transport }).catch((): Agent | undefined => undefined);
    const done = agent.then(async (started) => (started === undefined ? await life.died : await cluster.untilReady("one", "2.0.0")));
    await Promise.race([life.died, done]);
    if (statusIsLost && life.written() >= writes) await wipeStatus(cluster);
    if (life.written() >= writes) await cluster.startAgent({ catalog: services, transport: watched });
    await cluster.untilReady("one", "2.0.0");
    return { outcome: await outcome(cluster.kube), jobs, deletions, writes: life.written() };
  } finally {
    await cluster.close();
  }
}

async function wipeStatus(cluster: TestCluster): Promise<void> {
  const patch = [{ op: "replace" as const, path: "/status", value: {} }];
  await cluster.kube.patch(instanceRef("one"), { type: "json", patch }, { subresource: "status", fieldManager: "someone" });
}

/** They wait more than they work. */
const workers = 16;

async function inParallel<T>(count: number, run: (index: number) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) results[index] = await run(index);
  };
  await Promise.all(Array.from({ length: workers }, work));
  return results;
}

describe("an upgrade of two hops, with Jobs and deletions between", () => {
  it("ends the same wherever the agent dies, with every Job made once and nothing deleted twice", { timeout: 120_000 }, async () => {
    const undisturbed = await upgrade(Number.POSITIVE_INFINITY);
    expect(undisturbed.jobs).toHaveLength(2);
    expect(undisturbed.writes).toBeGreaterThan(30);
    const runs = await inParallel(undisturbed.writes, async (index) => ({
      when: `death after write ${index + 1}`,
      ...(await upgrade(index + 1)),
    }));
    const jobsAndDeletions = ({ jobs, deletions }: Run) => ({
      jobs: jobs.length,
      deletedTwice: deletions.length - new Set(deletions).size,
    });
    const summary = runs.map(({ when, ...run }) => ({ when, outcome: run.outcome, ...jobsAndDeletions(run) }));
    expect(summary).toEqual(runs.map(({ when }) => ({ when, outcome: undisturbed.outcome, jobs: 2, deletedTwice: 0 })));
  });

  it("ends the same when the status is lost as well, wherever that happens", { timeout: 120_000 }, async () => {
    const undisturbed = await upgrade(Number.POSITIVE_INFINITY);
    const runs = await inParallel(undisturbed.writes, async (index) => ({
      when: `loss after write ${index + 1}`,
      ...(await upgrade(index + 1, true)),
    }));
    // What has happened is forgotten with the status; what is there is the same.
    const summary = runs.map(({ when, jobs, deletions, outcome }) => ({
      when,
      outcome: withoutHistory(outcome),
      jobs: jobs.length,
      deletedTwice: deletions.filter((path, index) => deletions.indexOf(path) !== index),
    }));
    const expected = { outcome: withoutHistory(undisturbed.outcome), jobs: 2, deletedTwice: [] };
    expect(summary).toEqual(runs.map(({ when }) => ({ when, ...expected })));
  });
});

function withoutHistory(outcome: unknown): unknown {
  return JSON.parse(JSON.stringify(outcome, (key, value: unknown) => (key === "results" ? undefined : value)));
}
