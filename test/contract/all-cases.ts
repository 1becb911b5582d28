import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { ContractAnswer, ContractCase } from "./contract-case.ts";
import { writtenCases } from "./cases/mod.ts";
import { releaseDifferences } from "./differences.ts";
import { DEFAULT_RELEASE, type KubernetesRelease } from "../testbed/kubernetes/modules.ts";

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

/** Where the answers of a release's real server to a case are kept: those of the newest one, unless it is known to differ. */
function goldenFile(contract: ContractCase, release: KubernetesRelease): string {
  const slug = contract.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const differs = releaseDifferences.some((difference) => difference.release === release && difference.contract === contract.name);
  return join(GOLDEN, ...(differs ? [release] : []), `${slug}.json`);
}

/** The real server's answers, normalised: what the embedded API must answer too, which is of the newest release. */
export async function readGolden(contract: ContractCase, release: KubernetesRelease = DEFAULT_RELEASE): Promise<ContractAnswer[]> {
  return answers.parse(JSON.parse(await readFile(goldenFile(contract, release), "utf8")));
}

/** Keeps the answers. What the newest release answers is kept only from the newest release. */
export async function writeGolden(contract: ContractCase, release: KubernetesRelease, given: readonly ContractAnswer[]): Promise<void> {
  const file = goldenFile(contract, release);
  if (file === goldenFile(contract, DEFAULT_RELEASE) && release !== DEFAULT_RELEASE) return;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(given, undefined, 1)}\n`);
}
