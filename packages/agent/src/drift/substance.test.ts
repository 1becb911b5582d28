import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contains, substance } from "./substance.ts";

describe("contains", () => {
  it.each([
    [{ a: 1, b: { c: 2, d: 3 } }, { b: { c: 2 } }, true],
    [{ a: 1 }, { a: 2 }, false],
    [{ a: 1 }, { b: 1 }, false],
    [{ a: [1, 2] }, { a: [1, 2] }, true],
    [{ a: [1, 2] }, { a: [2, 1] }, false],
    [{ a: [1, 2, 3] }, { a: [1, 2] }, false],
    [{ a: [{ b: 1, defaulted: true }] }, { a: [{ b: 1 }] }, true],
    [{ a: "500m" }, { a: "0.5" }, false],
    [{ a: null }, { a: {} }, false],
    [{ a: [] }, { a: {} }, false],
    [undefined, {}, false],
  ])("%j ⊇ %j: %s", (actual, wanted, expected) => {
    expect(contains(actual, wanted)).toBe(expected);
  });

  it("holds of every value and itself, and of what was added to it", () => {
    const property = fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (value, added) => {
      expect(contains(value, value)).toBe(true);
      expect(contains({ ...value, "another key": added }, value)).toBe(true);
    });
    fc.assert(property, { numRuns: 100 });
  });
});

it("substance is what somebody wrote, without what the API server keeps about it", () => {
  const object = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "x", namespace: "a", labels: { b: "c" }, uid: "u", resourceVersion: "1", managedFields: [], generation: 1 },
    data: { d: "e" },
    status: { ready: true },
  };
  expect(substance(object)).toEqual({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "x", namespace: "a", labels: { b: "c" }, annotations: undefined },
    data: { d: "e" },
  });
});
