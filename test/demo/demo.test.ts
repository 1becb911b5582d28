import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const demo = join(import.meta.dirname, "../../packages/simulator/src/demo/main.ts");

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
  upgrades: z.array(z.object({ service: z.string(), version: z.string(), state: z.string() })),
  arrived: z.boolean(),
});

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], interruptAt?: RegExp): Promise<Run> {
  const child = spawn(process.execPath, [demo, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let seen = "";
  const look = (chunk: Buffer): void => {
    seen += chunk.toString();
    if (interruptAt?.test(seen) !== true) return;
    child.stdout.off("data", look);
    child.kill("SIGINT");
  };
  if (interruptAt !== undefined) child.stdout.on("data", look);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code: child.exitCode, stdout, stderr };
}

describe("the demo", () => {
  it("moves every cluster along its own steps and tells so in one line of JSON", async () => {
    const { code, stdout, stderr } = await run(["--once", "--json", "--port", "0"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    const { clusters, upgrades, arrived } = resultSchema.parse(JSON.parse(stdout));
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
    }
    const lisbon = clusters.find((cluster) => cluster.name === "lisbon")?.hooks ?? [];
    expect(lisbon.filter((hook) => hook.action === "delete").map((hook) => [hook.step, hook.object])).toEqual([
      ["0.13.0 → 0.14.0", "Deployment certificates/certificates-controller"],
      ["0.13.0 → 0.14.0", "Deployment certificates/certificates-webhook"],
    ]);
    expect(lisbon.filter((hook) => hook.action === "job").map((hook) => [hook.step, hook.hook])).toEqual([
      ["1.1.0 → 2.0.0", "before/backup"],
      ["1.1.0 → 2.0.0", "after/schema"],
    ]);
    expect(upgrades.map(({ service, version, state }) => [service, version, state])).toEqual([
      ["certificates", "0.15.0", "Succeeded"],
      ["identity", "2.0.0", "Succeeded"],
      ["identity", "1.1.0", "Succeeded"],
    ]);
  });

  it("stays up after the story, prints where its API is, and ends in good order at Ctrl-C", async () => {
    const { code, stdout, stderr } = await run(["--port", "0"], /stays up until Ctrl-C/u);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/API http:\/\/127\.0\.0\.1:\d+\/v1\/clusters/u);
    expect(stdout).not.toContain("\u001B[");
  });

  it("ends in good order at Ctrl-C in the middle of an upgrade", async () => {
    const { code, stderr } = await run(["--port", "0"], /upgrade up-/u);
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

  it("refuses a flag that it does not know", async () => {
    const { code, stderr } = await run(["--onec"]);
    expect(code).toBe(1);
    expect(stderr).toContain("--onec");
  });
});
