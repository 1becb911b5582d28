import { readdir } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { BenchResult } from "./harness/result.ts";
import { resultTable } from "./harness/table.ts";

/**
 * `npm run bench -- <name> [--json]`: runs `bench/<name>.ts`, which exports `run(): Promise<BenchResult>`. With `--json` the last line of
 * output is the result as one JSON object. A target that is missed is shown, not an error: how fast a machine is says nothing about whether
 * the code is right.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: "boolean", default: false } } });
  const names = await benchNames();
  const [name] = positionals;
  if (name === undefined || positionals.length !== 1 || !names.includes(name)) {
    process.stderr.write(`usage: npm run bench -- <name> [--json]\nnames: ${names.join(", ")}\n`);
    return 2;
  }
  const bench: unknown = await import(`./${name}.ts`);
  if (!isBench(bench)) throw new TypeError(`bench/${name}.ts exports no function run`);
  const result = await bench.run();
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${resultTable(result)}\n`);
  return 0;
}

async function benchNames(): Promise<readonly string[]> {
  const files = await readdir(import.meta.dirname);
  return files
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && file !== "main.ts")
    .map((file) => file.slice(0, -".ts".length))
    .sort();
}

function isBench(module: unknown): module is { readonly run: () => Promise<BenchResult> } {
  return typeof module === "object" && module !== null && "run" in module && typeof module.run === "function";
}

process.exitCode = await main();
