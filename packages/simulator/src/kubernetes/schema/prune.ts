import { isJsonObject, type Json, type JsonObject } from "../json/mod.ts";
import type { StructuralSchema } from "./structural.ts";

const META_FIELDS: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/**
 * Takes every field out of the value that the schema does not know, in place, and gives their paths.
 * `apiVersion`, `kind` and `metadata` of the root stay (apiextensions `pruning.PruneWithOptions`).
 */
export function prune(schema: StructuralSchema, value: JsonObject): string[] {
  const pruned: string[] = [];
  pruneValue(value, schema, true, "", pruned);
  return pruned.toSorted();
}

function pruneValue(value: Json | undefined, schema: StructuralSchema | undefined, isRoot: boolean, path: string, pruned: string[]): void {
  if (Array.isArray(value)) {
    const items = schema?.preserveUnknownFields === true ? preserving(schema.items) : schema?.items;
    for (const [index, item] of value.entries()) {
      pruneValue(item, items, false, `${path}[${index}]`, pruned);
    }
    return;
  }
  if (!isJsonObject(value)) return;
  const keepUnknown = schema?.preserveUnknownFields === true;
  const keepsMeta = schema !== undefined && (isRoot || schema.embeddedResource === true);
  for (const [key, member] of Object.entries(value)) {
    if (keepsMeta && META_FIELDS.has(key)) continue;
    const child = `${path === "" ? "" : `${path}.`}${key}`;
    const property = schema?.properties?.get(key);
    if (property !== undefined) {
      pruneValue(member, property, false, child, pruned);
    } else if (schema?.additionalProperties !== undefined && schema.additionalProperties !== false) {
      const additional = schema.additionalProperties;
      // `additionalProperties: true` says nothing of what is inside, so nothing inside is known.
      pruneValue(member, additional === true ? undefined : additional, false, child, pruned);
    } else if (!keepUnknown) {
      pruned.push(child);
      delete value[key];
    }
  }
}

const PRESERVE: StructuralSchema = { preserveUnknownFields: true };

/** Below a preserving array, items without a schema of their own are kept whole. */
function preserving(items: StructuralSchema | undefined): StructuralSchema {
  return items ?? PRESERVE;
}
