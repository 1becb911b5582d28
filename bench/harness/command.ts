/** The command line of the benchmarks. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import type { BenchResult } from "./result.ts";
import { resultTable } from "./table.ts";

export interface Output {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

/**
 * `<name> [--json]`: runs `<name>.ts` of a folder, which exports `run(): Promise<BenchResult>`. With `--json` the last line of output is the
 * result as one JSON object. A target that is missed is shown, not an error: how fast a machine is says nothing about whether the code is
 * right.
 *
 * @returns the exit code; 2 for a command line that cannot be used
 */
export async function benchCommand(args: readonly string[], folder: string, { stdout, stderr }: Output): Promise<number> {
  const names = await benchNames(folder);
  const asked = readArguments(args);
  if (asked === undefined || !names.includes(asked.name)) {
    stderr.write(`usage: npm run bench -- <name> [--json]\nnames: ${names.join(", ")}\n`);
    return 2;
  }
  const bench: unknown = await import(pathToFileURL(join(folder, `${asked.name}.ts`)).href);
  if (!isBench(bench)) throw new TypeError(`${asked.name}.ts exports no function run`);
  const result = await bench.run();
  stdout.write(asked.json ? `${JSON.stringify(result)}\n` : `${resultTable(result)}\n`);
  return 0;
}

function readArguments(args: readonly string[]): { readonly name: string; readonly json: boolean } | undefined {
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { json: { type: "boolean" } } });
    const [name, ...more] = positionals;
    return name === undefined || more.length > 0 ? undefined : { name, json: values.json === true };
  } catch {
    // An unknown flag: the usage says what there is.
    return undefined;
  }
}

async function benchNames(folder: string): Promise<readonly string[]> {
  const files = await readdir(folder);
  return files
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && file !== "main.ts")
    .map((file) => file.slice(0, -".ts".length))
    .sort();
}

function isBench(module: unknown): module is { readonly run: () => Promise<BenchResult> } {
  return typeof module === "object" && module !== null && "run" in module && typeof module.run === "function";
}
