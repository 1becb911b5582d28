import { describe, expect, it } from "vitest";
import { ApiError } from "../errors/mod.ts";
import { parseFieldSelector, parseLabelSelector } from "./mod.ts";

const red = { color: "red", size: "10" };

describe("label selectors", () => {
  it.each<[string, boolean]>([
    ["", true],
    ["color", true],
    ["!color", false],
    ["shape", false],
    ["!shape", true],
    ["color=red", true],
    ["color==red", true],
    ["color = red , size=10", true],
    ["color!=red", false],
    ["shape!=round", true],
    ["color in (red,blue)", true],
    ["color in (blue)", false],
    ["color notin (blue, green)", true],
    ["shape notin (round)", true],
    ["size>9,size<11", true],
    ["size>10", false],
    ["color=", false],
    ["in in (in)", false],
  ])("%j", (selector, matches) => {
    expect(parseLabelSelector(selector)(red)).toBe(matches);
  });

  it.each([
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    ["=a", "found '=', expected: !, identifier, or 'end of string'"],
    ["a=b,", "found '', expected: identifier after ','"],
    ["a=b c", "found 'c', expected: ',' or 'end of string'"],
    ["a in (b", "unable to parse requirement: found '', expected: ',', ')' or identifier"],
  ])("%j is refused", (selector, message) => {
    expect(() => parseLabelSelector(selector)).toThrow(new ApiError(400, "BadRequest", message));
  });

  it("keys and values must be labels", () => {
    expect(() => parseLabelSelector("a/b/c=d")).toThrow("unable to parse requirement");
    expect(() => parseLabelSelector("a=$")).toThrow("a valid label must be");
  });

  it("labels of an object's prototype are none", () => {
    expect(parseLabelSelector("toString")({})).toBe(false);
  });
});

describe("field selectors", () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", namespace: "n" },
    spec: { nodeName: "x,y" },
    status: { phase: "Running" },
  };

  it.each<[string, boolean]>([
    ["", true],
    ["metadata.name=a", true],
    ["metadata.name==b", false],
    ["metadata.namespace!=m,status.phase=Running", true],
    ["spec.nodeName=x\\,y", true],
    ["status.podIP=", true],
  ])("%j", (selector, matches) => {
    expect(parseFieldSelector(selector, ["spec.nodeName", "status.phase", "status.podIP"])(pod)).toBe(matches);
  });

  it("know the fields of the kind only", () => {
    expect(() => parseFieldSelector("spec.x=1", ["spec.nodeName"])).toThrow("field label not supported: spec.x");
    expect(() => parseFieldSelector("spec.x=1", undefined)).toThrow('"spec.x" is not a known field selector');
    expect(() => parseFieldSelector("nonsense", [])).toThrow("invalid selector");
  });
});
