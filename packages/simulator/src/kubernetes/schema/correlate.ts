import { equalJson, isJsonObject, type Json } from "../json/mod.ts";
import type { StructuralSchema } from "./structural.ts";

/**
 * The old value at the place of a new one, where there is such a place: a list's items have one only when
 * they are told apart by keys. What did not change is not refused again when a schema became stricter
 * (KEP-4008), and transition rules compare the two.
 */
export type Old = Json | undefined;

export function oldMember(old: Old, name: string): Old {
  return isJsonObject(old) ? old[name] : undefined;
}

export function oldItem(schema: StructuralSchema, old: Old, item: Json): Old {
  if (schema.listType !== "map" || !Array.isArray(old) || !isJsonObject(item)) return undefined;
  const keys = schema.listMapKeys ?? [];
  return old.find((candidate) => isJsonObject(candidate) && keys.every((key) => equalJson(candidate[key], item[key])));
}
