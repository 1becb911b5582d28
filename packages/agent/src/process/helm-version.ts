import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const timeoutMs = 10_000;

/** What helm says its version is, `v4.0.1`; `unknown` when it says nothing of the kind. */
export async function helmVersion(program: string): Promise<string> {
  try {
    const { stdout } = await run(program, ["version", "--template={{.Version}}"], { timeout: timeoutMs });
    return /^v\d[\w.+-]{0,60}$/u.exec(stdout.trim())?.[0] ?? "unknown";
  } catch {
    // What is wrong with it, the first release tells.
    return "unknown";
  }
}
