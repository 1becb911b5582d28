import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { ClientOutput } from "./run-script.ts";
import type { ClientScript } from "./script.ts";

const outputs = z.array(z.object({ command: z.string(), code: z.number(), output: z.array(z.string()) }));

function goldenFile({ name }: ClientScript): string {
  return join(import.meta.dirname, "golden", `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.json`);
}

/** What the programs print when they talk to a real cluster. */
export async function readOutputs(script: ClientScript): Promise<ClientOutput[]> {
  return outputs.parse(JSON.parse(await readFile(goldenFile(script), "utf8")));
}

export async function writeOutputs(script: ClientScript, given: readonly ClientOutput[]): Promise<void> {
  await mkdir(dirname(goldenFile(script)), { recursive: true });
  await writeFile(goldenFile(script), `${JSON.stringify(given, undefined, 1)}\n`);
}
