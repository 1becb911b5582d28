import { spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { connectBus, type Bus } from "@portolan/shared/bus";
import { loadSigningKey } from "@portolan/shared/signing";
import { startNatsServer, type NatsServer } from "@portolan/simulator/nats-server";
import { FakeAgent, offer, status } from "../integration/hub/fake-agent.ts";
import { eventually, TestHub } from "../integration/hub/harness.ts";
import { holdPublishes } from "../integration/hub/held-publishes.ts";
import { obey } from "../integration/hub/obedient-agent.ts";
import { applyRollout, checked, ended, readRollout, startRollout } from "../integration/hub/rollouts.ts";

const MAIN = new URL("../../packages/hub/src/main.ts", import.meta.url).pathname;
const CLUSTERS = ["alpha", "beta", "gamma"];

/** Hubs as processes of their own: what happens to one happens to the process. */
describe("a hub among others", () => {
  let folder: string;
  let nats: NatsServer;
  let bus: Bus;
  let publicKey: string;
  const processes: ChildProcess[] = [];
  const agents: FakeAgent[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portolan-hub-"));
    nats = await startNatsServer();
    const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
    await writeFile(join(folder, "hub.pem"), pem, { mode: 0o600 });
    ({ publicKey } = loadSigningKey(pem));
    bus = await connectBus({ servers: nats.url, name: "test" });
  });
  afterEach(async () => {
    for (const process of processes.splice(0)) {
      process.kill("SIGKILL");
    }
    await Promise.all(agents.splice(0).map((agent) => agent.stop()));
    await bus.close();
    await nats.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function hub(way = nats.url): Promise<{ readonly process: ChildProcess; readonly api: TestHub }> {
    const process = spawn(
      globalThis.process.execPath,
      [MAIN, "--signing-key", join(folder, "hub.pem"), "--nats", way, "--listen", "127.0.0.1:0"],
      {
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    processes.push(process);
    let output = "";
    process.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
    const url = await eventually(
      () => /"url":"(?<url>[^"]+)"/u.exec(output)?.groups?.["url"],
      (found) => found !== undefined,
      15_000,
    );
    const api = new TestHub({ url: url ?? "", publicKey, ready: async () => {}, stop: async () => {} });
    await eventually(
      () => api.get("/readyz"),
      (answer) => answer.status === 200,
      15_000,
    );
    return { process, api };
  }

  async function fleet(workMs: number): Promise<void> {
    for (const name of CLUSTERS) {
      const agent = await FakeAgent.start({ servers: nats.url, cluster: name, hubKey: publicKey, onDocument: obey({ workMs }) });
      agent.report("main", status({ availabilityDigest: agent.offer("main", offer("1.0.0", ["1.1.0"])) }));
      agents.push(agent);
    }
  }
  const known = (api: TestHub) =>
    eventually(
      () => api.get("/v1/availability?service=cert-manager"),
      ({ body }) => body.items[0]?.counts.reachable === CLUSTERS.length,
      10_000,
    );
  const written = async () => await (await bus.keyValue("portolan-rollouts")).lastRevision();
  /** Ids of intents that agents were told to carry out, and how often they were told anew. */
  const commanded = () =>
    agents.flatMap(({ cluster, documents }) =>
      documents.flatMap(({ intents }) => intents.filter(({ mode }) => mode === "Apply").map(({ id }) => `${cluster} ${id}`)),
    );
  /** What each agent was told, one after the other. Who did not know yet that it had been told may tell it again. */
  const told = () =>
    agents.map(({ documents }) =>
      documents
        .map(({ intents }) => intents.map(({ mode, id }) => `${mode} ${id}`).join())
        .filter((said, index, all) => index === 0 || said !== all[index - 1]),
    );

  it("that was stopped in the middle, replaced, and goes on, changes nothing", async () => {
    await fleet(60_000);
    const [stopped, other] = [await hub(), await hub()];
    await known(stopped.api);
    await known(other.api);
    const name = await startRollout(stopped.api, { waves: [{ maxConcurrent: 1 }] });
    await eventually(
      () => readRollout(other.api, name),
      ({ targets }) => targets[0].state === "Running",
    );
    stopped.process.kill("SIGSTOP");
    await other.api.post(`/v1/rollouts/${name}/abort`, {});
    expect(await ended(other.api, name)).toMatchObject({ phase: "Aborted", counts: { Held: 1, Skipped: 2 } });
    await eventually(
      () => agents[0]?.document?.intents.length,
      (count) => count === 0,
    );
    const before = [await written(), commanded(), told()];
    stopped.process.kill("SIGCONT");
    const seen = await eventually(
      () => readRollout(stopped.api, name),
      ({ phase }) => phase === "Aborted",
    );
    expect(seen.counts).toMatchObject({ Held: 1, Skipped: 2 });
    await sleep(1_000);
    expect([await written(), commanded(), told()]).toEqual(before);
  });

  it.each([1, 3, 4, 5])("that was stopped after %i more writes, replaced, and goes on with the next, changes nothing", async (writes) => {
    await fleet(100);
    const way = await holdPublishes(nats.url);
    onTestFinished(() => way.stop());
    const stopped = await hub(way.url);
    await known(stopped.api);
    const { body } = await checked(stopped.api, (await applyRollout(stopped.api, { waves: [{ maxConcurrent: 1 }] })).body.name);
    // The documents that take the questions of the check back are not among the writes that are counted.
    await eventually(
      () => agents.every(({ document }) => document?.intents.length === 0),
      (takenBack) => takenBack,
    );
    // Decisions, and the documents that follow from them; the first is the start itself.
    const held = way.holdAfter(writes, /^\$KV\.portolan-rollouts\.|^portolan\.v1\.intent\./u);
    const started = stopped.api.post(`/v1/rollouts/${body.name}/start`, { hash: body.checkHash });
    await held;
    stopped.process.kill("SIGSTOP");
    const other = await hub();
    expect(await ended(other.api, body.name, { timeoutMs: 20_000 })).toMatchObject({ phase: "Succeeded", counts: { Succeeded: 3 } });
    await eventually(
      () => agents.every(({ document }) => document?.intents.length === 0),
      (closed) => closed,
    );
    const before = [await written(), commanded(), told()];
    expect(new Set(commanded()).size).toBe(3);
    way.release();
    stopped.process.kill("SIGCONT");
    expect((await started).status).toBe(200);
    expect(await ended(stopped.api, body.name)).toMatchObject({ phase: "Succeeded", counts: { Succeeded: 3 } });
    await sleep(1_000);
    expect([await written(), commanded(), told()]).toEqual(before);
  });

  it("that is killed after a command leaves its Idempotency-Key to the others", async () => {
    await fleet(60_000);
    const [killed, other] = [await hub(), await hub()];
    await known(killed.api);
    await known(other.api);
    const name = await startRollout(killed.api, { waves: [{ maxConcurrent: 1 }] });
    const pause = (api: TestHub) => api.post(`/v1/rollouts/${name}/pause`, {}, { "idempotency-key": "8e03978e-40d5-43dd" });
    expect(await pause(killed.api)).toMatchObject({ status: 200, body: { phase: "Paused" } });
    killed.process.kill("SIGKILL");
    await eventually(
      () => readRollout(other.api, name),
      ({ phase }) => phase === "Paused",
    );
    expect(await pause(other.api)).toMatchObject({ status: 200, body: { phase: "Paused" } });
    expect(await other.api.post(`/v1/rollouts/${name}/resume`, {})).toMatchObject({ status: 200 });
    expect(await pause(other.api)).toMatchObject({ status: 200, body: { phase: "Running" } });
    expect(await pause((await hub()).api)).toMatchObject({ status: 200, body: { phase: "Running" } });
  });

  it("that is killed at any time leaves a rollout that another one ends, without a lost or repeated command", async () => {
    await fleet(20);
    let current = await hub();
    await known(current.api);
    const name = await startRollout(current.api, { waves: [{ clusters: { count: 1 } }, { clusters: { count: 1 } }, {}] });
    // Each is killed as soon as it has written one more decision.
    for (let revision = await written(), killed = 0; killed < 6; killed += 1) {
      await eventually(written, (now) => now > revision, 10_000).catch(() => undefined);
      current.process.kill("SIGKILL");
      revision = await written();
      current = await hub();
      const { phase } = await readRollout(current.api, name);
      if (phase === "Succeeded") break;
    }
    expect(await ended(current.api, name, { timeoutMs: 20_000 })).toMatchObject({ phase: "Succeeded", counts: { Succeeded: 3 } });
    const ids = [...new Set(commanded())].map((id) => id.replace(/ro-[0-9a-f]+/u, "ro")).toSorted();
    expect(ids).toEqual(["alpha ro.0", "beta ro.1", "gamma ro.2"]);
  });
});
