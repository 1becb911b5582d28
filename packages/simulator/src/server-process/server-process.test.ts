import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startServerProcess, type ServerProcessOptions } from "./mod.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "portolan-server-process-"));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const shell = (script: string): ServerProcessOptions => ({
  name: "shell",
  binary: "/bin/sh",
  args: ["-c", script],
  logFile: join(folder, "log"),
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("a server process", () => {
  it("writes its output to the log file, of which the end can be shown", async () => {
    const server = await startServerProcess(shell('for i in $(seq 1 30); do echo "line $i"; done; echo oops >&2'));
    await server.exited;
    const tail = server.logTail().split("\n");
    expect(tail).toHaveLength(20);
    expect(tail.slice(-2)).toStrictEqual(["line 30", "oops"]);
  });

  it("has no exit while it runs, and tells how it ended", async () => {
    const server = await startServerProcess(shell("read -r _ < /dev/null; sleep 60"));
    expect(server.exit()).toBeUndefined();
    expect(await server.stop()).toStrictEqual({ code: null, signal: "SIGTERM" });
    expect(server.exit()).toStrictEqual({ code: null, signal: "SIGTERM" });
    expect(isAlive(server.pid)).toBe(false);
    expect(await server.kill("SIGKILL")).toStrictEqual({ code: null, signal: "SIGTERM" });
  });

  it("is killed when it does not heed SIGTERM within its grace", async () => {
    const server = await startServerProcess(shell('trap "" TERM; echo ready; while :; do sleep 0.02; done'));
    await vi.waitFor(() => expect(server.logTail()).toBe("ready"));
    expect(await server.stop({ graceMs: 50 })).toStrictEqual({ code: null, signal: "SIGKILL" });
  });

  it("that cannot be started is a typed error", async () => {
    await expect(startServerProcess({ ...shell(""), binary: join(folder, "missing") })).rejects.toMatchObject({
      code: "SERVER_PROCESS_NOT_STARTED",
      message: `shell could not be started from ${join(folder, "missing")}`,
    });
  });

  it("is in a process group of its own, which an interrupt from the terminal does not reach", async () => {
    const server = await startServerProcess(shell("exec sleep 60"));
    expect(process.kill(-server.pid, 0)).toBe(true);
    await server.kill("SIGKILL");
  });

  it.each(["SIGKILL", "SIGINT"] as const)("does not outlive a parent that ends by %s, unless it was released", async (signal) => {
    const program = `
      import { spawn } from "node:child_process";
      import { guard } from ${JSON.stringify(join(import.meta.dirname, "guardian.ts"))};
      import { startServerProcess } from ${JSON.stringify(join(import.meta.dirname, "mod.ts"))};
      const released = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
      guard(released.pid)();
      const server = await startServerProcess({
        name: "sleep", binary: "/bin/sleep", args: ["60"], logFile: ${JSON.stringify(join(folder, "log"))},
      });
      process.stdout.write(released.pid + " " + server.pid);
    `;
    const parent = spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: ["ignore", "pipe", "inherit"] });
    const [output] = await once(parent.stdout, "data");
    const [released = 0, server = 0] = String(output).split(" ").map(Number);
    try {
      expect([released, server].map(isAlive)).toStrictEqual([true, true]);
      parent.kill(signal);
      await vi.waitFor(() => expect(isAlive(server)).toBe(false), { timeout: 5_000 });
      expect(isAlive(released)).toBe(true);
    } finally {
      process.kill(released, "SIGKILL");
    }
  });
});
