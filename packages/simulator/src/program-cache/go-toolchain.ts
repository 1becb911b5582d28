import type { InstallOutcome } from "./install-program.ts";
import { runCommand, type CommandResult } from "./run-command.ts";

const REPORT_LINES = 15;

/** What a build must not take over from the user's own Go settings, so that it is the same everywhere. */
const BUILD_ENVIRONMENT = {
  // No C compiler is needed, and the program runs on any libc.
  CGO_ENABLED: "0",
  GOFLAGS: "",
  GOWORK: "off",
  // The program runs here, whatever the user cross-compiles for.
  GOOS: undefined,
  GOARCH: undefined,
} as const;

/** Runs the go command. A go that is missing, and a build that fails, are outcomes with their reason. */
export async function runGo(
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
  } = {},
): Promise<InstallOutcome> {
  const place = `go ${args[0] ?? ""}`;
  let result: CommandResult;
  try {
    result = await runCommand("go", args, {
      ...options,
      env: { ...options.env, ...BUILD_ENVIRONMENT },
    });
  } catch {
    // The only way for the command not to start: there is no such program to run.
    return { ok: false, place, outcome: "no go command on PATH; get it from https://go.dev/dl" };
  }
  return result.code === 0 ? { ok: true } : { ok: false, place, outcome: `exit code ${result.code}: ${lastLines(result.stderr)}` };
}

function lastLines(output: string): string {
  return output.trimEnd().split("\n").slice(-REPORT_LINES).join("\n    ");
}
