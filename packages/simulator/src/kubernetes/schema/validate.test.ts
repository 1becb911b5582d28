import { describe, expect, it } from "vitest";
import { describeFieldErrors } from "../errors/mod.ts";
import type { Json, JsonObject } from "../json/mod.ts";
import { parseSchema, unusableRules, validateRules, validateSchema } from "./mod.ts";

function messages(schema: JsonObject, value: Json, old?: Json): string[] {
  return describeFieldErrors(validateSchema(parseSchema(schema), value, old)).causes.map(({ field, message }) => `${field}: ${message}`);
}

const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({ type: "object", properties, ...more });

describe("validation of custom resources", () => {
  it.each<[string, JsonObject, Json, string[]]>([
    ["types", object({ a: { type: "string" } }), { a: 1 }, ['a: Invalid value: "integer": a in body must be of type string: "integer"']],
    ["null", object({ a: { type: "string" } }), { a: null }, ['a: Invalid value: "null": a in body must be of type string: "null"']],
    ["nullable", object({ a: { type: "string", nullable: true } }), { a: null }, []],
    ["required", object({}, { required: ["a"] }), {}, ["a: Required value"]],
    [
      "multipleOf",
      object({ a: { type: "integer", multipleOf: 5 } }),
      { a: 7 },
      ["a: Invalid value: 7: a in body should be a multiple of 5"],
    ],
    [
      "exclusive",
      object({ a: { type: "integer", maximum: 5, exclusiveMaximum: true } }),
      { a: 5 },
      ["a: Invalid value: 5: a in body should be less than 5"],
    ],
    ["code points", object({ a: { type: "string", maxLength: 2 } }), { a: "😀😀" }, []],
    [
      "minItems",
      object({ a: { type: "array", minItems: 2, items: { type: "string" } } }),
      { a: ["x"] },
      ["a: Invalid value: 1: a in body should have at least 2 items"],
    ],
    [
      "anyOf",
      object({ a: { anyOf: [{ type: "integer" }, { type: "boolean" }] } }),
      { a: "x" },
      [
        '<nil>: Invalid value: "": "a" must validate at least one schema (anyOf)',
        'a: Invalid value: "string": a in body must be of type integer: "string"',
      ],
    ],
    [
      "oneOf",
      object({ a: { oneOf: [{ minimum: 1 }, { minimum: 2 }] } }),
      { a: 3 },
      ['<nil>: Invalid value: "": "a" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
    ],
    ["not", object({ a: { not: { enum: ["x"] } } }), { a: "x" }, ['<nil>: Invalid value: "": "a" must not validate the schema (not)']],
    [
      "date-time",
      object({ a: { type: "string", format: "date-time" } }),
      { a: "today" },
      ['a: Invalid value: "today": a in body must be of type date-time: "today"'],
    ],
    ["int-or-string", object({ a: { "x-kubernetes-int-or-string": true } }), { a: "50%" }, []],
  ])("%s", (_, schema, value, expected) => {
    expect(messages(schema, value)).toStrictEqual(expected);
  });

  it("does not refuse what did not change", () => {
    const schema = object({ a: { type: "string", maxLength: 1 }, b: { type: "integer" } });
    expect(messages(schema, { a: "long", b: 2 }, { a: "long", b: 1 })).toStrictEqual([]);
    expect(messages(schema, { a: "longer", b: 1 }, { a: "long", b: 1 })).toHaveLength(1);
  });

  it("tells the items of a map apart by their keys when it asks what changed", () => {
    const items = object({ key: { type: "string" }, value: { type: "string", maxLength: 1 } });
    const schema = object({ list: { type: "array", items, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["key"] } });
    const before = { list: [{ key: "a", value: "long" }] };
    expect(
      messages(
        schema,
        {
          list: [
            { key: "b", value: "x" },
            { key: "a", value: "long" },
          ],
        },
        before,
      ),
    ).toStrictEqual([]);
    expect(messages(schema, { list: [{ key: "b", value: "long" }] }, before)).toHaveLength(1);
  });
});

describe("rules of custom resources", () => {
  const ruled = (rule: JsonObject): JsonObject => object({ n: { type: "integer", "x-kubernetes-validations": [rule] } });
  const check = (schema: JsonObject, value: JsonObject, old?: JsonObject): string[] =>
    validateRules(parseSchema(schema), value, old, []).map(({ field, detail }) => `${field}: ${detail}`);

  it("hold, or are told in their own words", () => {
    expect(check(ruled({ rule: "self > 3" }), { n: 4 })).toStrictEqual([]);
    expect(check(ruled({ rule: "self > 3" }), { n: 3 })).toStrictEqual(["n: failed rule: self > 3"]);
    expect(check(ruled({ rule: "self > 3", message: "too small" }), { n: 3 })).toStrictEqual(["n: too small"]);
    expect(check(ruled({ rule: "self > 3", messageExpression: "'it is ' + string(self)" }), { n: 3 })).toStrictEqual(["n: it is 3"]);
  });

  it("of transitions wait for a value of before", () => {
    const schema = ruled({ rule: "self >= oldSelf", message: "must grow" });
    expect(check(schema, { n: 1 })).toStrictEqual([]);
    expect(check(schema, { n: 1 }, {})).toStrictEqual([]);
    expect(check(schema, { n: 1 }, { n: 2 })).toStrictEqual(["n: must grow"]);
  });

  it("are not looked at after an error that they may stumble over", () => {
    const schema = parseSchema(ruled({ rule: "self > 3" }));
    const errors = validateSchema(schema, { n: "x" });
    expect(validateRules(schema, { n: "x" }, undefined, errors)).toMatchObject([
      { field: "<nil>", detail: expect.stringContaining("were not checked") },
    ]);
  });

  it("that cannot be evaluated are named", () => {
    expect(unusableRules(parseSchema(ruled({ rule: "self > 3" })))).toStrictEqual([]);
    expect(unusableRules(parseSchema(ruled({ rule: "url(self).getHost() == ''" })))).toHaveLength(1);
    expect(unusableRules(parseSchema(ruled({ rule: "self > 3", optionalOldSelf: true })))).toHaveLength(1);
  });
});
