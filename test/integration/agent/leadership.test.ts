import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeClient, type KubeRequest } from "@portolan/agent/kube";
import { leaseRef, readLease } from "@portolan/agent/leadership";
import { readStanding } from "@portolan/agent/standing";
import { createEmbeddedCluster, type EmbeddedCluster } from "@portolan/simulator/kubernetes";
import { freePort, startServerProcess, type ServerProcess } from "@portolan/simulator/server-process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { REPOSITORY } from "../../testbed/fleet/repository.ts";
import { eventually, instanceRef } from "./harness.ts";

const durationMs = 3_000;
const lease = leaseRef("portolan-system", "portolan-agent");

interface Write {
  readonly agent: string;
  readonly method: string;
  readonly path: string;
}

let folder: string;
let cluster: EmbeddedCluster;
let kube: KubeClient;
/** Every write that reached the API server, by the agent that sent it. */
let writes: Write[];
/** Reads of the Lease. */
let looks: Map<string, number>;
let running: ServerProcess[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "portolan-leadership-"));
  cluster = createEmbeddedCluster({ name: "north", delays: { workloadReadyMs: 300, jobMs: 1 } });
  kube = new KubeClient({ transport: cluster.transport });
  [writes, looks, running] = [[], new Map(), []];
  cluster.faults.add({ match: record, respond: { status: 500 } });
});

afterEach(async () => {
  await Promise.all(running.map(async (agent) => await agent.kill("SIGKILL")));
  await cluster.close();
  await rm(folder, { recursive: true, force: true });
});

/** Looks at every request, and lets it through. */
function record({ headers, method, path }: KubeRequest): boolean {
  const agent = headers["authorization"]?.replace("Bearer ", "");
  if (agent === undefined) return false;
  if (method !== "GET") writes.push({ agent, method, path });
  else if (path.includes("/leases/")) looks.set(agent, (looks.get(agent) ?? 0) + 1);
  return false;
}

function acts(agent: string): readonly Write[] {
  return writes.filter((write) => write.agent === agent && !write.path.includes("/leases"));
}

/** Where an agent says whether it is ready. */
const healthPorts = new Map<string, number>();

async function healthPort(name: string): Promise<number> {
  const port = await freePort();
  healthPorts.set(name, port);
  return port;
}

async function isReady(name: string): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${healthPorts.get(name) ?? 0}/readyz`)).status === 200;
}

async function startAgent(name: string): Promise<ServerProcess> {
  const { url } = await cluster.listen();
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "north",
    clusters: [{ name: "north", cluster: { server: url } }],
    contexts: [{ name: "north", context: { cluster: "north", user: name } }],
    users: [{ name, user: { token: name } }],
  };
  await writeFile(join(folder, name), JSON.stringify(kubeconfig));
  const agent = await startServerProcess({
    name: `agent ${name}`,
    binary: process.execPath,
    args: [
      join(REPOSITORY, "packages/agent/src/main.ts"),
      "--cluster=north",
      `--kubeconfig=${join(folder, name)}`,
      `--catalog=${join(REPOSITORY, "examples/catalog")}`,
      `--listen=127.0.0.1:${await healthPort(name)}`,
      `--lease-duration-ms=${durationMs}`,
      "--lease-renew-deadline-ms=2000",
      "--lease-retry-period-ms=300",
    ],
    logFile: join(folder, `${name}.log`),
  });
  running.push(agent);
  return agent;
}

async function log(name: string): Promise<string> {
  return await readFile(join(folder, `${name}.log`), "utf8");
}

async function holder(): Promise<string> {
  const object = await kube.get(lease);
  return object === undefined ? "" : readLease(object).holder;
}

/** The first agent leads, the second one looks on. */
async function leaderAndCandidate(): Promise<readonly [ServerProcess, ServerProcess]> {
  const leader = await startAgent("first");
  await eventually(async () => (await log("first")).includes("the agent is running"), "the first agent leads");
  const candidate = await startAgent("second");
  await eventually(() => (looks.get("second") ?? 0) >= 2, "the second agent looks on");
  return [leader, candidate];
}

async function apply(version: string): Promise<void> {
  const { apiVersion, kind, ...metadata } = instanceRef("one");
  await kube.apply({ apiVersion, kind, metadata, spec: { service: "certificates", version } }, { fieldManager: "test" });
}

async function untilInstalled(version: string): Promise<void> {
  await expect
    .poll(async () => (await kube.get(instanceRef("one")))?.["status"], { timeout: 30_000 })
    .toMatchObject({ phase: "Ready", version });
}

describe("two agents of one cluster", () => {
  it("let one act; when it stops in good order, the other one goes on at once", async () => {
    const [leader] = await leaderAndCandidate();
    const first = await holder();
    // Both: a rolling update waits for the new one before it ends the old one.
    await eventually(async () => (await isReady("first")) && (await isReady("second")), "both are ready");
    await apply("0.12.0");
    await untilInstalled("0.12.0");
    expect(acts("first").length).toBeGreaterThan(0);
    expect(acts("second")).toEqual([]);
    expect(readStanding((await kube.get(lease))?.metadata.annotations)).toMatchObject({ agentVersion: "0.1.0", fleet: "None" });
    expect(await leader.stop()).toMatchObject({ code: 0 });
    // Given back: nobody has to wait until it is over.
    expect(await holder()).not.toBe(first);
    await eventually(async () => ![first, ""].includes(await holder()), "the second agent leads");
    await apply("0.13.0");
    await untilInstalled("0.13.0");
  });

  it("go on after the leader was killed, as soon as its Lease is over", async () => {
    const [leader] = await leaderAndCandidate();
    const first = await holder();
    await apply("0.12.0");
    await untilInstalled("0.12.0");
    const killedAt = performance.now();
    await leader.kill("SIGKILL");
    await eventually(async () => (await holder()) !== first, "the second agent leads", 20_000);
    // Never before, because nobody knows that it is dead; and not long after.
    expect(performance.now() - killedAt).toBeGreaterThan(durationMs - 1_000);
    expect(performance.now() - killedAt).toBeLessThan(durationMs + 5_000);
    await apply("0.13.0");
    await untilInstalled("0.13.0");
    expect(await kube.get(lease)).toMatchObject({ spec: { leaseTransitions: 1 } });
  });

  it("are not disturbed by a leader that stood still in the middle of an upgrade: it comes back, writes nothing, and ends", async () => {
    const [leader] = await leaderAndCandidate();
    const first = await holder();
    await apply("0.12.0");
    await untilInstalled("0.12.0");
    await apply("0.14.0");
    await eventually(async () => JSON.stringify(await kube.get(instanceRef("one"))).includes('"operation":'), "the upgrade runs");
    process.kill(leader.pid, "SIGSTOP");
    await eventually(async () => (await holder()) !== first, "the second agent leads", 20_000);
    await untilInstalled("0.14.0");
    const before = writes.filter(({ agent }) => agent === "first").length;
    process.kill(leader.pid, "SIGCONT");
    expect(await leader.exited).toMatchObject({ code: 1 });
    expect(writes.filter(({ agent }) => agent === "first").slice(before)).toEqual([]);
    expect(await log("first")).toContain("LeadershipLost");
    expect(acts("second").length).toBeGreaterThan(0);
  });
});
