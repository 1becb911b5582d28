import type { KubeObject } from "@portolan/agent/kube";
import { setTimeout as sleep } from "node:timers/promises";
import { startDriftBed, type DriftBed } from "./drift/bed.ts";
import { OBJECTS_EACH, SERVICES, type DriftService } from "./drift/catalog.ts";
import { summarize, thisMachine, type BenchResult } from "./harness/result.ts";

const TARGET_MS = 1_000;
/** After a correction the agent looks once more within a second: the next change has to be seen by itself. */
const REST_MS = 1_500;

/**
 * An object of an instance is changed by another hand → it is as it was, on a real API server with an agent's process. Each time another
 * object, because the corrections of one are made with pauses; and only when the agent has come to rest, so that what is measured is what
 * its watch sees. Both ends are taken from this process's clock: just before the request, and when its own watch hears of the correction.
 */
export async function run(): Promise<BenchResult> {
  const bed = await startDriftBed();
  try {
    const times = new Map<string, number[]>(SERVICES.map(({ name }) => [name, []]));
    const floors: number[] = [];
    // Every instance has its turn, while the others rest.
    for (let object = 0; object < OBJECTS_EACH.small; object++) {
      const restsFrom = performance.now();
      for (const service of SERVICES) {
        floors.push(await floor(bed, object));
        for (const namespace of service.namespaces) times.get(service.name)?.push(await drift(bed, service, namespace, object));
      }
      await sleep(Math.max(0, restsFrom + REST_MS - performance.now()));
    }
    return {
      bench: "drift-latency",
      params: { instances: SERVICES.flatMap(({ namespaces }) => namespaces).length, driftsEach: OBJECTS_EACH.small, restMs: REST_MS },
      machine: thisMachine(),
      metrics: {
        "floor: patch → own watch": summarize(floors, "ms"),
        ...Object.fromEntries(
          SERVICES.map(({ name, objects, deployer }) => [
            `changed → put back, ${deployer}, ${objects} objects`,
            summarize(times.get(name) ?? [], "ms", { atMost: TARGET_MS }),
          ]),
        ),
      },
    };
  } finally {
    await bed.stop();
  }
}

async function drift(bed: DriftBed, { name: service }: DriftService, namespace: string, object: number): Promise<number> {
  const ref = { apiVersion: "v1", kind: "ConfigMap", namespace, name: `${service}-${object}` };
  const back = bed.heard(namespace, ref.name, (found) => textOf(found) === "as applied");
  const startedAt = performance.now();
  await bed.kube.patch(ref, { type: "merge", patch: { data: { text: "by hand" } } }, { fieldManager: "kubectl-edit" });
  return (await back) - startedAt;
}

/** Of an object that nobody looks after. */
async function floor(bed: DriftBed, round: number): Promise<number> {
  const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "floor" };
  const text = `${round} ${performance.now()}`;
  const seen = bed.heard(ref.namespace, ref.name, (found) => textOf(found) === text);
  const startedAt = performance.now();
  await bed.kube.patch(ref, { type: "merge", patch: { data: { text } } });
  return (await seen) - startedAt;
}

function textOf(object: KubeObject): string | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (object["data"] as { readonly text?: string } | undefined)?.text;
}
