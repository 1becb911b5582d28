import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cloneJson, equalJson, hasPrototypeMember, ownMember, parseJson, type Json } from "./mod.ts";

const json: fc.Arbitrary<Json> = fc
  .jsonValue({ maxDepth: 4 })
  .map((value) => parseJson(JSON.stringify(value)))
  .filter((value) => !hasPrototypeMember(value));

describe("JSON values", () => {
  it("a copy is equal to its original and shares nothing with it", () => {
    fc.assert(
      fc.property(json, (value) => {
        const copy = cloneJson([value]);
        expect(equalJson(copy, [value])).toBe(true);
        const isContainer = typeof value === "object" && value !== null;
        expect(copy[0] === value).toBe(!isContainer);
      }),
    );
  });

  it("are equal exactly when their canonical texts are", () => {
    fc.assert(
      fc.property(json, json, (left, right) => {
        expect(equalJson(left, right)).toBe(sorted(left) === sorted(right));
      }),
    );
  });

  it("members are an object's own", () => {
    expect(ownMember({}, "constructor")).toBeUndefined();
    expect(hasPrototypeMember(parseJson('{"a":[{"__proto__":1}]}'))).toBe(true);
    expect(hasPrototypeMember(parseJson('{"constructor":1}'))).toBe(false);
  });

  it("an undefined member is an absent one", () => {
    expect(equalJson({ a: 1, b: undefined }, { a: 1 })).toBe(true);
    expect(equalJson({ a: 1 }, { a: 1, b: undefined })).toBe(true);
    expect(equalJson({ a: undefined }, { b: 1 })).toBe(false);
    expect(cloneJson({ a: undefined })).toStrictEqual({});
  });
});

function sorted(value: Json): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
