/**
 * The helm processes of an agent: at most one works on a release, nobody waits for it, and what it came to is collected at the next
 * look. They end with the agent: by SIGTERM, with which helm writes down that it was interrupted, and only after a grace by SIGKILL.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { HelmError } from "./errors.ts";
import type { RightToAct } from "../../leadership/mod.ts";
import type { LeftBehind } from "./left-behind.ts";
import { Watchdog } from "./watchdog.ts";

export interface HelmProcessesOptions {
  /** Path of the program. */
  readonly program: string;
  /** Added to what the agent itself was given. */
  readonly env: Readonly<Record<string, string>>;
  /** From SIGTERM to SIGKILL. Default 20 s. */
  readonly graceMs?: number;
  /** Remembers them for an agent that comes after this one was killed. Absent: nothing is written that another process would go on with. */
  readonly leftBehind?: Pick<LeftBehind, "remember">;
  /** Asked right before each start. Absent: there is no other agent that could begin. */
  readonly right?: RightToAct;
}

export interface HelmCommand {
  /** For messages: `upgrade`. */
  readonly name: string;
  readonly args: readonly string[];
  /** Its standard input: the values, which never stand among the arguments. */
  readonly input?: string;
  /** What it was given may be taken back. */
  readonly onEnd?: () => void;
}

/** What a process came to. */
export interface HelmResult {
  readonly code: number;
  readonly stdout: string;
  /** The end of it, where it is long. Not redacted. */
  readonly stderr: string;
}

/** A process that works on a release. `stamp` says for whom: an operation and its step. */
export type ReleaseRun =
  | { readonly state: "running"; readonly command: string; readonly stamp: string; readonly startedAt: number }
  | { readonly state: "ended"; readonly command: string; readonly stamp: string; readonly result: HelmResult };

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<HelmResult>;
}

const defaultGraceMs = 20_000;
const mostErrorCharacters = 64 * 1024;
const mostOutputBytes = 64 * 1024 * 1024;

export class HelmProcesses {
  readonly #options: HelmProcessesOptions;
  readonly #runs = new Map<string, ReleaseRun>();
  readonly #running = new Set<Running>();
  readonly #byRelease = new Map<string, Running>();
  readonly #watchdog: Watchdog;
  #stopped = false;

  constructor(options: HelmProcessesOptions) {
    this.#options = options;
    this.#watchdog = new Watchdog(options.right);
  }

  /** The process that works, or has worked, on a release since the last {@link forget}. */
  runOf(release: string): ReleaseRun | undefined {
    return this.#runs.get(release);
  }

  /** What a process came to was read. */
  forget(release: string): void {
    if (this.#runs.get(release)?.state === "ended") this.#runs.delete(release);
  }

  /** Lets a process work on a release. @throws HelmError ReleaseLocked when one does already, HelmNotStarted */
  begin(release: string, stamp: string, command: HelmCommand): void {
    if (this.#byRelease.has(release)) throw new HelmError("ReleaseLocked", `helm works on ${release} already`);
    const running = this.#spawn(command);
    this.#runs.set(release, { state: "running", command: command.name, stamp, startedAt: Date.now() });
    this.#byRelease.set(release, running);
    void this.#collect(release, stamp, command, running);
  }

  async #collect(release: string, stamp: string, { name, onEnd }: HelmCommand, running: Running): Promise<void> {
    const { pid } = running.child;
    let uncovered = "";
    // It ends also when this process cannot end it any more. What only reads need not.
    const uncover =
      pid === undefined
        ? undefined
        : this.#watchdog.cover(pid, ({ message }) => {
            uncovered = `\nError: ${message}`;
            void this.#end(running);
          });
    const result = await running.ended;
    uncover?.();
    onEnd?.();
    this.#byRelease.delete(release);
    this.#runs.set(release, { state: "ended", command: name, stamp, result: { ...result, stderr: result.stderr + uncovered } });
  }

  /** Asks the process that works on a release to end. */
  interrupt(release: string): void {
    const running = this.#byRelease.get(release);
    if (running !== undefined) void this.#end(running);
  }

  /** Runs a short command to its end. @throws HelmError HelmNotStarted, HelmInterrupted when it takes too long */
  async run(command: HelmCommand, timeoutMs: number): Promise<HelmResult> {
    const running = this.#spawn(command);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      void this.#end(running);
    }, timeoutMs);
    try {
      const result = await running.ended;
      if (late) throw new HelmError("HelmInterrupted", `helm ${command.name} took longer than ${Math.round(timeoutMs / 1000)} s`);
      return result;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends all of them, and starts none any more: the agent stops, or may not act any longer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#running].map(async (running) => await this.#end(running)));
  }

  #spawn({ name, args, input }: HelmCommand): Running {
    if (this.#stopped) throw new HelmError("HelmNotStarted", `helm ${name} is not started: the agent is stopping`);
    const { program, env, leftBehind, right } = this.#options;
    right?.check();
    // argv[0] is helm's field manager.
    const child = spawn(program, [...args], { argv0: "helm", env: { ...environment(), ...env }, stdio: ["pipe", "pipe", "pipe"] });
    const forget = child.pid === undefined ? undefined : leftBehind?.remember(child.pid);
    const running: Running = { child, ended: resultOf(child, program) };
    this.#running.add(running);
    void this.#forgetEnded(running, forget);
    // It may end without reading: its exit code says what that meant.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input ?? "");
    return running;
  }

  async #forgetEnded(running: Running, forget: (() => void) | undefined): Promise<void> {
    await running.ended;
    this.#running.delete(running);
    forget?.();
  }

  async #end({ child, ended }: Running): Promise<void> {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), this.#options.graceMs ?? defaultGraceMs);
    await ended;
    clearTimeout(timer);
  }
}

/** The agent's own environment, in which proxies and certificates are named, without settings for another use of helm. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("HELM_")));
}

/** Never rejects: a program that cannot be started is a result too. */
async function resultOf(child: ChildProcess, program: string): Promise<HelmResult> {
  const output: Buffer[] = [];
  let bytes = 0;
  let errors = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= mostOutputBytes) output.push(chunk);
    else child.kill("SIGTERM");
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    errors = `${errors}${chunk}`.slice(-mostErrorCharacters);
  });
  const code = await new Promise<number>((resolve) => {
    child.once("error", (error) => {
      errors = `Error: ${program} cannot be started: ${error.message}`;
      resolve(127);
    });
    child.once("close", (exit, signal) => {
      if (signal !== null) errors = `${errors}\nError: signal: ${signal === "SIGTERM" ? "terminated" : signal}`;
      resolve(exit ?? 128);
    });
  });
  return { code, stdout: Buffer.concat(output).toString("utf8"), stderr: errors };
}
