/** Whether an object in the cluster still says what was applied. Pure. */
import type { KubeObject } from "../kube/mod.ts";

/**
 * Whether everything in `wanted` stands in `actual` as well; what the API server and others added does not matter.
 * Quantities and defaults may be written differently, so false means "look closer", not "drifted".
 */
export function contains(actual: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(actual) && actual.length === wanted.length && wanted.every((item, index) => contains(actual[index], item));
  }
  if (typeof wanted === "object" && wanted !== null) {
    if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return false;
    const fields: Readonly<Record<string, unknown>> = { ...actual };
    return Object.entries(wanted).every(([name, value]) => contains(fields[name], value));
  }
  return Object.is(actual, wanted);
}

/** The part of an object that matters for drift: without what the API server keeps about it. */
export function substance(object: KubeObject): unknown {
  const { labels, annotations, name, namespace } = object.metadata;
  const parts = Object.entries(object).filter(([field]) => field !== "metadata" && field !== "status");
  return { ...Object.fromEntries(parts), metadata: { labels, annotations, name, namespace } };
}
