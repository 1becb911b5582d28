import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { run } from "@portolan/cli/commands";

export const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));
export const MAIN = fileURLToPath(new URL("../../../packages/cli/src/main.ts", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** What stands on stdin; without it stdin is empty. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface Running {
  readonly process: ChildProcess;
  /** What has been written so far. */
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<Ended>;
}

/** The config file of whoever runs the tests is nobody's business. */
export const NO_CONFIG = { PORTOLAN_CONFIG: "/nonexistent/portolan.yaml" };

/** Starts the command as a process of its own, as a shell runs it. */
export function start(args: readonly string[], { input = "", env = {} }: RunOptions = {}): Running {
  const { PORTOLAN_SERVER: _server, NO_COLOR: _colour, FORCE_COLOR: _force, ...inherited } = process.env;
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: REPOSITORY,
    env: { ...inherited, ...NO_CONFIG, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.end(input);
  const ended = once(child, "close").then(([code]: unknown[]): Ended => ({ code: typeof code === "number" ? code : null, stdout, stderr }));
  return { process: child, stdout: () => stdout, stderr: () => stderr, ended };
}

/** Runs one command line within this process: everything but the process itself, in a fraction of the time. */
export async function portolan(args: readonly string[], { input = "", env = {} }: RunOptions = {}): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  const code = await run(args, {
    out: { write: (text) => (stdout += text) },
    err: { write: (text) => (stderr += text) },
    stdin: Readable.from([input]),
    env: { ...NO_CONFIG, ...env },
    now: Date.now,
  });
  return { code, stdout, stderr };
}

/** What a command printed as JSON: one document, and nothing besides. */
export function json({ stdout }: Ended): unknown {
  return JSON.parse(stdout);
}
