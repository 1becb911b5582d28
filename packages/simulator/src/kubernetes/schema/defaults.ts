import { cloneJson, isJsonObject, type Json } from "../json/mod.ts";
import type { StructuralSchema } from "./structural.ts";

function isForbiddenNull(value: Json | undefined, schema: StructuralSchema): boolean {
  return value === null && schema.nullable !== true;
}

/**
 * Fills the schema's defaults in, in place: absent members, and nulls where null is not allowed
 * (apiextensions `defaulting.Default`). A null without a default, where null is not allowed, is dropped.
 */
export function applyDefaults(schema: StructuralSchema, value: Json | undefined): void {
  if (Array.isArray(value)) {
    const items = schema.items;
    if (items === undefined) return;
    for (const [index, item] of value.entries()) {
      if (isForbiddenNull(item, items) && items.default !== undefined) {
        value[index] = cloneJson(items.default);
      }
      applyDefaults(items, value[index]);
    }
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [name, property] of schema.properties ?? []) {
    const member = value[name];
    if (isForbiddenNull(member, property) && property.default === undefined) delete value[name];
    if (property.default === undefined) continue;
    if (member === undefined || isForbiddenNull(member, property)) {
      value[name] = cloneJson(property.default);
    }
  }
  const additional = schema.additionalProperties;
  for (const [name, member] of Object.entries(value)) {
    const property = schema.properties?.get(name);
    if (property !== undefined) {
      applyDefaults(property, member);
    } else if (typeof additional === "object") {
      if (isForbiddenNull(member, additional) && additional.default !== undefined) {
        value[name] = cloneJson(additional.default);
      }
      applyDefaults(additional, value[name]);
    }
  }
}
