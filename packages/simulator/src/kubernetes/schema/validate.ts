import { equalJson, isJsonObject, type Json, type JsonObject } from "../json/mod.ts";
import { invalidValue, notSupported, required, tooLong, tooMany, typeInvalid, type FieldError } from "../errors/mod.ts";
import { oldItem, oldMember, type Old } from "./correlate.ts";
import type { StructuralSchema } from "./structural.ts";
import { validateLists } from "./validate-lists.ts";

/**
 * Checks a custom resource's value against its schema. Words and order of checks: kube-openapi's validator.
 *
 * @param old the value of before: what did not change since is not refused
 * @param root the field that the value is of, for the part of an object: the messages leave it out, the
 *   fields of the errors do not
 */
export function validateSchema(schema: StructuralSchema, value: Json, old?: Old, root = ""): FieldError[] {
  const errors = validateValue(schema, value, old, "").map((error) => ({ ...error, field: below(root, error.field) }));
  const hadBadLists = old !== undefined && validateLists(schema, old, root).length > 0;
  return hadBadLists ? errors : [...errors, ...validateLists(schema, value, root)];
}

function below(root: string, field: string): string {
  if (root === "") return field;
  return field === "<nil>" ? root : `${root}.${field}`;
}

function jsonType(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function typesOf(schema: StructuralSchema): string[] {
  if (schema.intOrString === true) return ["integer", "string"];
  return schema.type === undefined ? [] : [schema.type];
}

/** An error's field: the validator's own paths start with a dot below the root. */
function fieldOf(path: string): string {
  return path === "" ? "<nil>" : path;
}

function inBody(path: string, what: string): string {
  return `${path} in body ${what}`;
}

function validateValue(schema: StructuralSchema, value: Json, old: Old, path: string): FieldError[] {
  if (old !== undefined && equalJson(value, old)) return [];
  const types = typesOf(schema);
  if (value === null) {
    if (types.length === 0 || schema.nullable === true) return [];
    return [typeInvalid(fieldOf(path), "null", inBody(path, `must be of type ${types.join(",")}: "null"`))];
  }
  const errors = validateType(types, value, path);
  if (typeof value === "number" && !Number.isInteger(value) && types.includes("integer") && types.length === 1) {
    errors.unshift(invalidValue("<nil>", "", `Checked value must be of type integer (default format) in ${path}`));
  }
  // A value of another type would only fail all the other checks in less clear words.
  if (errors.length > 0) return errors;

  errors.push(...validateCombinators(schema, value, path));
  if (typeof value === "string") errors.push(...validateString(schema, value, path));
  if (typeof value === "number") errors.push(...validateNumber(schema, value, path));
  if (Array.isArray(value)) errors.push(...validateArray(schema, value, old, path));
  if (schema.enum !== undefined && !schema.enum.some((allowed) => equalJson(allowed, value))) {
    errors.push(
      notSupported(
        fieldOf(path),
        value,
        schema.enum.map((item) => (typeof item === "string" ? item : JSON.stringify(item))),
      ),
    );
  }
  if (isJsonObject(value)) errors.push(...validateObject(schema, value, old, path));
  return errors;
}

function validateType(types: readonly string[], value: Json, path: string): FieldError[] {
  const actual = jsonType(value);
  const fits = types.length === 0 || types.includes(actual) || (actual === "integer" && types.includes("number"));
  if (fits) return [];
  return [typeInvalid(fieldOf(path), actual, inBody(path, `must be of type ${types.join(",")}: ${JSON.stringify(actual)}`))];
}

function validateString(schema: StructuralSchema, value: string, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const field = fieldOf(path);
  const length = Array.from(value).length;
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    errors.push(tooLong(field, schema.maxLength));
  }
  if (schema.minLength !== undefined && length < schema.minLength) {
    const what = `should be at least ${schema.minLength} chars long`;
    errors.push(invalidValue(field, value, inBody(path, what)));
  }
  if (schema.pattern !== undefined && !schema.pattern.test(value)) {
    const what = `should match '${schema.patternSource}'`;
    errors.push(invalidValue(field, value, inBody(path, what)));
  }
  if (schema.format !== undefined && !fitsFormat(schema.format, value)) {
    const what = `must be of type ${schema.format}: ${JSON.stringify(value)}`;
    errors.push(typeInvalid(field, value, inBody(path, what)));
  }
  return errors;
}

/** The formats that apiextensions checks and CRDs use; the others are annotations. */
function fitsFormat(format: string, value: string): boolean {
  switch (format) {
    case "date-time":
      return /^\d{4}-\d{2}-\d{2}[tT ]\d{2}:\d{2}:\d{2}(\.\d+)?([zZ]|[+-]\d{2}:\d{2})$/.test(value) && !Number.isNaN(Date.parse(value));
    case "date":
      return /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
    case "uuid":
      return /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(value);
    case "byte":
      return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value);
    case "duration":
      return /^([0-9]+(\.[0-9]*)?\s*(ns|us|µs|ms|s|m|h|d|w)\s*)+$/.test(value);
    default:
      return true;
  }
}

function validateNumber(schema: StructuralSchema, value: number, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const fail = (what: string): void => {
    errors.push(invalidValue(fieldOf(path), value, inBody(path, what)));
  };
  const { maximum, minimum, multipleOf } = schema;
  if (multipleOf !== undefined && value % multipleOf !== 0) {
    fail(`should be a multiple of ${multipleOf}`);
  }
  if (maximum !== undefined) {
    const exclusive = schema.exclusiveMaximum === true;
    if (exclusive ? value >= maximum : value > maximum) {
      fail(`should be less than ${exclusive ? "" : "or equal to "}${maximum}`);
    }
  }
  if (minimum !== undefined) {
    const exclusive = schema.exclusiveMinimum === true;
    if (exclusive ? value <= minimum : value < minimum) {
      fail(`should be greater than ${exclusive ? "" : "or equal to "}${minimum}`);
    }
  }
  return errors;
}

function validateArray(schema: StructuralSchema, value: readonly Json[], old: Old, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const field = fieldOf(path);
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    const what = `should have at least ${schema.minItems} items`;
    errors.push(invalidValue(field, value.length, inBody(path, what)));
  }
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    errors.push(tooMany(field, value.length, schema.maxItems));
  }
  if (schema.items !== undefined) {
    for (const [index, item] of value.entries()) {
      errors.push(...validateValue(schema.items, item, oldItem(schema, old, item), `${path}[${index}]`));
    }
  }
  return errors;
}

function validateObject(schema: StructuralSchema, value: JsonObject, old: Old, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const members = Object.entries(value).flatMap(([key, member]) => (member === undefined ? [] : [[key, member] as const]));
  if (schema.minProperties !== undefined && members.length < schema.minProperties) {
    const what = `should have at least ${schema.minProperties} properties`;
    errors.push(invalidValue(fieldOf(path), members.length, inBody(path, what)));
  }
  if (schema.maxProperties !== undefined && members.length > schema.maxProperties) {
    errors.push(tooMany(fieldOf(path), members.length, schema.maxProperties));
  }
  for (const [key, member] of members) {
    const child = path === "" ? key : `${path}.${key}`;
    const property = schema.properties?.get(key);
    if (property !== undefined) {
      errors.push(...validateValue(property, member, oldMember(old, key), child));
    } else if (typeof schema.additionalProperties === "object") {
      errors.push(...validateValue(schema.additionalProperties, member, oldMember(old, key), child));
    }
  }
  for (const key of schema.required ?? []) {
    if (value[key] === undefined) errors.push(required(path === "" ? key : `${path}.${key}`));
  }
  return errors;
}

function validateCombinators(schema: StructuralSchema, value: Json, path: string): FieldError[] {
  const errors: FieldError[] = [];
  // The validator names the value in quotes here, and gives the errors to the whole object.
  const fail = (what: string): void => {
    errors.push(invalidValue("<nil>", "", `${JSON.stringify(path)} ${what}`));
  };
  if (schema.anyOf !== undefined && schema.anyOf.length > 0) {
    const results = schema.anyOf.map((option) => validateValue(option, value, undefined, path));
    if (!results.some((result) => result.length === 0)) {
      fail("must validate at least one schema (anyOf)");
      errors.push(...(results[0] ?? []));
    }
  }
  if (schema.oneOf !== undefined && schema.oneOf.length > 0) {
    const results = schema.oneOf.map((option) => validateValue(option, value, undefined, path));
    const valid = results.filter((result) => result.length === 0).length;
    if (valid === 0) {
      fail("must validate one and only one schema (oneOf). Found none valid");
      errors.push(...(results[0] ?? []));
    } else if (valid > 1) {
      fail(`must validate one and only one schema (oneOf). Found ${valid} valid alternatives`);
    }
  }
  if (schema.allOf !== undefined && schema.allOf.length > 0) {
    const results = schema.allOf.map((option) => validateValue(option, value, undefined, path));
    const failed = results.filter((result) => result.length > 0);
    errors.push(...failed.flat());
    if (failed.length > 0) {
      const none = failed.length === results.length ? ". None validated" : "";
      fail(`must validate all the schemas (allOf)${none}`);
    }
  }
  if (schema.not !== undefined && validateValue(schema.not, value, undefined, path).length === 0) {
    fail("must not validate the schema (not)");
  }
  return errors;
}
