import { compile, evaluate, ExpressionError, scopeOf } from "@portolan/shared/expression";
import { duplicate, forbiddenField, invalidValue, required, type FieldError } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../json/mod.ts";
import { oldItem, oldMember, type Old } from "./correlate.ts";
import type { StructuralSchema, ValidationRule } from "./structural.ts";

/** Errors after which the rules would not see what they expect (apiextensions `hasBlockingErr`). */
const BLOCKING: ReadonlySet<string> = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

/** Whether the schema, or one below it, has rules. */
function hasRules(schema: StructuralSchema): boolean {
  return rulesBelow(schema).next().done !== true;
}

function* rulesBelow(schema: StructuralSchema): Generator<ValidationRule> {
  yield* schema.validations ?? [];
  for (const property of schema.properties?.values() ?? []) yield* rulesBelow(property);
  if (schema.items !== undefined) yield* rulesBelow(schema.items);
  if (typeof schema.additionalProperties === "object") yield* rulesBelow(schema.additionalProperties);
}

/** The rules of the schema that cannot be evaluated here, with the reason: they must not be passed over. */
export function unusableRules(schema: StructuralSchema): string[] {
  return [...rulesBelow(schema)].flatMap((rule) => {
    if (rule.optionalOldSelf === true) return [`optionalOldSelf in the rule ${JSON.stringify(rule.rule)}`];
    return [rule.rule, rule.messageExpression].flatMap((source) => {
      if (source === undefined) return [];
      try {
        compile(source, "rule");
        return [];
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        return [`the rule ${JSON.stringify(source)} (${error.message})`];
      }
    });
  });
}

/**
 * Checks the `x-kubernetes-validations` of the schema (apiextensions `cel.Validator`).
 *
 * @param found the errors of the schema itself: after some of them the rules are not looked at
 */
export function validateRules(
  schema: StructuralSchema,
  object: JsonObject,
  old: JsonObject | undefined,
  found: readonly FieldError[],
): FieldError[] {
  if (!hasRules(schema)) return [];
  if (found.some((error) => BLOCKING.has(error.type))) {
    return [
      invalidValue(
        "<nil>",
        null,
        "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
      ),
    ];
  }
  return validateNode(schema, object, old, "");
}

function validateNode(schema: StructuralSchema, value: Json, old: Old, path: string): FieldError[] {
  if (value === null) return [];
  const errors = (schema.validations ?? []).flatMap((rule) => validateRule(schema, rule, value, old ?? undefined, path));
  const { items, additionalProperties } = schema;
  if (Array.isArray(value) && items !== undefined) {
    return [...errors, ...value.flatMap((item, index) => validateNode(items, item, oldItem(schema, old, item), `${path}[${index}]`))];
  }
  if (!isJsonObject(value)) return errors;
  const members = Object.entries(value).flatMap(([name, member]) => {
    const property = schema.properties?.get(name);
    if (member === undefined) return [];
    if (property !== undefined) return validateNode(property, member, oldMember(old, name), path === "" ? name : `${path}.${name}`);
    return typeof additionalProperties === "object"
      ? validateNode(additionalProperties, member, oldMember(old, name), `${path}[${name}]`)
      : [];
  });
  return [...errors, ...members];
}

/** A rule that speaks of the old value is one of transitions: without an old value there is none. */
function isTransitionRule(rule: ValidationRule): boolean {
  return /\boldSelf\b/.test(rule.rule);
}

function validateRule(schema: StructuralSchema, rule: ValidationRule, value: Json, old: Json | undefined, path: string): FieldError[] {
  if (isTransitionRule(rule) && (old === undefined || old === null)) return [];
  const source = sourceOf(schema);
  const scope = scopeOf({ self: plain(value), oldSelf: plain(old ?? null) }, { self: source, oldSelf: source });
  const field = path === "" ? "<nil>" : path;
  try {
    if (evaluate(compile(rule.rule, "rule"), scope) === true) return [];
    const message = messageOf(rule, () => {
      const text = rule.messageExpression === undefined ? null : evaluate(compile(rule.messageExpression, "rule"), scope);
      return typeof text === "string" ? text : undefined;
    });
    const at = rule.fieldPath === undefined ? field : path === "" ? rule.fieldPath.replace(/^\./, "") : `${path}${rule.fieldPath}`;
    return [refusal(schema, rule, at, value, message)];
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return [invalidValue(field, schema.type ?? "", `${error.message} evaluating rule: ${(rule.message ?? rule.rule).trim()}`)];
  }
}

function messageOf(rule: ValidationRule, evaluated: () => string | undefined): string {
  const fallback = rule.message === undefined ? `failed rule: ${rule.rule.trim()}` : rule.message.trim();
  try {
    return evaluated() ?? fallback;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    // A message that cannot be made is no reason to refuse in other words than the rule's own.
    return fallback;
  }
}

function refusal(schema: StructuralSchema, rule: ValidationRule, field: string, value: Json, message: string): FieldError {
  switch (rule.reason) {
    case "FieldValueForbidden":
      return forbiddenField(field, message);
    case "FieldValueRequired":
      return required(field, message);
    case "FieldValueDuplicate":
      return duplicate(field, value);
    default:
      // Of objects and lists the value is not shown.
      return schema.type === "object" || schema.type === "array"
        ? { type: "FieldValueInvalid", field, detail: message }
        : invalidValue(field, value, message);
  }
}

type PlainJson = null | boolean | number | string | PlainJson[] | PlainObject;
type PlainObject = { [key: string]: PlainJson };

/** The value without undefined members, which CEL does not know. */
function plain(value: Json): PlainJson {
  if (Array.isArray(value)) return value.map(plain);
  return isJsonObject(value) ? plainObject(value) : value;
}

function plainObject(value: JsonObject): PlainObject {
  return Object.fromEntries(Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[name, plain(member)]])));
}

const sources = new WeakMap<StructuralSchema, PlainObject>();

/** The schema as CEL wants it, made once. */
function sourceOf(schema: StructuralSchema): PlainObject {
  const known = sources.get(schema);
  if (known !== undefined) return known;
  const source = plainObject(schema.source ?? {});
  sources.set(schema, source);
  return source;
}
