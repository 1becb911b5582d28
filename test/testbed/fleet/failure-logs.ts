import { afterEach } from "vitest";
import type { Program } from "./program.ts";

/** Prints what the programs have logged last, after each test of the surrounding suite that fails. */
export function showLogsOfFailures(programs: () => readonly Program[]): void {
  afterEach(async ({ task }) => {
    if (task.result?.state !== "fail") {
      return;
    }
    for (const program of programs()) {
      process.stderr.write(`\n== ${task.name}: the end of the log of the ${program.name}\n${await program.logTail()}\n`);
    }
  });
}
