/** All static checks, one after the other; every one runs, and the exit code tells whether all passed. */
import { spawnSync } from "node:child_process";

const checks: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ["format", "oxfmt", "--check", "."],
  ["lint", "oxlint", "--type-aware", "--deny-warnings", "."],
  ["types", "tsc", "-p", "."],
  ["unused code", "knip"],
  ["direction of dependencies", "node", "scripts/check-dependencies.ts"],
  ["generated code is current", "node", "scripts/generate-proto.ts", "--check"],
  ["wire contract", "buf", "lint"],
];

const failed: string[] = [];
for (const [name, command, ...args] of checks) {
  process.stdout.write(`\n== ${name}\n`);
  const startedAt = Date.now();
  // npm puts the workspace's programs first in PATH.
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (error !== undefined) process.stderr.write(`${error.message}\n`);
  if (status !== 0) failed.push(name);
  process.stdout.write(`== ${name}: ${status === 0 ? "passed" : "FAILED"} in ${((Date.now() - startedAt) / 1000).toFixed(1)} s\n`);
}
process.stdout.write(failed.length === 0 ? "\nall checks passed\n" : `\nfailed: ${failed.join(", ")}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
