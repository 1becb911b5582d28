import { describe, expect, it } from "vitest";
import type { Json, JsonObject } from "../json/mod.ts";
import { compile, evaluate, ExpressionError, scopeOf } from "./mod.ts";

function value(source: string, variables: { readonly [name: string]: Json } = {}, schema?: JsonObject): Json {
  const scope = scopeOf(
    { config: {}, cluster: {}, secrets: {}, release: {}, ...variables },
    schema === undefined ? {} : { config: schema },
  );
  return evaluate(compile(source, "mapping"), scope);
}

function errorOf(action: () => unknown): ExpressionError {
  try {
    action();
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error("expected an ExpressionError");
}

describe("an expression", () => {
  it.each<[string, Json]>([
    ["1 + 2 * 3", 7],
    ["config.replicas + 1", 4],
    ["config.ratio * 2.0", 3],
    ["config.name + '-' + string(config.replicas)", "demo-3"],
    ["config.tags.map(tag, tag + '!')", ["a!", "b!"]],
    ["{'a': config.replicas, 'b': [null, true]}", { a: 3, b: [null, true] }],
    ["has(config.missing) ? config.missing : 'default'", "default"],
    ["config.?missing.orValue('default')", "default"],
    ["config.?missing", null],
    ["config.?name", "demo"],
    ["'prod' in cluster.labels", true],
    ["cluster.nodes >= 3 && config.tags.exists(t, t == 'b')", true],
    ["config.name.matches('^[a-z]+$')", true],
    ["uint(3)", 3],
    ["cluster", { nodes: 3, labels: { prod: "yes" } }],
  ])("%s is %j", (source, expected) => {
    const config = { replicas: 3, ratio: 1.5, name: "demo", tags: ["a", "b"] };
    expect(value(source, { config, cluster: { nodes: 3, labels: { prod: "yes" } } })).toEqual(expected);
  });

  it.each<[string, string, string?]>([
    ["1 +", "Invalid"],
    ["1) + (2", "Invalid"],
    ["other.name", "Invalid"],
    ["1 + 'a'", "Invalid"],
    ["nothing(1)", "Invalid"],
    ["something nested too deep", "Invalid", `${"(".repeat(200)}1${")".repeat(200)}`],
    ["a list that is too long", "Invalid", `[${"1,".repeat(500)}1]`],
    ["a source that is too long", "Invalid", "1".repeat(10_000)],
    ["config.missing", "Failed"],
    ["config.name + 1", "Failed"],
    ["1 / (config.replicas - 3)", "Failed"],
    ["config.name.matches('(')", "Failed"],
    ["bytes('a')", "NotJson"],
    ["duration('1s')", "NotJson"],
    ["1.0 / 0.0", "NotJson"],
    ["9007199254740993", "NotJson"],
    ["type(1)", "NotJson"],
  ])("%s is an error: %s", (name, code, source = name) => {
    expect(errorOf(() => value(source, { config: { name: "demo", replicas: 3 } })).code).toBe(code);
  });

  it("may end with a comment", () => {
    expect(value("1 // one")).toBe(1);
  });

  it("sees only the variables of its use", () => {
    expect(() => compile("object.status", "object")).not.toThrow();
    expect(() => compile("secrets.a.b", "risk")).toThrow(ExpressionError);
    expect(() => compile("values.a", "mapping")).toThrow(ExpressionError);
    expect(() => compile("values.a", "manifest")).not.toThrow();
  });

  it("does not reach the prototypes of values", () => {
    for (const source of [
      "config.constructor",
      "config.__proto__",
      "config['constructor']",
      "config.toString",
      "config.tags.length",
      "config.name.length",
    ]) {
      expect(() => value(source, { config: { name: "demo", tags: [] } })).toThrow(ExpressionError);
    }
  });

  it("is compiled once", () => {
    expect(compile("1 + 1", "risk")).toBe(compile("1 + 1", "risk"));
    expect(compile("1 + 1", "risk")).not.toBe(compile("1 + 1", "mapping"));
    expect(errorOf(() => compile("1 +", "risk"))).toBe(errorOf(() => compile("1 +", "risk")));
  });
});

describe("the budget of an expression", () => {
  const numbers = Array.from({ length: 1_000 }, (_, i) => i);
  const nested = (depth: number): string => (depth === 0 ? "1" : `config.list.map(x${depth}, ${nested(depth - 1)})`);
  const doubled = `config.text${".split('').map(c, c + c).join('')".repeat(12)}`;
  const bound = Array.from({ length: 20 }, (_, i) => `cel.bind(s${i + 1}, s${i} + s${i}, `).join("");

  it("is enough for a thousand elements", () => {
    expect(value("config.list.filter(x, x % 2 == 0).map(x, string(x * 2)).size()", { config: { list: numbers } })).toBe(500);
    expect(value("config.list.all(x, x in config.list)", { config: { list: numbers.slice(0, 300) } })).toBe(true);
  });

  it.each<[string, string]>([
    ["loops within loops", nested(3)],
    ["loops whose errors are absorbed", "config.list.exists(x, config.list.exists(y, config.list.exists(z, config.missing)))"],
    ["errors absorbed by ||", `config.list.map(x, config.list.map(y, config.list.map(z, 1))).size() > 0 || true`],
    ["text that doubles", doubled],
    ["text that doubles by binding", `cel.bind(s0, config.text, ${bound}s20${")".repeat(21)}`],
    ["lists that double by binding", `cel.bind(s0, config.list, ${bound}s20.size()${")".repeat(21)}`],
    ["comparisons of large values within loops", "config.list.all(x, config.list == config.copy)"],
    ["membership of large values within loops", "config.list.exists(x, -1 in config.copy)"],
  ])("ends %s", (_name, source) => {
    const config = { list: numbers, copy: [...numbers], text: "abcdefgh" };
    expect(errorOf(() => value(source, { config })).code).toBe("TooExpensive");
  });

  it("bounds regular expressions by matching them in linear time", () => {
    expect(value("config.text.matches('^(a+)+$')", { config: { text: `${"a".repeat(2_000)}b` } })).toBe(false);
    expect(errorOf(() => value(`config.text.matches('${"(a?)".repeat(1_000)}')`, { config: { text: "a".repeat(100_000) } })).code).toBe(
      "TooExpensive",
    );
  });

  it("starts anew with every evaluation", () => {
    const scope = scopeOf({ config: { list: numbers }, secrets: {}, cluster: {}, release: {} });
    const expression = compile("config.list.map(x, x + 1).size()", "mapping");
    for (let i = 0; i < 100; i += 1) expect(evaluate(expression, scope)).toBe(1_000);
  });

  it("bounds what a small result unfolds to", () => {
    const levels = Array.from({ length: 12 }, (_, i) => `cel.bind(s${i + 1}, [s${i}, s${i}, s${i}, s${i}], `).join("");
    expect(errorOf(() => value(`cel.bind(s0, [1], ${levels}s12${")".repeat(13)}`)).message).toContain("the result is too large");
  });
});

describe("the message of an error", () => {
  const secret = "hunter2";
  const variables = { secrets: { db: { password: secret, number: "12", [secret]: "x" } }, config: { list: [1] } };

  it.each([
    "bool(secrets.db.password)",
    "int(secrets.db.password)",
    "double(secrets.db.password)",
    "duration(secrets.db.password)",
    "timestamp(secrets.db.password)",
    "config.list.map(x, 'a'.matches('(' + secrets.db.password))",
    "config[secrets.db.password]",
    "config.list[int(secrets.db.number)]",
    "secrets.db.password + 1",
    "secrets.db.password.unknown",
    "-secrets.db.password",
    "secrets.db.password ? 1 : 2",
    "secrets.db.password && true",
    "9223372036854775807 + int(secrets.db.number)",
    "secrets.db.password.substring(100)",
    "secrets.db.password.nothing()",
    "secrets.missing",
  ])("holds no value: %s", (source) => {
    const error = errorOf(() => value(source, variables));
    expect(error.message).not.toContain(secret);
    expect(error.message).not.toContain("12");
    expect(error.message.length).toBeGreaterThan(10);
    expect(error.cause).toBeUndefined();
  });

  it("quotes the piece of the expression that failed", () => {
    expect(errorOf(() => value("'a' + config.spec.missing", { config: { spec: {} } })).message).toBe(
      "there is no such key: `config.spec.missing`",
    );
    expect(errorOf(() => compile("1 + 'a'", "risk")).message).toBe("no such overload: int + string: `1 + 'a'`");
  });
});

describe("numbers in an expression", () => {
  it.each<[string, JsonObject, string]>([
    ["integer", { properties: { n: { type: "integer" } } }, "int"],
    ["number", { properties: { n: { type: "number" } } }, "double"],
    ["integer or null", { properties: { n: { type: ["integer", "null"] } } }, "int"],
    ["nothing", {}, "int"],
    ["a reference to an integer", { $defs: { count: { type: "integer" } }, properties: { n: { $ref: "#/$defs/count" } } }, "int"],
    ["a reference to a number", { $defs: { share: { type: "number" } }, properties: { n: { $ref: "#/$defs/share" } } }, "double"],
    ["one of text and number", { properties: { n: { oneOf: [{ type: "string" }, { type: "number" }] } } }, "double"],
    ["additional properties", { additionalProperties: { type: "number" } }, "double"],
    ["patterns of properties", { patternProperties: { "^n": { type: "number" } } }, "double"],
    ["all of", { allOf: [{ properties: { n: { type: "number" } } }] }, "double"],
    ["a reference to itself", { $ref: "#" }, "int"],
    [
      "many references to itself",
      { anyOf: Array.from({ length: 30 }, () => ({ $ref: "#" })), additionalProperties: { $ref: "#" }, type: ["object", "number"] },
      "double",
    ],
    ["a reference at the root", { $ref: "#/$defs/all", $defs: { all: { properties: { n: { type: "number" } } } } }, "double"],
  ])("are typed where the schema says %s", (_name, schema, type) => {
    expect(value(`type(config.n) == ${type}`, { config: { n: 3 } }, schema)).toBe(true);
  });

  it("in lists are typed by the items' schema", () => {
    const schema = { properties: { list: { prefixItems: [{ type: "number" }], items: { type: "integer" } } } };
    expect(value("type(config.list[0]) == double && type(config.list[1]) == int", { config: { list: [1, 2] } }, schema)).toBe(true);
  });

  it("with a fraction are doubles, whatever the schema says", () => {
    expect(value("type(config.n) == double", { config: { n: 1.5 } }, { properties: { n: { type: "integer" } } })).toBe(true);
  });
});
