import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to this process's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/**
 * Runs a program to its end. A code other than 0 is a result, not an error; what rejects is a program
 * that cannot be started. One that a signal ended, ours after timeoutMs included, has the code 128.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  { cwd, env, input, timeoutMs }: CommandOptions = {},
): Promise<CommandResult> {
  const child = spawn(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
    killSignal: "SIGKILL",
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 128));
  });
  // A program that ends without reading its input closes the pipe; its exit code tells what that meant.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input ?? "");
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}
