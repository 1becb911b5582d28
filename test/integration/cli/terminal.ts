import { spawn } from "node:child_process";
import { once } from "node:events";
import { MAIN, NO_CONFIG, REPOSITORY, type Running } from "./portolan.ts";

/** Runs a command on a new terminal, and passes on what is typed and shown. Node has no such thing; Python's standard library does. */
const ON_A_TERMINAL = `
import os, pty, sys
status = pty.spawn(sys.argv[1:])
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
`;

/** What keys send. */
export const KEYS = { enter: "\r", interrupt: "\x03", endOfFile: "\x04", tab: "\t", clearLine: "\x15" } as const;

export interface OnTerminal extends Omit<Running, "stderr"> {
  /** Keys that somebody presses. */
  press(keys: string): void;
}

/** Starts the command at a terminal, as a person does: both of its outputs are shown on it, and go to `stdout`. */
export function startOnTerminal(args: readonly string[]): OnTerminal {
  const { PORTOLAN_SERVER: _server, ...inherited } = process.env;
  return startProgramOnTerminal([process.execPath, MAIN, ...args], { ...inherited, ...NO_CONFIG, NO_COLOR: "1" });
}

/** The same with any program. */
export function startProgramOnTerminal(command: readonly string[], env: NodeJS.ProcessEnv): OnTerminal {
  const child = spawn("python3", ["-c", ON_A_TERMINAL, ...command], { cwd: REPOSITORY, env, stdio: ["pipe", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  const ended = once(child, "close").then(([code]: unknown[]) => ({ code: typeof code === "number" ? code : null, stdout, stderr: "" }));
  return { process: child, stdout: () => stdout, ended, press: (keys) => void child.stdin.write(keys) };
}
