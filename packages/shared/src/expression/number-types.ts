import { isJsonArray, isJsonObject, resolveReference } from "../json/mod.ts";
import type { Json, JsonObject } from "../json/mod.ts";

/** References followed in a row; more is a reference that leads to itself. */
const MAX_REFERENCES = 16;

/** An integer by its schemas, or, where they say nothing about numbers, by its value. */
export function isInteger(value: number, schemas: readonly JsonObject[]): boolean {
  if (!Number.isSafeInteger(value)) return false;
  const types = new Set(schemas.flatMap((schema) => [schema["type"]].flat()));
  return types.has("integer") || !types.has("number");
}

/** The schemas that speak about a child of a value, given those that speak about the value itself. */
export function childSchemas(schemas: readonly JsonObject[], key: string | number, root: JsonObject | undefined): readonly JsonObject[] {
  if (root === undefined || schemas.length === 0) return [];
  return schemas.flatMap((schema) => directChildren(schema, key)).flatMap((schema) => alternatives(schema, root, MAX_REFERENCES));
}

/** Schemas with what they refer to and what they are put together of: whichever applies, one of them names the type. */
export function alternatives(schema: JsonObject, root: JsonObject, references: number = MAX_REFERENCES): readonly JsonObject[] {
  const parts: JsonObject[] = [schema];
  const reference = schema["$ref"];
  if (typeof reference === "string" && references > 0) {
    const target = resolveReference(root, reference);
    if (target !== undefined) parts.push(...alternatives(target, root, references - 1));
  }
  if (references > 0) {
    for (const keyword of ["allOf", "anyOf", "oneOf"]) {
      const branches = schema[keyword];
      if (isJsonArray(branches))
        parts.push(...branches.filter(isJsonObject).flatMap((branch) => alternatives(branch, root, references - 1)));
    }
    for (const keyword of ["then", "else"]) {
      const branch = schema[keyword];
      if (isJsonObject(branch)) parts.push(...alternatives(branch, root, references - 1));
    }
  }
  return parts;
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
