import { Optional } from "@marcbachmann/cel-js";
import type { Context } from "@marcbachmann/cel-js";
import { UnsignedInt } from "@marcbachmann/cel-js/evaluator";
import { childPointer, isJsonArray, isJsonObject } from "../json/mod.ts";
import type { Json, JsonObject } from "../json/mod.ts";
import { ExpressionError } from "./errors.ts";
import { alternatives, childSchemas, isInteger } from "./number-types.ts";

/** The variables of an expression, typed for CEL. Made once, used for many evaluations. */
export interface Scope {
  readonly context: Context;
}

/**
 * Types JSON for CEL. A number is an int where its schema says `integer`, a double where the schema says `number`; without a schema it is
 * an int when it has no fraction, as Kubernetes reads JSON.
 */
export function scopeOf(variables: { readonly [name: string]: Json }, schemas: { readonly [name: string]: JsonObject } = {}): Scope {
  const context: Context = Object.create(null);
  for (const [name, value] of Object.entries(variables)) {
    const schema = schemas[name];
    context[name] = toCel(value, schema === undefined ? [] : alternatives([schema], schema), schema);
  }
  return { context };
}

function toCel(value: Json, schemas: readonly JsonObject[], root: JsonObject | undefined): unknown {
  if (typeof value === "number") return isInteger(value, schemas) ? BigInt(value) : value;
  if (isJsonArray(value)) return value.map((item, index) => toCel(item, childSchemas(schemas, index, root), root));
  if (isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toCel(item, childSchemas(schemas, key, root), root)]));
  }
  return value;
}

/** A result shares its parts freely, so that a small one can unfold to a huge one. */
const MAX_RESULT_VALUES = 100_000;
const MAX_RESULT_CHARACTERS = 1 << 20;
const MAX_RESULT_DEPTH = 64;

/**
 * Takes a CEL result back to JSON. Ints become numbers; an empty optional becomes null.
 * @throws {ExpressionError} `NotJson` for bytes, timestamps, durations, types, infinities, ints beyond 2^53 and results that are too large.
 */
export function toJsonResult(result: unknown): Json {
  let values = 0;
  let characters = 0;

  function convert(value: unknown, path: string, depth: number): Json {
    values += 1;
    if (values > MAX_RESULT_VALUES || depth > MAX_RESULT_DEPTH) throw new ExpressionError("NotJson", "the result is too large");
    switch (typeof value) {
      case "boolean":
        return value;
      case "string":
        characters += value.length;
        if (characters > MAX_RESULT_CHARACTERS) throw new ExpressionError("NotJson", "the result is too large");
        return value;
      case "number":
        if (!Number.isFinite(value)) throw notJson("a number that is not finite", path);
        return value;
      case "bigint": {
        const number = Number(value);
        if (!Number.isSafeInteger(number)) throw notJson("an int beyond 2^53", path);
        return number;
      }
      case "object":
        return convertObject(value, path, depth);
      default:
        throw notJson(`a ${typeof value}`, path);
    }
  }

  function convertObject(value: object | null, path: string, depth: number): Json {
    if (value === null) return null;
    if (value instanceof Optional) return value.hasValue() ? convert(value.value(), path, depth + 1) : null;
    if (value instanceof UnsignedInt) return convert(value.value, path, depth);
    if (Array.isArray(value)) return value.map((item: unknown, index) => convert(item, childPointer(path, index), depth + 1));
    const prototype: unknown = Object.getPrototypeOf(value);
    if (value instanceof Map || prototype === Object.prototype || prototype === null) {
      const entries: Iterable<[unknown, unknown]> = value instanceof Map ? value : Object.entries(value);
      return Object.fromEntries(
        Array.from(entries, ([key, item]) => [String(key), convert(item, childPointer(path, String(key)), depth + 1)]),
      );
    }
    throw notJson(`a ${value.constructor.name.toLowerCase()}`, path);
  }

  return convert(result, "", 0);
}

function notJson(what: string, path: string): ExpressionError {
  return new ExpressionError("NotJson", `the result holds ${what}, which has no JSON form`, path);
}
