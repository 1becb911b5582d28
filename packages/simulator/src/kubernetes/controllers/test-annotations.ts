import type { Json, JsonObject } from "../json/mod.ts";
import { objectField } from "../kinds/mod.ts";

/**
 * Annotations of pods and pod templates that make them misbehave. The test bed's real clusters
 * (test/testbed/kubernetes/kwok.yaml) know the same ones with the same meaning.
 */
const NEVER_READY = "portolan.test/never-ready";
const READY_AFTER = "portolan.test/ready-after";
const RUNS_FOR = "portolan.test/runs-for";
const FAILS = "portolan.test/fails";

export type Behaviour = {
  readonly neverReady: boolean;
  /** Undefined: as fast as the cluster makes pods. */
  readonly readyAfterMs: number | undefined;
  readonly runsForMs: number | undefined;
  readonly fails: boolean;
};

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A Go duration in milliseconds, `1m30s`; undefined when it is none. */
function parseDuration(value: Json | undefined): number | undefined {
  if (typeof value !== "string" || !/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(value)) return undefined;
  let total = 0;
  for (const [, amount = "", unit = ""] of value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    total += Number(amount) * (UNITS[unit] ?? 0);
  }
  return total;
}

export function behaviourOf(annotations: JsonObject | undefined): Behaviour {
  return {
    neverReady: annotations?.[NEVER_READY] === "true",
    readyAfterMs: parseDuration(annotations?.[READY_AFTER]),
    runsForMs: parseDuration(annotations?.[RUNS_FOR]),
    fails: annotations?.[FAILS] === "true",
  };
}

/** The behaviour of the pods of a workload. */
export function templateBehaviour(spec: JsonObject | undefined): Behaviour {
  return behaviourOf(objectField(objectField(objectField(spec, "template"), "metadata"), "annotations"));
}
