import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, mergePatch, sha256Hex, toJson, toPointer } from "./mod.ts";
import type { Json } from "./mod.ts";

const arbitraryJson: fc.Arbitrary<Json> = fc
  .jsonValue({ noUnicodeString: false })
  .map((value): Json => JSON.parse(JSON.stringify(value)))
  .filter((value) => !/__proto__|constructor|prototype/.test(JSON.stringify(value)));

describe("canonicalJson", () => {
  it("writes the example of RFC 8785, section 3.2.2", () => {
    const value = {
      numbers: JSON.parse("[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]"),
      string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/",
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it("is the same for any order of keys", () => {
    expect(canonicalJson({ b: 1, a: { d: 2, c: 3 } })).toBe(canonicalJson({ a: { c: 3, d: 2 }, b: 1 }));
  });

  it("refuses what is no JSON", () => {
    expect(() => canonicalJson(undefined)).toThrow("no JSON text");
    expect(() => canonicalJson(Number.NaN)).toThrow("NaN");
  });
});

describe("sha256Hex", () => {
  it("hashes text as UTF-8", () => {
    expect(sha256Hex("")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(sha256Hex("ä")).toBe(sha256Hex(new Uint8Array([0xc3, 0xa4])));
  });
});

describe("mergePatch", () => {
  // RFC 7386, appendix A.
  it.each<[Json, Json, Json]>([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ a: "foo" }, "bar", "bar"],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("makes of %j with %j: %j", (target, patch, expected) => {
    expect(mergePatch(target, patch)).toEqual(expected);
  });

  it("changes neither argument, and applied again changes nothing", () => {
    fc.assert(
      fc.property(arbitraryJson, arbitraryJson, (target, patch) => {
        const before = JSON.stringify([target, patch]);
        const once = mergePatch(target, patch);
        expect(mergePatch(once, patch)).toEqual(once);
        expect(JSON.stringify([target, patch])).toBe(before);
      }),
    );
  });

  it("keeps a key named __proto__ a key", () => {
    const patched = mergePatch({}, JSON.parse('{"__proto__": {"polluted": true}}'));
    expect(JSON.stringify(patched)).toBe('{"__proto__":{"polluted":true}}');
    expect("polluted" in {}).toBe(false);
    expect(Object.getPrototypeOf(patched)).toBe(Object.prototype);
  });
});

describe("toPointer", () => {
  it("escapes as RFC 6901 says", () => {
    expect(toPointer([])).toBe("");
    expect(toPointer(["a/b", "m~n", 0, ""])).toBe("/a~1b/m~0n/0/");
  });
});

describe("toJson", () => {
  it("copies JSON as it is", () => {
    fc.assert(
      fc.property(arbitraryJson, (value) => {
        const copy = toJson(value);
        expect(copy).toEqual(value);
        expect(Object(copy) === value).toBe(false);
      }),
    );
  });

  it.each([
    ["__proto__", JSON.parse('{"a": [{"__proto__": {"x": 1}}]}'), "ForbiddenKey", "/a/0/__proto__"],
    ["constructor", { constructor: { prototype: {} } }, "ForbiddenKey", "/constructor"],
    ["a date", { at: new Date(0) }, "NotJson", "/at"],
    ["a map", new Map(), "NotJson", ""],
    ["a bigint", [1n], "NotJson", "/0"],
    ["undefined", [undefined], "NotJson", "/0"],
    ["not a number", { a: Number.NaN }, "NotJson", "/a"],
    ["a lone surrogate", ["\ud800"], "NotJson", "/0"],
  ])("refuses %s", (_name, value, code, path) => {
    expect(() => toJson(value)).toThrow(expect.objectContaining({ code, path }));
  });

  it("refuses what is nested too deep, or unfolds to too much", () => {
    let deep: unknown = 0;
    for (let i = 0; i < 100_000; i += 1) deep = [deep];
    expect(() => toJson(deep)).toThrow(expect.objectContaining({ code: "TooDeep" }));
    let wide: unknown = ["x"];
    for (let i = 0; i < 40; i += 1) wide = [wide, wide];
    expect(() => toJson(wide)).toThrow(expect.objectContaining({ code: "TooLarge" }));
  });
});
