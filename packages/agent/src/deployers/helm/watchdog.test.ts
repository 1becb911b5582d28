import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";
import { isAlive, identify } from "./process-id.ts";
import { Watchdog } from "./watchdog.ts";

const agents = new Set<ChildProcess>();

afterEach(() => {
  for (const agent of agents) agent.kill("SIGKILL");
  agents.clear();
});

/** An agent whose Lease lasts so long from each beat on, with a helm; `stubborn`: one that does not end when it is asked to. */
async function agentWithHelm(left: { readonly stopMs: number; readonly overMs: number }, stubborn = false) {
  const helm = `${stubborn ? "process.on('SIGTERM', () => {});" : ""} console.log('runs'); setInterval(() => {}, 1000);`;
  const script = `
    const { Watchdog } = await import(${JSON.stringify(new URL("watchdog.ts", import.meta.url).href)});
    const { spawn } = await import("node:child_process");
    const { once } = await import("node:events");
    const helm = spawn(process.execPath, ["-e", ${JSON.stringify(helm)}]);
    await once(helm.stdout, "data");
    const watchdog = new Watchdog({ check() {}, left: () => (${JSON.stringify(left)}) });
    watchdog.cover(helm.pid, () => process.exit(3));
    console.log(helm.pid);
  `;
  const agent = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
  agents.add(agent);
  const [line] = await once(createInterface({ input: agent.stdout }), "line");
  const id = identify(Number(line));
  if (id === undefined) throw new Error(`there is no process ${line}`);
  return { agent, id };
}

describe("a helm", () => {
  it("goes on as long as its agent lives and may act", async () => {
    const { id } = await agentWithHelm({ stopMs: 60_000, overMs: 60_000 });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(isAlive(id)).toBe(true);
    process.kill(id.pid);
  });

  it("ends when its agent stands still for longer than it may act", async () => {
    const { agent, id } = await agentWithHelm({ stopMs: 2_000, overMs: 60_000 });
    agent.kill("SIGSTOP");
    await expect.poll(() => isAlive(id), { timeout: 20_000 }).toBe(false);
  });

  it("is ended at the latest when another agent may begin", async () => {
    const { agent, id } = await agentWithHelm({ stopMs: 1_000, overMs: 2_000 }, true);
    agent.kill("SIGSTOP");
    await expect.poll(() => isAlive(id), { timeout: 20_000 }).toBe(false);
  });

  it("ends when its agent is killed", async () => {
    const { agent, id } = await agentWithHelm({ stopMs: 60_000, overMs: 60_000 });
    agent.kill("SIGKILL");
    await expect.poll(() => isAlive(id), { timeout: 20_000 }).toBe(false);
  });

  it("that nothing watches over is told of", async () => {
    const helm = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    agents.add(helm);
    const { execPath } = process;
    process.execPath = "/nowhere/node";
    try {
      const { promise, resolve } = Promise.withResolvers<Error>();
      const uncover = new Watchdog(undefined).cover(helm.pid ?? 0, resolve);
      expect((await promise).message).toContain("nothing would end helm");
      uncover();
    } finally {
      process.execPath = execPath;
    }
  });
});
