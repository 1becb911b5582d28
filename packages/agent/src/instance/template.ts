import { isDeepStrictEqual } from "node:util";
import type { InstanceTemplate } from "@portolan/shared/wire";
import { isFields } from "../fields/mod.ts";
import type { ServiceInstance } from "../resources/mod.ts";

/** Whether an instance has all that a template writes; others may have written more. Pure. */
export function says({ metadata, spec }: ServiceInstance, { labels, secretRefs, ...template }: InstanceTemplate): boolean {
  const references = new Map(spec.secretRefs?.map(({ name, secretName }) => [name, secretName]));
  return (
    contains(spec, template) &&
    contains(metadata.labels ?? {}, labels ?? {}) &&
    (secretRefs ?? []).every(({ name, secretName }) => references.get(name) === secretName)
  );
}

function contains(value: unknown, part: unknown): boolean {
  // Server-side apply stores no null.
  if (part === null) return value === undefined || value === null;
  if (!isFields(part)) return isDeepStrictEqual(value, part);
  return isFields(value) && Object.entries(part).every(([field, inner]) => contains(value[field], inner));
}
