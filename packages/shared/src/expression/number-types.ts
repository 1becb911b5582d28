import { isJsonArray, isJsonObject, resolveReference } from "../json/mod.ts";
import type { Json, JsonObject } from "../json/mod.ts";

/** An integer by its schemas, or, where they say nothing about numbers, by its value. */
export function isInteger(value: number, schemas: readonly JsonObject[]): boolean {
  if (!Number.isSafeInteger(value)) return false;
  const types = new Set(schemas.flatMap((schema) => [schema["type"]].flat()));
  return types.has("integer") || !types.has("number");
}

/** The schemas that speak about a child of a value, given those that speak about the value itself. */
export function childSchemas(schemas: readonly JsonObject[], key: string | number, root: JsonObject | undefined): readonly JsonObject[] {
  if (root === undefined || schemas.length === 0) return [];
  return alternatives(
    schemas.flatMap((schema) => directChildren(schema, key)),
    root,
  );
}

/** Schemas with all that they refer to and are put together of, each once: whichever of them applies, one names the type. */
export function alternatives(schemas: readonly JsonObject[], root: JsonObject): readonly JsonObject[] {
  const found = new Set<JsonObject>();
  const open = [...schemas];
  for (let schema = open.pop(); schema !== undefined; schema = open.pop()) {
    if (found.has(schema)) continue;
    found.add(schema);
    open.push(...partsOf(schema, root));
  }
  return [...found];
}

function partsOf(schema: JsonObject, root: JsonObject): readonly JsonObject[] {
  const { $ref: reference, allOf, anyOf, oneOf, then: positive, else: negative } = schema;
  const target = typeof reference === "string" ? resolveReference(root, reference) : undefined;
  return [target, positive, negative, ...[allOf, anyOf, oneOf].flatMap((branches) => (isJsonArray(branches) ? branches : []))].filter(
    isJsonObject,
  );
}

function directChildren(schema: JsonObject, key: string | number): readonly JsonObject[] {
  return (typeof key === "number" ? itemSchemas(schema, key) : propertySchemas(schema, key)).filter(isJsonObject);
}

function itemSchemas(schema: JsonObject, index: number): readonly (Json | undefined)[] {
  const prefix = schema["prefixItems"];
  return isJsonArray(prefix) && index < prefix.length ? [prefix[index]] : [schema["items"]];
}

function propertySchemas(schema: JsonObject, key: string): readonly (Json | undefined)[] {
  const properties = schema["properties"];
  if (isJsonObject(properties) && Object.hasOwn(properties, key)) return [properties[key]];
  const patterns = schema["patternProperties"];
  // Which pattern applies does not matter for types in practice; a property that none names is an additional one.
  const patterned = isJsonObject(patterns) ? Object.values(patterns) : [];
  return [...patterned, schema["additionalProperties"]];
}
