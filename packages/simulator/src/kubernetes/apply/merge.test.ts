import { describe, expect, it } from "vitest";
import { parseSchema } from "../schema/mod.ts";
import type { Json } from "../json/mod.ts";
import { checkMergeable, describeMergeProblems } from "./check.ts";
import { merge } from "./merge.ts";
import { mergeTypeOf } from "./merge-type.ts";

const items = { type: "object", properties: { name: { type: "string" }, n: { type: "integer" } } };
const type = mergeTypeOf(
  parseSchema({
    type: "object",
    properties: {
      list: { type: "array", items, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] },
      flag: { type: "boolean" },
    },
  }),
);
const named = (...names: string[]): Json => ({ list: names.map((name) => ({ name })) });

describe("merging lists of maps", () => {
  // The cases of structured-merge-diff's own tests (typed/merge_test.go): the order that Kubernetes keeps.
  it.each<[string[], string[], string[]]>([
    [["a", "b"], ["a"], ["a", "b"]],
    [
      ["a", "b", "c"],
      ["c", "b", "a"],
      ["c", "b", "a"],
    ],
    [
      ["a", "b", "c"],
      ["c", "a"],
      ["b", "c", "a"],
    ],
    [["a", "b"], ["c"], ["a", "b", "c"]],
    [
      ["a", "b", "c", "d"],
      ["d", "a"],
      ["b", "c", "d", "a"],
    ],
    [
      ["a", "c"],
      ["a", "b", "c"],
      ["a", "b", "c"],
    ],
  ])("%j with %j laid over is %j", (left, right, result) => {
    expect(merge(type, named(...left), named(...right))).toStrictEqual(named(...result));
  });

  it("shared items are merged by their members", () => {
    expect(merge(type, { list: [{ name: "a", n: 1 }] }, { list: [{ name: "a" }] })).toStrictEqual({ list: [{ name: "a", n: 1 }] });
    expect(merge(type, { list: [{ name: "a", n: 1 }] }, { list: [{ name: "a", n: 2 }] })).toStrictEqual({ list: [{ name: "a", n: 2 }] });
  });
});

describe("values that do not fit", () => {
  it.each<[Json, string]>([
    [{ other: 1 }, ".other: field not declared in schema"],
    [{ flag: "yes" }, '.flag: expected boolean, got "yes"'],
    [
      { list: [{ n: 1 }] },
      '.list: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn\'t have default values for any key fields)',
    ],
    [{ list: [{ name: "a" }, { name: "a" }] }, '.list: duplicate entries for key [name="a"]'],
    [{ list: [{ name: "a", n: "x" }] }, '.list[name="a"].n: expected numeric (int or float), got string'],
  ])("%j", (value, problem) => {
    expect(describeMergeProblems(checkMergeable(type, value, { allowDuplicates: false }))).toBe(problem);
  });
});
