import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { ContractAnswer, ContractCase } from "./contract-case.ts";
import { writtenCases } from "./cases/mod.ts";

const RECORDED = join(import.meta.dirname, "recorded");
const GOLDEN = join(import.meta.dirname, "golden");

const condition = z.union([z.object({ status: z.number() }), z.object({ path: z.string(), equals: z.unknown() })]);
const strings = z.array(z.string()).exactOptional();
const headers = z.record(z.string(), z.string()).exactOptional();
const step = z.union([
  z.object({
    method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]),
    path: z.string(),
    headers,
    body: z.unknown().exactOptional(),
    expect: z.number(),
    until: condition.exactOptional(),
    ignore: strings,
  }),
  z.object({ watch: z.string(), path: z.string(), headers }),
  z.object({ collect: z.string(), events: z.number(), ignore: strings }),
]);
const recordedCase = z.object({ name: z.string(), steps: z.array(step) });
const answers = z.array(
  z.union([
    z.object({ status: z.number(), body: z.unknown(), warning: z.string().exactOptional() }),
    z.object({ events: z.array(z.unknown()) }),
  ]),
);

/** The cases that were written, and those that were recorded from clients. */
export async function allCases(): Promise<ContractCase[]> {
  const files = (await readdir(RECORDED)).filter((file) => file.endsWith(".json")).toSorted();
  const recorded = await Promise.all(
    files.map(async (file) => recordedCase.parse(JSON.parse(await readFile(join(RECORDED, file), "utf8")))),
  );
  return [...writtenCases, ...recorded];
}

/** Where the answers of the real server to a case are kept. */
export function goldenFile(contract: ContractCase): string {
  const slug = contract.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  return join(GOLDEN, `${slug}.json`);
}

/** The real server's answers, normalised: what the embedded API must answer too. */
export async function readGolden(contract: ContractCase): Promise<ContractAnswer[]> {
  return answers.parse(JSON.parse(await readFile(goldenFile(contract), "utf8")));
}
