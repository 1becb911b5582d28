/**
 * A server that this process runs as a child: its log in a file, its end awaited, and never left behind.
 * It knows nothing about what the server does; when it is ready is for the caller to find out.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { guard } from "./guardian.ts";

const STOP_GRACE_MS = 10_000;
const TAIL_LINES = 20;

export interface ServerProcessOptions {
  /** What errors call it. */
  readonly name: string;
  readonly binary: string;
  readonly args: readonly string[];
  /** Its stdout and stderr are appended here. */
  readonly logFile: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ServerProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<ProcessExit>;
  /** How it ended, or undefined while it runs. */
  exit(): ProcessExit | undefined;
  /** Sends the signal and waits for the end. Returns at once when it has ended already. */
  kill(signal: NodeJS.Signals): Promise<ProcessExit>;
  /** SIGTERM, and SIGKILL when that is not heeded within the grace: ten seconds, unless told otherwise. */
  stop(options?: { readonly graceMs?: number }): Promise<ProcessExit>;
  /** The last lines of its log, for the message of an error. */
  logTail(): string;
}

/** The program could not be started at all: it is missing, not executable, or for another machine. */
export class ServerProcessNotStarted extends Error {
  readonly code = "SERVER_PROCESS_NOT_STARTED";

  constructor(name: string, binary: string, cause: unknown) {
    super(`${name} could not be started from ${binary}`, { cause });
    this.name = "ServerProcessNotStarted";
  }
}

/** Starts a server. It is killed when this process ends, even when this process is killed itself. */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const log = await open(options.logFile, "a");
  try {
    // Detached: Ctrl-C in a terminal reaches this process, which then stops its servers in its own order.
    const child = spawn(options.binary, options.args, {
      detached: true,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", log.fd, log.fd],
    });
    const release = child.pid === undefined ? undefined : guard(child.pid);
    const exited = exitOf(child);
    child.once("exit", () => release?.());
    await once(child, "spawn");
    return serverProcess(options, child, exited);
  } catch (error) {
    throw new ServerProcessNotStarted(options.name, options.binary, error);
  } finally {
    await log.close();
  }
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
}

function serverProcess({ name, binary, logFile }: ServerProcessOptions, child: ChildProcess, exited: Promise<ProcessExit>): ServerProcess {
  const { pid } = child;
  if (pid === undefined) {
    throw new ServerProcessNotStarted(name, binary, new Error("the process has no pid"));
  }

  const exit = (): ProcessExit | undefined =>
    child.exitCode === null && child.signalCode === null ? undefined : { code: child.exitCode, signal: child.signalCode };
  const kill = (signal: NodeJS.Signals): Promise<ProcessExit> => {
    child.kill(signal);
    return exited;
  };
  const stop = async ({ graceMs = STOP_GRACE_MS }: { readonly graceMs?: number } = {}): Promise<ProcessExit> => {
    const grace = new AbortController();
    const heeded = kill("SIGTERM").then((how) => {
      grace.abort();
      return how;
    });
    const overdue = sleep(graceMs, undefined, { signal: grace.signal }).then(
      () => kill("SIGKILL"),
      // Aborted: the process ended within its grace.
      () => heeded,
    );
    return Promise.race([heeded, overdue]);
  };
  const logTail = (): string => readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-TAIL_LINES).join("\n");

  return { name, pid, logFile, exited, exit, kill, stop, logTail };
}
