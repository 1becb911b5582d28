import { startServerProcess, type ProcessExit, type ServerProcess } from "@portolan/simulator/server-process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { PATIENCE_MS } from "./eventually.ts";

const POLL_MS = 50;
const TAIL_LINES = 60;

export interface ProgramOptions {
  readonly name: string;
  /** The file that node runs. */
  readonly main: string;
  readonly args: readonly string[];
  /** Beside this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Answers 200 when the program is ready. */
  readonly readyUrl: string;
}

/** One of the project's own programs: killed and started again by tests, always with the same command line. */
export interface Program {
  readonly name: string;
  /** Starts it and waits until it is ready. */
  start(): Promise<void>;
  /** The end of a crash: nothing is put in order. Nothing happens when it does not run. */
  kill(): Promise<void>;
  /** The end in good order, by SIGTERM; how it ended. Nothing happens when it does not run. */
  stop(): Promise<ProcessExit | undefined>;
  /** The one that runs, or ran last; undefined before the first start. */
  readonly process: ServerProcess | undefined;
  /** The last lines of everything that it has logged. */
  logTail(): Promise<string>;
}

/** Describes a program; nothing runs until it is started. */
export function program({ name, main, args, env = {}, logFile, readyUrl }: ProgramOptions): Program {
  let running: ServerProcess | undefined;

  const logTail = async (): Promise<string> => {
    const log = await readFile(logFile, "utf8");
    return log.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
  };

  return {
    name,
    logTail,
    get process() {
      return running;
    },
    start: async () => {
      if (running?.exit() === undefined && running !== undefined) {
        throw new Error(`${name} runs already`);
      }
      running = await startServerProcess({
        name,
        binary: process.execPath,
        args: [main, ...args],
        env,
        logFile,
      });
      await untilReady(running, readyUrl, logTail);
    },
    kill: async () => {
      await running?.kill("SIGKILL");
    },
    stop: async () => await running?.stop(),
  };
}

async function untilReady(process: ServerProcess, readyUrl: string, logTail: () => Promise<string>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await isReady(readyUrl))) {
    const exit = process.exit();
    if (exit !== undefined || performance.now() > deadline) {
      const reason = exit === undefined ? `was not ready within ${PATIENCE_MS / 1000} s` : `ended with ${exit.signal ?? exit.code}`;
      throw new Error(`${process.name} ${reason}. The end of its log:\n${await logTail()}`);
    }
    await sleep(POLL_MS);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    // Not listening yet.
    return false;
  }
}
