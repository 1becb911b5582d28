import { cloneJson, isJsonObject, type Json, type JsonObject } from "../json/mod.ts";
import { canonicalMicroTime, canonicalQuantity, canonicalTime } from "./canonical.ts";
import type { StructuralSchema } from "./structural.ts";

/**
 * Makes an object of a built-in kind what it is after etcd kept it: protobuf, in which it is kept, cannot
 * tell an empty list from none. In place.
 */
export function normalizeStoredObject(schema: StructuralSchema, object: JsonObject): void {
  normalizeGoObject(schema, object);
  forgetEmptyLists(schema, object);
}

function forgetEmptyLists(schema: StructuralSchema, value: Json): void {
  if (Array.isArray(value)) {
    for (const item of value) if (schema.items !== undefined) forgetEmptyLists(schema.items, item);
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [name, property] of schema.properties ?? []) {
    const member = value[name];
    if (member === undefined) continue;
    if (property.goZero === null && isEmpty(member)) value[name] = null;
    else forgetEmptyLists(property, member);
  }
}

/**
 * Makes an object of a built-in kind what it is after Go read it into a struct and wrote it again: empty
 * fields gone or written out, as the struct says; quantities and times in their canonical form. In place.
 * The object's own metadata is left to those who decode it.
 */
export function normalizeGoObject(schema: StructuralSchema, object: JsonObject): void {
  for (const [name, property] of schema.properties ?? []) {
    if (name !== "metadata") normalizeMember(property, object, name);
  }
}

function normalizeMember(property: StructuralSchema, parent: JsonObject, name: string): void {
  const member = parent[name];
  if (member === undefined || member === null) {
    if (property.goZero === undefined) {
      delete parent[name];
      return;
    }
    parent[name] = cloneJson(property.goZero);
  }
  const value = normalizeValue(property, parent[name] ?? null);
  if (property.goOmit === true && isEmpty(value)) delete parent[name];
  else parent[name] = value;
}

function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isJsonObject(value)) return Object.keys(value).length === 0;
  return value === "" || value === 0 || value === false;
}

function normalizeValue(schema: StructuralSchema, value: Json): Json {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => normalizeValue(items, item));
  }
  if (isJsonObject(value)) {
    for (const [name, property] of schema.properties ?? []) normalizeMember(property, value, name);
    const additional = schema.additionalProperties;
    if (typeof additional === "object") {
      for (const [name, member] of Object.entries(value)) {
        if (member === undefined || schema.properties?.has(name) === true) continue;
        // A null in a map of texts is read as an empty text.
        value[name] = member === null && additional.type === "string" ? "" : normalizeValue(additional, member);
      }
    }
    return value;
  }
  switch (schema.format) {
    case "quantity":
      return typeof value === "string" || typeof value === "number" ? canonicalQuantity(String(value)) : value;
    case "date-time":
      return typeof value === "string" ? canonicalTime(value) : value;
    case "micro-time":
      return typeof value === "string" ? canonicalMicroTime(value) : value;
    default:
      return value;
  }
}

/** What Go's JSON decoder says of the first value that it cannot read into its field; undefined when all fit. */
export function findTypeMismatch(schema: StructuralSchema, object: JsonObject): string | undefined {
  return mismatchIn(schema, object, schema.goStruct ?? "", []);
}

function goName(value: Json): string {
  if (Array.isArray(value)) return "array";
  if (isJsonObject(value)) return "object";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function goType(schema: StructuralSchema): string {
  if (schema.goStruct !== undefined) return `v1.${schema.goStruct}`;
  switch (schema.type) {
    case "integer":
      return schema.format === "int64" ? "int64" : "int32";
    case "boolean":
      return "bool";
    case "array":
      return `[]${schema.items === undefined ? "interface {}" : goType(schema.items)}`;
    case "object":
      return typeof schema.additionalProperties === "object" ? `map[string]${goType(schema.additionalProperties)}` : "interface {}";
    default:
      return "string";
  }
}

function fits(schema: StructuralSchema, value: Json): boolean {
  switch (schema.format) {
    case "quantity":
    case "int-or-string":
      return typeof value === "string" || typeof value === "number";
    default:
  }
  switch (schema.type) {
    case "string":
      return typeof value === "string";
    case "integer":
      return typeof value === "number" && Number.isInteger(value);
    case "number":
      return typeof value === "number";
    case "boolean":
      return typeof value === "boolean";
    case "array":
      return Array.isArray(value);
    case "object":
      return isJsonObject(value);
    default:
      return true;
  }
}

function mismatchIn(schema: StructuralSchema, value: Json, struct: string, path: readonly string[]): string | undefined {
  if (value === null) return undefined;
  if (!fits(schema, value)) {
    const found = typeof value === "number" && schema.type === "integer" ? `number ${value}` : goName(value);
    return `json: cannot unmarshal ${found} into Go struct field ${struct}.${path.join(".")} of type ${goType(schema)}`;
  }
  if (typeof value === "string") return timeProblem(schema.format, value);
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return undefined;
    return first(value, (item) => mismatchIn(items, item, struct, path));
  }
  if (!isJsonObject(value)) return undefined;
  const inner = schema.goStruct ?? struct;
  return first(Object.entries(value), ([name, member]) => {
    const property = schema.properties?.get(name);
    if (member === undefined || (path.length === 0 && name === "metadata")) return undefined;
    if (property !== undefined) return mismatchIn(property, member, inner, [...path, name]);
    return typeof schema.additionalProperties === "object" ? mismatchIn(schema.additionalProperties, member, inner, path) : undefined;
  });
}

function first<T, R>(items: Iterable<T>, find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A time that is not written as its Go type wants it. */
function timeProblem(format: string | undefined, text: string): string | undefined {
  const isMicro = format === "micro-time";
  if (!isMicro && format !== "date-time") return undefined;
  const seconds = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}/.exec(text)?.[0];
  const layout = isMicro ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00";
  if (seconds === undefined || Number.isNaN(Date.parse(text))) {
    return `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(text)} as "2006"`;
  }
  const rest = text.slice(seconds.length);
  if (!isMicro || /^\.\d{6}(Z|[+-]\d{2}:\d{2})$/.test(rest)) return undefined;
  return `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ".000000"`;
}
