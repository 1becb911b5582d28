import { createEmbeddedCluster, type EmbeddedCluster } from "@portolan/simulator/kubernetes";
import { freePort } from "@portolan/simulator/server-process";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const repository = join(import.meta.dirname, "../../..");
const main = join(repository, "packages/agent/src/main.ts");

let folder: string;
let cluster: EmbeddedCluster;
let server: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "portolan-agent-"));
  cluster = createEmbeddedCluster({ name: "north" });
  const { kubeconfig, url } = await cluster.listen();
  server = url;
  await writeFile(join(folder, "kubeconfig"), kubeconfig);
});

afterEach(async () => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  await cluster.close();
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly exit: Promise<number | null>;
}

function run(listen: string): Run {
  const args = ["--cluster=north", `--kubeconfig=${join(folder, "kubeconfig")}`, `--listen=${listen}`];
  return runWith(args);
}

function runWith(args: readonly string[]): Run {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) child[name].setEncoding("utf8").on("data", (chunk: string) => (texts[name] += chunk));
  return {
    child,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    exit: once(child, "exit").then(() => child.exitCode),
  };
}

/** Whatever it asks for first. */
const refused = /the agent could not .+ and tries again/u;
const patience = { timeout: 20_000, interval: 50 };

/** What `/readyz` answers; 0 while nobody listens. */
async function readiness(listen: string): Promise<number> {
  try {
    return (await fetch(`http://${listen}/readyz`)).status;
  } catch {
    return 0;
  }
}

describe("the agent's process", () => {
  it("starts beside an API server that refuses it, says which one and what it refuses, and works as soon as it may", async () => {
    const repair = cluster.faults.add({ match: () => true, respond: { status: 401 } });
    const listen = `127.0.0.1:${await freePort()}`;
    const agent = run(listen);
    await expect.poll(agent.stdout, patience).toMatch(refused);
    expect(await readiness(listen)).toBe(503);
    const told = agent
      .stdout()
      .split("\n")
      .find((line) => refused.test(line));
    expect(JSON.parse(told ?? "")).toMatchObject({
      cluster: "north",
      server,
      err: { message: expect.stringMatching(/^discover \S+: Unauthorized \(401 Unauthorized\)$/u) },
    });
    repair();
    await expect.poll(async () => await readiness(listen), patience).toBe(200);
    agent.child.kill("SIGTERM");
    expect(await agent.exit).toBe(0);
  });

  it("takes its settings from a file, and tells that it lives and what it asks of its API server", async () => {
    const listen = `127.0.0.1:${await freePort()}`;
    const config = join(folder, "agent.yaml");
    await writeFile(config, `cluster: north\nkubeconfig: ${join(folder, "kubeconfig")}\nlisten: ${listen}\nleaderElect: false\n`);
    const agent = runWith(["--config", config]);
    await expect.poll(async () => await readiness(listen), patience).toBe(200);
    expect((await fetch(`http://${listen}/livez`)).status).toBe(200);
    const metrics = await (await fetch(`http://${listen}/metrics`)).text();
    expect(metrics).toContain(`rest_client_requests_total{code="200",method="GET",host="${new URL(server).host}"}`);
    expect(metrics).toContain('controller_runtime_max_concurrent_reconciles{controller="serviceinstance"} 8');
    expect(metrics).toContain('workqueue_longest_running_processor_seconds{name="serviceinstance",controller="serviceinstance"} 0');
    agent.child.kill("SIGTERM");
    expect(await agent.exit).toBe(0);
  });

  it("names the nearest key that there is for one that the file misspells", async () => {
    const config = join(folder, "misspelt.yaml");
    await writeFile(config, "clutser: north\n");
    const agent = runWith(["--config", config]);
    expect(await agent.exit).toBe(2);
    await expect.poll(agent.stderr, patience).toContain('found "clutser" (the nearest is cluster)');
  });

  it("can be ended while its API server refuses it, also when that lets it in half of the way", async () => {
    cluster.faults.add({ match: ({ method, path }) => method === "GET" && path.includes("/serviceinstances"), respond: { status: 403 } });
    const listen = `127.0.0.1:${await freePort()}`;
    const agent = run(listen);
    await expect.poll(agent.stdout, patience).toContain("cannot follow the API server");
    expect(await readiness(listen)).toBe(503);
    agent.child.kill("SIGTERM");
    expect(await agent.exit).toBe(0);
  });

  it("ends with a clear error when the port of --listen is in use", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const agent = run(`127.0.0.1:${port}`);
    expect(await agent.exit).toBe(1);
    expect(agent.stderr()).toBe(`portolan-agent: expected a free port in --listen, but 127.0.0.1:${port} is in use\n`);
    taken.close();
  });
});
