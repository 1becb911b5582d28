import { describe, expect, it } from "vitest";
import { compileSchema } from "./mod.ts";
import type { Json, JsonObject } from "./mod.ts";

function problemsOf(schema: JsonObject, value: Json, showValues?: boolean): readonly string[] {
  return compileSchema(schema)(value, showValues === undefined ? {} : { showValues }).problems.map(({ message }) => message);
}

/** Definitions each of which refers twice to the next. */
function fanOut(levels: number): JsonObject {
  const twice = (index: number): JsonObject => ({ anyOf: [{ $ref: `#/$defs/d${index}` }, { $ref: `#/$defs/d${index}` }] });
  return Object.fromEntries([
    ...Array.from({ length: levels }, (_, index): [string, JsonObject] => [`d${index}`, twice(index + 1)]),
    [`d${levels}`, { type: "string" }],
  ]);
}

describe("a schema", () => {
  const schema = {
    type: "object",
    additionalProperties: false,
    required: ["host"],
    properties: {
      host: { type: "string", pattern: "^[a-z.]+$" },
      replicas: { type: "integer", minimum: 1, default: 2 },
      size: { enum: ["small", "large"], default: "small" },
      mode: { const: "on" },
      tls: { type: "object", default: {}, properties: { enabled: { type: "boolean", default: true } } },
      password: { type: "string", minLength: 8, writeOnly: true },
      tags: { type: "array", items: { type: "string" }, maxItems: 2 },
    },
  };

  it("fills in defaults, on a copy", () => {
    const value = { host: "a.b" };
    const { value: filled, problems } = compileSchema(schema)(value);
    expect(problems).toEqual([]);
    expect(filled).toEqual({ host: "a.b", replicas: 2, size: "small", tls: { enabled: true } });
    expect(value).toEqual({ host: "a.b" });
  });

  it.each<[string, Json, string]>([
    ["a missing key", {}, "/host: expected a value, found nothing"],
    [
      "an unknown key",
      { host: "a", hots: 1 },
      "/hots: expected no such key; known: host, replicas, size, mode, tls, password, tags, found 1",
    ],
    ["a wrong type", { host: "a", replicas: "3" }, '/replicas: expected integer, found "3"'],
    ["a fraction", { host: "a", replicas: 1.5 }, "/replicas: expected integer, found 1.5"],
    ["too small a number", { host: "a", replicas: 0 }, "/replicas: expected >= 1, found 0"],
    ["a value that is none of those listed", { host: "a", size: "huge" }, '/size: expected one of ["small","large"], found "huge"'],
    ["another constant", { host: "a", mode: "off" }, '/mode: expected "on", found "off"'],
    ["text that does not match", { host: "A" }, '/host: expected text that matches ^[a-z.]+$, found "A"'],
    ["a list for text", { host: ["a"] }, "/host: expected string, found a list of 1"],
    ["a list that is too long", { host: "a", tags: ["a", "b", "c"] }, "/tags: expected NOT have more than 2 items, found a list of 3"],
    ["something in a list", { host: "a", tags: ["a", null] }, "/tags/1: expected string, found null"],
    [
      "a value that is write-only: its type alone",
      { host: "a", password: "hunter2" },
      "/password: expected NOT have fewer than 8 characters, found a string",
    ],
    ["something else than an object", 3, "the value: expected object, found 3"],
  ])("says what is wrong: %s", (_name, value, message) => {
    expect(problemsOf(schema, value)).toEqual([message]);
  });

  it("says everything that is wrong", () => {
    expect(problemsOf(schema, { replicas: 0, size: 3 })).toHaveLength(3);
  });

  it("shows no values when told so, and shortens long ones", () => {
    expect(problemsOf(schema, { host: "SECRET", replicas: "SECRET", SECRET2: "SECRET" }, false).join()).not.toMatch(/"SECRET|found SECRET/);
    expect(problemsOf(schema, { host: "A".repeat(500) })[0]?.length).toBeLessThan(150);
  });

  it("matches patterns in linear time", () => {
    const evil = compileSchema({ type: "string", pattern: "^(a+)+$" });
    // A backtracking engine would not come back.
    expect(evil(`${"a".repeat(5_000)}b`).problems).toHaveLength(1);
  });

  it.each<[string, JsonObject]>([
    ["a keyword of the wrong type", { type: "objekt" }],
    ["an unknown keyword", { tpye: "object" }],
    ["a pattern that RE2 does not know", { pattern: "(?=a)" }],
    ["a reference to nowhere", { $ref: "#/$defs/none" }],
    ["a reference to another document", { $ref: "https://example.org/schema" }],
    ["an asynchronous schema", { $async: true }],
    ["references that fan out", { $ref: "#/$defs/d0", $defs: fanOut(30) }],
  ])("is refused: %s", (_name, broken) => {
    expect(() => compileSchema(broken)).toThrow(expect.objectContaining({ code: "InvalidSchema" }));
  });

  it("that refers to itself without end is a problem of the value", () => {
    expect(problemsOf({ $ref: "#" }, {})).toEqual(["the schema refers to itself without end"]);
  });

  it("may have the $id of another schema", () => {
    compileSchema({ $id: "https://example.org/same", type: "string" });
    expect(compileSchema({ $id: "https://example.org/same", type: "number" })(1).problems).toEqual([]);
  });
});
