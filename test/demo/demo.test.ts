import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const repository = join(import.meta.dirname, "../..");
const demo = join(repository, "packages/simulator/src/demo/main.ts");

const hop = z.strictObject({ from: z.string().nullable(), to: z.string(), upgrader: z.string().nullable(), ms: z.number().min(0) });
const resultSchema = z.object({
  clusters: z.array(
    z.object({
      name: z.string(),
      hops: z.array(hop),
      hooks: z.array(z.object({ service: z.string(), step: z.string(), hook: z.string(), action: z.string(), object: z.string() })),
      result: z.string(),
    }),
  ),
  rollouts: z.array(z.object({ service: z.string(), version: z.string(), state: z.string() })),
  arrived: z.boolean(),
});

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  /** Instead of this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  /** When this is printed. */
  readonly at?: RegExp;
  /** What is done then, before Ctrl-C. */
  readonly look?: (stdout: string) => Promise<void>;
}

async function run(args: readonly string[], { env = process.env, at, look = async () => {} }: RunOptions = {}): Promise<Run> {
  const child = spawn(process.execPath, [demo, ...args], { stdio: ["ignore", "pipe", "pipe"], env });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  const printed = Promise.withResolvers<string>();
  let seen = "";
  child.stdout.on("data", (chunk: Buffer) => {
    seen += chunk.toString();
    if (at?.test(seen) === true) printed.resolve(seen);
  });
  if (at !== undefined) {
    try {
      await look(await Promise.race([printed.promise, ended.then(([stdout, stderr]) => Promise.reject(new Error(stdout + stderr)))]));
    } finally {
      child.kill("SIGINT");
    }
  }
  const [stdout, stderr] = await ended;
  return { code: child.exitCode, stdout, stderr };
}

/** As the README says it. */
async function runCommand(...[command = "", ...args]: readonly string[]): Promise<Run> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], cwd: repository });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code: child.exitCode, stdout, stderr };
}

/** An environment in which only one program is found, and nothing in the cache. */
async function withOnly(program: string, script: string, use: (env: NodeJS.ProcessEnv) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "portolan-demo-test-"));
  try {
    await writeFile(join(folder, program), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, program), 0o755);
    await use({ PATH: folder, XDG_CACHE_HOME: folder });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

describe("the demo", () => {
  it("moves every cluster along its own steps and tells so in one line of JSON", async () => {
    const { code, stdout, stderr } = await runCommand("npm", "run", "--silent", "demo", "--", "--once", "--json", "--port", "0");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    const { clusters, rollouts, arrived } = resultSchema.parse(JSON.parse(stdout));
    const hooksOf = (name: string) => clusters.find((cluster) => cluster.name === name)?.hooks ?? [];
    expect(arrived).toBe(true);
    expect(clusters.map(({ name, hops, result }) => [name, hops.length, result])).toEqual([
      ["bergen", 1, "Succeeded"],
      ["genoa", 2, "Succeeded"],
      ["lisbon", 3, "Succeeded"],
      ["malmo", 1, "Succeeded"],
      ["piraeus", 3, "Succeeded"],
    ]);
    for (const { hops } of clusters) {
      expect(hops.slice(1).map((each) => each.from)).toEqual(hops.slice(0, -1).map((each) => each.to));
      expect(hops.at(-1)?.to).toBe("0.15.0");
      expect(hops.map(({ upgrader }) => upgrader)).toEqual(["to-0-13", "to-0-14", "to-0-15"].slice(-hops.length));
    }
    // The hooks of a step of `certificates`, then those of the upgrade of `identity`.
    const deletions = ["controller", "webhook"].map((name) => [
      "certificates",
      "0.13.0 → 0.14.0",
      `before/delete-${name}`,
      "delete",
      `Deployment certificates/certificates-${name}`,
    ]);
    const available = [
      "certificates",
      "0.14.0 → 0.15.0",
      "after/controller-available",
      "wait",
      "Deployment certificates/certificates-controller",
    ];
    const job = (step: string, hook: string, name: string) => [
      "identity",
      step,
      hook,
      "job",
      expect.stringMatching(new RegExp(`^Job identity/login-${name}-[0-9a-f]{8}-\\d+$`, "u")),
    ];
    const identity = [job("1.1.0 → 2.0.0", "before/backup", "backup"), job("1.1.0 → 2.0.0", "after/schema", "schema")];
    const stop = ["identity", "2.0.0 → 1.1.0", "before/stop", "scale", "Deployment identity/login"];
    const expected = {
      bergen: [available, ...identity],
      genoa: [...deletions, available, ...identity],
      lisbon: [...deletions, available, ...identity],
      malmo: [available, ...identity, stop, job("2.0.0 → 1.1.0", "before/restore", "restore")],
      piraeus: [...deletions, available, ...identity],
    };
    for (const [name, hooks] of Object.entries(expected)) {
      expect(hooksOf(name).map(({ service, step, hook, action, object }) => [service, step, hook, action, object])).toEqual(hooks);
    }
    expect(rollouts.map(({ service, version, state }) => [service, version, state])).toEqual([
      ["certificates", "0.15.0", "Succeeded"],
      ["identity", "2.0.0", "Succeeded"],
      ["identity", "1.1.0", "Succeeded"],
    ]);
  });

  it("stays up after the story, prints where its API is, and ends in good order at Ctrl-C", async () => {
    const names = async (printed: string): Promise<readonly string[]> => {
      const [, url = ""] = /API (http:\/\/127\.0\.0\.1:\d+\/v1\/clusters)/u.exec(printed) ?? [];
      const response = await fetch(url);
      expect(response.status).toBe(200);
      return z
        .object({ items: z.array(z.object({ name: z.string() })) })
        .parse(await response.json())
        .items.map(({ name }) => name);
    };
    const { code, stdout, stderr } = await run(["--port", "0"], {
      at: /stays up until Ctrl-C[^]*get versions/u,
      look: async (printed) => {
        expect(await names(printed)).toEqual(["bergen", "genoa", "lisbon", "malmo", "piraeus"]);
        // Longer than ending takes.
        await sleep(1_000);
        expect(await names(printed)).toHaveLength(5);
      },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).not.toContain("\u001B[");
  });

  it("ends in good order at Ctrl-C in the middle of an upgrade", async () => {
    const { code, stderr } = await run(["--port", "0"], { at: /the rollout .* has started/u });
    expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
  });

  it("names a port that is in use, and the cure", async () => {
    const taken = createServer();
    taken.listen(0, "127.0.0.1");
    await once(taken, "listening");
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { code, stderr } = await run(["--port", String(port)]);
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`port ${port} is in use`);
    expect(stderr).toContain("--port");
  });

  it("says where it looked for a nats-server, and how to get one, when there is none", async () => {
    const { code, stdout, stderr } = await run(["--once", "--port", "0"], { env: { ...process.env, NATS_SERVER: "/nowhere" } });
    expect(code).toBe(1);
    expect(stdout).not.toContain("API http");
    expect(stderr).toContain("NATS_SERVER (/nowhere): there is no program that could be run");
    expect(stderr).toMatch(/Get one[^]*https:\/\/github\.com\/nats-io\/nats-server\/releases[^]*apt-get install nats-server/u);
  });

  it("says that it builds a nats-server before it does, since that takes a while", async () => {
    await withOnly("go", "echo no network >&2; exit 1", async (env) => {
      const told = "building nats-server";
      const plain = await run(["--once", "--port", "0"], { env });
      expect(plain).toMatchObject({ code: 1, stdout: expect.stringContaining(told) });
      expect(plain.stderr).toMatch(/PATH: no nats-server[^]*go install: exit code 1: no network/u);
      const json = await run(["--once", "--json", "--port", "0"], { env });
      expect(json).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining(told) });
    });
  });

  it("refuses a flag that it does not know", async () => {
    const { code, stderr } = await run(["--onec"]);
    expect(code).toBe(1);
    expect(stderr).toContain("--onec");
  });
});
