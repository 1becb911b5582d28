import type { Json, JsonObject } from "../json/mod.ts";
import type { KubeObject } from "../objects/mod.ts";

/**
 * Events are one thing with two faces: `v1` and `events.k8s.io/v1` name the same fields differently.
 * They are kept as `v1`.
 */
const NAMES: readonly (readonly [core: string, events: string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
];

function renamed(object: KubeObject, names: ReadonlyMap<string, string>): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]): [string, Json | undefined] => [names.get(name) ?? name, value]));
}

const toCore = new Map(NAMES.map(([core, events]) => [events, core]));
const toEvents = new Map(NAMES);

export function eventToCore(event: KubeObject): KubeObject {
  const { metadata } = event;
  return { ...renamed(event, toCore), apiVersion: "v1", kind: "Event", metadata };
}

export function eventFromCore(event: KubeObject): KubeObject {
  const { metadata } = event;
  return { ...renamed(event, toEvents), apiVersion: "events.k8s.io/v1", kind: "Event", metadata };
}
