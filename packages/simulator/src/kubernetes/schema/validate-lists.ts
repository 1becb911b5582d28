import { duplicate, type FieldError } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../json/mod.ts";
import type { StructuralSchema } from "./structural.ts";

/** Lists of type `set` and `map` hold every item, or key, once (apiextensions `listtype`). */
export function validateLists(schema: StructuralSchema, value: Json, path: string): FieldError[] {
  if (Array.isArray(value)) return validateList(schema, value, path);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const property = schema.properties?.get(key);
    if (member === undefined) return [];
    if (property !== undefined) return validateLists(property, member, path === "" ? key : `${path}.${key}`);
    return typeof schema.additionalProperties === "object" ? validateLists(schema.additionalProperties, member, `${path}[${key}]`) : [];
  });
}

function validateList(schema: StructuralSchema, value: readonly Json[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.listType === "set") errors.push(...duplicates(value, path));
  if (schema.listType === "map") {
    const keys = schema.listMapKeys ?? [];
    errors.push(
      ...duplicates(
        value.map((item) => keyOfItem(item, keys)),
        path,
      ),
    );
  }
  const { items } = schema;
  if (items === undefined) return errors;
  return [...errors, ...value.flatMap((item, index) => validateLists(items, item, `${path}[${index}]`))];
}

function keyOfItem(item: Json, keys: readonly string[]): JsonObject {
  if (!isJsonObject(item)) return {};
  return Object.fromEntries(keys.flatMap((key) => (item[key] === undefined ? [] : [[key, item[key]]])));
}

function duplicates(items: readonly Json[], path: string): FieldError[] {
  const seen = new Map<string, number>();
  return items.flatMap((item, index) => {
    const printed = JSON.stringify(item);
    const times = (seen.get(printed) ?? 0) + 1;
    seen.set(printed, times);
    return times === 2 ? [duplicate(`${path}[${index}]`, item)] : [];
  });
}
