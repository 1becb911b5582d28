import { KubeClient } from "@portolan/agent/kube";
import { createEmbeddedCluster, type EmbeddedCluster } from "@portolan/simulator/kubernetes";
import { freePort } from "@portolan/simulator/server-process";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { bundle, programs, type ProgramName } from "../../scripts/bundle/bundle.ts";
import { program, type Program } from "../testbed/fleet/program.ts";
import { instanceRef } from "./agent/harness.ts";

const run = promisify(execFile);

/** Far away from every node_modules. */
let folder: string;
let cluster: EmbeddedCluster | undefined;
let agent: Program | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "portolan-bundle-"));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  for (const name of Object.keys(programs) as readonly ProgramName[]) await bundle(name, join(folder, `${name}.mjs`));
});

afterEach(async () => {
  await agent?.stop();
  await cluster?.close();
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("a bundled program", () => {
  it("is one file, which says what it can do without anything beside it", async () => {
    expect((await readdir(folder)).toSorted()).toEqual(["agent.mjs", "hub.mjs", "portolan.mjs"]);
    // With one other character, Node keeps all of it with two bytes a character.
    expect(await readFile(join(folder, "agent.mjs"), "utf8")).toMatch(/^[\0-\x7f]*$/u);
    const { stdout: agentHelp } = await run(process.execPath, ["agent.mjs", "--help"], { cwd: folder });
    expect(agentHelp).toContain("Usage: portolan-agent");
    const { stdout: version } = await run(process.execPath, ["agent.mjs", "--version"], { cwd: folder });
    expect(version).toMatch(/^\d+\.\d+\.\d+\n$/u);
    const { stdout: hubHelp } = await run(process.execPath, ["hub.mjs", "--help"], { cwd: folder });
    expect(hubHelp).toContain("Usage: portolan-hub");
    const { stdout: cliHelp } = await run(process.execPath, ["portolan.mjs", "--help"], { cwd: folder });
    expect(cliHelp).toContain("Usage: portolan");
  });

  it("has with it what it seldom needs: the agent runs a kubeconfig's plugin for credentials", async () => {
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: join(folder, "absent"), interactiveMode: "Never" };
    const kubeconfig = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "it",
      clusters: [{ name: "it", cluster: { server: "http://127.0.0.1:1" } }],
      contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
      users: [{ name: "it", user: { exec } }],
    };
    await writeFile(join(folder, "plugin"), JSON.stringify(kubeconfig));
    const starting = run(process.execPath, ["agent.mjs", "--cluster", "it", "--kubeconfig", "plugin"], { cwd: folder });
    const told = Promise.withResolvers<string>();
    starting.child.stdout?.on("data", (line: string) => {
      if (line.includes("cannot get credentials")) told.resolve(line);
    });
    expect(await told.promise).toContain("ENOENT");
    starting.child.kill();
    await starting.catch(() => undefined);
  });

  it("names itself in a mistake of its user, and ends with 2", async () => {
    await expect(run(process.execPath, ["agent.mjs", "--cluster", "North_1"], { cwd: folder })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("portolan-agent: expected a DNS label"),
    });
  });

  it("looks after a cluster: the agent installs what an instance wishes", async () => {
    cluster = createEmbeddedCluster({ name: "north", delays: { workloadReadyMs: 1, jobMs: 1 } });
    const { kubeconfig } = await cluster.listen();
    await writeFile(join(folder, "kubeconfig"), kubeconfig);
    await cp(join(import.meta.dirname, "../../examples/catalog"), join(folder, "catalog"), { recursive: true });
    const listen = `127.0.0.1:${await freePort()}`;
    agent = program({
      name: "the bundled agent",
      main: join(folder, "agent.mjs"),
      args: ["--cluster=north", `--kubeconfig=${join(folder, "kubeconfig")}`, `--catalog=${join(folder, "catalog")}`, `--listen=${listen}`],
      logFile: join(folder, "agent.log"),
      readyUrl: `http://${listen}/readyz`,
    });
    await agent.start();
    const kube = new KubeClient({ transport: cluster.transport });
    const { apiVersion, kind, ...metadata } = instanceRef("one");
    await kube.create({ apiVersion, kind, metadata, spec: { service: "certificates", version: "0.14.0" } });
    await expect
      .poll(async () => (await kube.get(instanceRef("one")))?.["status"], { timeout: 20_000 })
      .toMatchObject({ phase: "Ready", version: "0.14.0" });
  });
});
