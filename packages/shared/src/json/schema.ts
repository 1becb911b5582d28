import { Ajv2020 } from "ajv/dist/2020.js";
import type { ErrorObject } from "ajv/dist/2020.js";
import { RE2JS } from "re2js";
import type { Json, JsonObject } from "./model.ts";
import { childPointer } from "./pointer.ts";
import { unfoldedSize } from "./schema-size.ts";

/** One way in which a value does not fit its schema. */
export interface SchemaProblem {
  /** JSON Pointer into the value. */
  readonly path: string;
  readonly expected: string;
  /** The value found, in short, or only its type where the schema says `writeOnly` or `format: password`. */
  readonly found: string;
  /** One sentence: path, expected, found. */
  readonly message: string;
}

export interface SchemaCheck {
  /** The value with the schema's defaults filled in. */
  readonly value: Json;
  /** Empty when it fits. */
  readonly problems: readonly SchemaProblem[];
}

/** Fills in the schema's defaults, on a copy, and checks the result. `showValues: false` never prints a value, only its type. */
export type SchemaValidator = (value: Json, options?: { readonly showValues?: boolean }) => SchemaCheck;

/** The schema itself is wrong. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
  readonly code = "InvalidSchema";
}

/**
 * RE2 instead of the engine of JavaScript: schemas come from catalogs, and a backtracking engine can be kept busy for hours by one pattern.
 * JSON Schema's recommended subset of regular expressions is inside RE2.
 */
const regExp = Object.assign((pattern: string): { test(text: string): boolean } => RE2JS.compile(pattern), { code: "re2" });

/** Compiles the meta-schema once; formats are annotations, as the 2020-12 draft has them by default. */
const metaSchema = new Ajv2020({ validateFormats: false });

const MAX_FOUND_LENGTH = 60;
const MAX_UNFOLDED = 20_000;
/** More would help nobody. */
const MAX_PROBLEMS = 100;

/**
 * Compiles a JSON Schema (draft 2020-12). References may point into the schema itself only; unknown keywords are errors.
 * @throws {SchemaError}
 */
export function compileSchema(schema: JsonObject): SchemaValidator {
  if (unfoldedSize(schema) > MAX_UNFOLDED) throw new SchemaError(`the schema has more than ${MAX_UNFOLDED} values, references followed`);
  if (metaSchema.validateSchema(schema) !== true) {
    throw new SchemaError(`no valid JSON Schema: ${metaSchema.errorsText(metaSchema.errors, { dataVar: "schema" })}`);
  }
  // One instance per schema: an instance keeps every schema it has seen, and `$id`s of different services may be equal.
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    verbose: true,
    meta: false,
    validateSchema: false,
    validateFormats: false,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allowUnionTypes: true,
    logger: false,
    code: { regExp },
  });
  const validate = compile(ajv, schema);

  return (value, { showValues = true } = {}) => {
    const filled = structuredClone(value);
    try {
      // Synchronous: `$async` schemas are refused.
      void validate(filled);
    } catch (error) {
      // A reference that leads to itself recurses for ever; nothing else throws in a compiled validator.
      const detail = error instanceof RangeError ? "the schema refers to itself without end" : "the schema cannot be applied";
      return { value: filled, problems: [problem("", "a value that the schema can judge", "none", detail)] };
    }
    return {
      value: filled,
      problems: (validate.errors ?? [])
        .filter(isTelling)
        .slice(0, MAX_PROBLEMS)
        .map((error) => describe(error, showValues)),
    };
  };
}

function compile(ajv: Ajv2020, schema: JsonObject): ReturnType<Ajv2020["compile"]> {
  if (schema["$async"] !== undefined) throw new SchemaError("$async is not JSON Schema");
  try {
    return ajv.compile(schema);
  } catch (error) {
    throw new SchemaError(`no valid JSON Schema: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** `if` only repeats that `then` or `else` failed. */
function isTelling(error: ErrorObject): boolean {
  return error.keyword !== "if";
}

function describe(error: ErrorObject, showValues: boolean): SchemaProblem {
  const secret = !showValues || isSecret(error.parentSchema);
  const found = foundValue(error.data, secret);
  const at = error.instancePath;
  switch (error.keyword) {
    case "type":
      return problem(at, [error.params["type"]].flat().join(" or "), found);
    case "required":
    case "dependentRequired":
      return problem(childPointer(at, String(error.params["missingProperty"])), "a value", "nothing");
    case "additionalProperties":
    case "unevaluatedProperties": {
      const key = String(error.params["additionalProperty"] ?? error.params["unevaluatedProperty"]);
      return problem(childPointer(at, key), `no such key; ${knownKeys(error.parentSchema)}`, foundValue(childOf(error.data, key), secret));
    }
    case "enum":
      return problem(at, `one of ${JSON.stringify(error.params["allowedValues"])}`, found);
    case "const":
      return problem(at, JSON.stringify(error.params["allowedValue"]), found);
    case "minimum":
    case "maximum":
    case "exclusiveMinimum":
    case "exclusiveMaximum":
      return problem(at, `${String(error.params["comparison"])} ${String(error.params["limit"])}`, found);
    case "pattern":
      return problem(at, `text that matches ${String(error.params["pattern"])}`, found);
    default:
      return problem(at, (error.message ?? error.keyword).replace(/^must /, ""), found);
  }
}

function problem(path: string, expected: string, found: string, detail?: string): SchemaProblem {
  const place = path === "" ? "the value" : path;
  return { path, expected, found, message: detail ?? `${place}: expected ${expected}, found ${found}` };
}

function isSecret(schema: unknown): boolean {
  return (
    typeof schema === "object" &&
    schema !== null &&
    (("writeOnly" in schema && schema.writeOnly === true) || ("format" in schema && schema.format === "password"))
  );
}

function knownKeys(schema: unknown): string {
  const properties = typeof schema === "object" && schema !== null && "properties" in schema ? schema.properties : undefined;
  const keys = typeof properties === "object" && properties !== null ? Object.keys(properties) : [];
  return keys.length === 0 ? "none is known" : `known: ${keys.slice(0, 20).join(", ")}`;
}

function childOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}

/** A value in short: text, numbers and booleans as they are, everything else by its type. */
function foundValue(value: unknown, secret: boolean): string {
  switch (typeof value) {
    case "undefined":
      return "nothing";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? `a list of ${value.length}` : "an object";
    default: {
      if (secret) return `a ${typeof value}`;
      const text = JSON.stringify(value);
      return text.length > MAX_FOUND_LENGTH ? `${text.slice(0, MAX_FOUND_LENGTH)}…` : text;
    }
  }
}
