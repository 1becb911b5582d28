import { printable } from "../output/mod.ts";
import { ReportedError } from "./cli-error.ts";
import { EXIT, type ExitCode } from "./exit-codes.ts";

/** How an error is told on stderr, and how it ends the process. An error that nobody has foreseen keeps its stack: it is a defect. */
export function describeError(error: unknown): { readonly text: string; readonly exitCode: ExitCode } {
  if (error instanceof ReportedError) {
    const lines = [
      `error: ${error.message} (${error.code})`,
      ...error.details.map((line) => `  ${line}`),
      ...(error.hint === undefined ? [] : [error.hint]),
    ];
    return { text: `${lines.map(printable).join("\n")}\n`, exitCode: error.exitCode };
  }
  const found = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: `error: portolan has a defect: ${found}\n`, exitCode: EXIT.error };
}
