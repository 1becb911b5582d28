import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { backupToFile, restoreFromFile } from "@portolan/shared/backup";
import { connectBus } from "@portolan/shared/bus";
import { startNatsServer, type NatsServer } from "@portolan/simulator/nats-server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { offer, status } from "./fake-agent.ts";
import { eventually, Harness, type TestHub } from "./harness.ts";
import { obey } from "./obedient-agent.ts";
import { ended, startRollout } from "./rollouts.ts";

const HUB = new URL("../../../packages/hub/src/main.ts", import.meta.url).pathname;
const PORTOLAN = new URL("../../../packages/cli/src/main.ts", import.meta.url).pathname;

const catalog = {
  services: [
    {
      name: "cert-manager",
      title: "cert-manager",
      description: "Certificates",
      scope: "Cluster",
      config: { type: "object" },
      examples: [],
      secrets: [],
      installers: [{ version: "1.0.0", requires: [], deployer: { type: "manifests", objects: [] }, defaults: {}, values: {}, health: [] }],
      upgraders: [],
    },
  ],
};

describe("a hub's backup", () => {
  let folder: string;
  let file: string;
  let harness: Harness;
  const others: NatsServer[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portolan-backup-"));
    file = join(folder, "hub.backup");
    harness = await Harness.start();
  });
  afterEach(async () => {
    await harness.stop();
    await Promise.all(others.splice(0).map((nats) => nats.stop()));
    await rm(folder, { recursive: true });
  });

  /** What only the hub knows, as its API shows it. */
  async function stateOf(hub: TestHub) {
    const { body: audit } = await eventually(
      () => hub.get("/v1/audit"),
      ({ status }) => status === 200,
    );
    const { body: catalogs } = await hub.get("/v1/catalogs");
    const { body: cluster } = await hub.get("/v1/clusters/alpha");
    return { audit, catalogs, labels: cluster.labels };
  }

  async function filledHub(): Promise<TestHub> {
    const hub = await harness.hub();
    await harness.agent("alpha");
    await eventually(
      () => hub.get("/v1/clusters/alpha"),
      ({ status }) => status === 200,
    );
    await hub.send("PUT", "/v1/clusters/alpha/labels", { labels: { env: "prod" } });
    await hub.post("/v1/catalogs", { name: "base", catalog });
    await eventually(
      () => hub.get("/v1/audit"),
      ({ body }) => body.items.length === 2,
    );
    return hub;
  }

  /** Another bucket of the hub, that nothing here knows by name, and a lease, which means nothing later. */
  async function fillBuckets(url: string): Promise<void> {
    const bus = await connectBus({ servers: url, name: "test" });
    await (await bus.keyValue("portolan-rollouts")).put("r-1", Buffer.from([0, 255, 10]));
    await (await bus.keyValue("portolan-leases", { ttlMs: 60_000 })).put("leader", Buffer.from("hub-1"));
    await bus.close();
  }

  async function keysOf(url: string, bucket: string): Promise<string[]> {
    const bus = await connectBus({ servers: url, name: "test" });
    const keys = await (await bus.keyValue(bucket)).keys();
    await bus.close();
    return keys;
  }

  function run(main: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
    const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    return new Promise((resolve) => {
      child.on("close", (code) => resolve({ code, output }));
    });
  }

  it("brings everything back that was lost with NATS", async () => {
    const before = await filledHub();
    await fillBuckets(harness.nats.url);
    const state = await stateOf(before);
    const summary = await backupToFile({ servers: [harness.nats.url] }, file);
    expect(summary).toMatchObject({ records: 3, catalogs: 1, audit: 2 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await before.hub.stop();

    await harness.nats.restart({ wipeStore: true });
    expect(await restoreFromFile({ servers: [harness.nats.url] }, file, { force: false })).toEqual(summary);
    expect(await keysOf(harness.nats.url, "portolan-rollouts")).toEqual(["r-1"]);
    expect(await keysOf(harness.nats.url, "portolan-leases")).toEqual([]);
    const after = await harness.hub();
    await eventually(
      () => after.get("/v1/clusters/alpha"),
      ({ status }) => status === 200,
      15_000,
    );
    expect(await stateOf(after)).toEqual(state);
  });

  it("has rollouts, which go on from where they were, and whose commands the agents take", async () => {
    const before = await harness.hub();
    for (const name of ["alpha", "beta"]) {
      const agent = await harness.agent(name, { onDocument: obey() });
      agent.report("main", status({ availabilityDigest: agent.offer("main", offer("1.0.0", ["1.1.0"])) }));
    }
    await eventually(
      () => before.get("/v1/availability?service=cert-manager"),
      ({ body }) => body.items[0]?.counts.reachable === 2,
    );
    const name = await startRollout(before, { waves: [{ clusters: { count: 1 } }, { approval: {} }] }, "forth");
    await ended(before, name, { phases: ["AwaitingApproval"] });
    const revision = harness.agentOf("beta")?.document?.revision ?? 0;
    await backupToFile({ servers: [harness.nats.url] }, file);
    await before.hub.stop();

    await harness.nats.restart({ wipeStore: true });
    await restoreFromFile({ servers: [harness.nats.url] }, file, { force: false });
    const after = await harness.hub();
    expect(await ended(after, name, { phases: ["AwaitingApproval"] })).toMatchObject({
      targets: [
        { cluster: "alpha", state: "Succeeded" },
        { cluster: "beta", state: "Pending" },
      ],
    });
    await eventually(
      () => after.get("/v1/clusters/beta"),
      ({ body }) => body.state === "Online" && body.instances === 1,
    );
    expect((await after.post(`/v1/rollouts/${name}/approve`, {})).status).toBe(200);
    expect(await ended(after, name)).toMatchObject({ phase: "Succeeded", targets: [{}, { cluster: "beta", version: "1.1.0" }] });
    expect(harness.agentOf("beta")?.document?.revision).toBeGreaterThan(revision);
  });

  it("takes the place of data only with force, and then of all of it", async () => {
    const hub = await filledHub();
    const state = await stateOf(hub);
    const source = { servers: [harness.nats.url] };
    await backupToFile(source, file);
    await hub.send("PUT", "/v1/clusters/alpha/labels", { labels: { env: "test" } });
    await hub.post("/v1/catalogs", { name: "later", catalog });
    await fillBuckets(harness.nats.url);
    await eventually(
      () => hub.get("/v1/audit"),
      ({ body }) => body.items.length === 4,
    );
    await hub.hub.stop();

    await expect(restoreFromFile(source, file, { force: false })).rejects.toMatchObject({
      code: "NotEmpty",
      message: expect.stringContaining("1 records in portolan-clusters"),
    });
    expect(await keysOf(harness.nats.url, "portolan-rollouts")).toEqual(["r-1"]);
    await restoreFromFile(source, file, { force: true });
    expect(await keysOf(harness.nats.url, "portolan-rollouts")).toEqual([]);
    const restored = await stateOf(await harness.hub());
    expect(restored).toMatchObject({ labels: state.labels, catalogs: state.catalogs });
    // What is recorded stays recorded, once.
    expect(restored.audit.items).toHaveLength(4);
    expect(await backupToFile(source, file)).toMatchObject({ audit: 4 });
  });

  it("is refused before anything is written when it was cut off, changed, or is something else", async () => {
    await filledHub();
    await backupToFile({ servers: [harness.nats.url] }, file);
    const whole = await readFile(file, "utf8");
    const nats = await startNatsServer();
    others.push(nats);
    const lines = whole.trimEnd().split("\n");
    for (const [content, problem] of [
      [`${lines.slice(0, -1).join("\n")}\n`, "ends before"],
      [whole.replace('"bucket":"portolan-clusters"', '"bucket":"portolan-clusterz"'), "counts or checksum differ"],
      [whole + whole, "behind the end"],
      [whole.replace('"version":1', '"version":2'), "version 1"],
      ["", "ends before"],
      ["text\n", ":1: expected the header"],
    ] as const) {
      await writeFile(file, content);
      await expect(restoreFromFile({ servers: [nats.url] }, file, { force: true })).rejects.toMatchObject({
        code: "InvalidBackup",
        message: expect.stringContaining(problem),
      });
    }
    const bus = await connectBus({ servers: nats.url, name: "test" });
    expect(await bus.buckets()).toEqual([]);
    await bus.close();
    await expect(restoreFromFile({ servers: [nats.url] }, join(folder, "nothing"), { force: true })).rejects.toMatchObject({
      code: "BackupFileUnusable",
    });
    await expect(backupToFile({ servers: [harness.nats.url] }, join(folder, "no", "folder"))).rejects.toMatchObject({
      code: "BackupFileUnusable",
    });
    await expect(backupToFile({ servers: ["nats://127.0.0.1:1"], timeoutMs: 100 }, file)).rejects.toMatchObject({
      code: "NatsUnreachable",
    });
  });

  it("is made and restored by the hub's program and by portolan", async () => {
    await filledHub();
    const { url } = harness.nats;
    expect(await run(HUB, "backup", file, "--nats", url)).toMatchObject({ code: 0, output: expect.stringContaining('"records":2') });
    const nats = await startNatsServer();
    others.push(nats);
    expect(await run(PORTOLAN, "hub", "restore", file, "--nats", nats.url)).toEqual({
      code: 0,
      output: expect.stringContaining("restored 2 records, 1 catalogs and 2 audit entries"),
    });
    expect(await run(PORTOLAN, "hub", "backup", file, "--nats", nats.url)).toMatchObject({
      code: 0,
      output: expect.stringContaining("signing key is not in it"),
    });
    const refused = await run(HUB, "restore", file, "--nats", url);
    expect(refused).toMatchObject({ code: 1, output: expect.stringMatching(/^NotEmpty: /u) });
    expect(await run(PORTOLAN, "hub", "restore", file, "--nats", url)).toMatchObject({
      code: 1,
      output: expect.stringContaining("(NotEmpty)"),
    });
    expect(await run(HUB, "restore", file, "--nats", url, "--force")).toMatchObject({ code: 0 });
    expect(await run(HUB, "backup")).toMatchObject({ code: 2, output: expect.stringContaining("expected one file") });
  });
});
