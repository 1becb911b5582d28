/**
 * Ends helm when the agent that has started it stands still or is gone: helm writes by itself, past what holds back the agent's own
 * requests. The agent tells a small process beside it again and again for how long it may act. When it falls silent, that process ends helm
 * by the time at which another agent may begin.
 */
import { spawn, type ChildProcess } from "node:child_process";
import type { RightToAct, TimeLeft } from "../../leadership/mod.ts";
import { identify, type ProcessId } from "./process-id.ts";

/** Where nobody else could begin: helm ends only with its agent. */
const noLimit: TimeLeft = { stopMs: 3_600_000, overMs: 3_620_000 };
const beatMs = 1_000;

/** Each line that it reads takes the place of the one before: who is to be ended, and when. The end of its input is the agent's. */
const program = `import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
let helm = [];
let overAt = 0;
let timers = [];
const startOf = (pid) => {
  try {
    const stat = readFileSync("/proc/" + pid + "/stat", "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
};
const end = (signal) => {
  for (const { pid, start } of helm) {
    try {
      if (startOf(pid) === start) process.kill(pid, signal);
    } catch {
      // It has just ended by itself.
    }
  }
};
const endIn = (stopMs, overMs) => {
  timers.forEach(clearTimeout);
  timers = [setTimeout(end, stopMs, "SIGTERM"), setTimeout(end, overMs, "SIGKILL")];
};
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => undefined);
for await (const line of createInterface({ input: process.stdin })) {
  const { stopMs, overMs, running } = JSON.parse(line);
  helm = running;
  overAt = performance.now() + overMs;
  endIn(stopMs, overMs);
}
endIn(0, Math.min(20_000, Math.max(0, overAt - performance.now())));
const isThere = ({ pid, start }) => startOf(pid) === start;
setInterval(() => helm.some(isThere) || process.exit(), 100);
`;

export class Watchdog {
  readonly #right: RightToAct | undefined;
  readonly #covered = new Map<ProcessId, (error: Error) => void>();
  #dog: ChildProcess | undefined;
  #beat: NodeJS.Timeout | undefined;

  /** @param right absent: there is no other agent that could begin */
  constructor(right: RightToAct | undefined) {
    this.#right = right;
  }

  /**
   * Watches over a process of helm from now on.
   *
   * @param onFailure nothing watches over it: it must end
   * @returns ends it
   */
  cover(pid: number, onFailure: (error: Error) => void): () => void {
    const id = identify(pid);
    // It has ended already, or this system tells no process from another.
    if (id === undefined) return () => undefined;
    this.#covered.set(id, onFailure);
    this.#tell();
    this.#beat ??= setInterval(() => this.#tell(), beatMs);
    return () => {
      this.#covered.delete(id);
      if (this.#covered.size === 0) this.#rest();
    };
  }

  #rest(): void {
    clearInterval(this.#beat);
    this.#beat = undefined;
    this.#dog?.stdin?.end(`${JSON.stringify({ ...noLimit, running: [] })}\n`);
    this.#dog = undefined;
  }

  #tell(): void {
    const { stopMs, overMs } = this.#right?.left() ?? noLimit;
    const message = { stopMs: Math.max(0, stopMs), overMs: Math.max(0, overMs), running: [...this.#covered.keys()] };
    this.#dog ??= this.#start();
    this.#dog.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  #start(): ChildProcess {
    // Not of the agent's process group: what stops or ends the group must not stop it.
    const dog = spawn(process.execPath, ["--max-old-space-size=16", "--input-type=module", "--eval", program], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    dog.unref();
    const failed = (why: string): void => {
      if (this.#dog !== dog) return;
      this.#dog = undefined;
      for (const onFailure of this.#covered.values()) onFailure(new Error(`nothing would end helm if the agent stood still: ${why}`));
    };
    dog.once("error", (error) => failed(error.message));
    dog.once("exit", (code, signal) => failed(`the process that would has ended (${signal ?? code})`));
    // How it has ended, its exit says.
    dog.stdin.on("error", () => undefined);
    return dog;
  }
}
