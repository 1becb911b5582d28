import { describe, expect, it } from "vitest";
import { parseJsonPath } from "./json-path.ts";

const value = {
  spec: { size: 3, list: ["one", "two"], "a.b": "dotted" },
  status: {
    conditions: [
      { type: "Other", status: "False" },
      { type: "Ready", status: "True" },
    ],
  },
};

describe("the JSONPath of a printer column", () => {
  it.each([
    [".spec.size", 3],
    [".spec.list[1]", "two"],
    [".spec.list[-1]", "two"],
    [".spec.list[*]", "one"],
    [".spec['a.b']", "dotted"],
    [String.raw`.spec.a\.b`, "dotted"],
    ['.status.conditions[?(@.type=="Ready")].status', "True"],
    [".status.conditions[?(@.type!='Ready')].status", "False"],
    [".status.conditions[?(@.type=='None')].status", undefined],
    [".spec.none.deeper", undefined],
    [".spec.toString", undefined],
  ])("%s finds %j", (path, found) => {
    expect(parseJsonPath(path)(value)).toStrictEqual(found);
  });

  it.each([".spec.list[0:1]", "..size", ".spec.list[(@.length-1)]"])("refuses %s, which is more than a simple one", (path) => {
    expect(() => parseJsonPath(path)).toThrow(`does not implement printer columns with the JSONPath ${path}`);
  });
});
