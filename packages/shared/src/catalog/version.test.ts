import { describe, expect, it } from "vitest";
import { compareVersions, isDnsLabel, isVersion, isVersionRange, versionInRange } from "./mod.ts";

describe("isVersion", () => {
  it.each([
    ["1.2.3", true],
    ["1.2.3-rc.1", true],
    ["1.2.3+build.5", true],
    ["1.2.3-rc.1+build", true],
    ["v1.2.3", false],
    ["1.2", false],
    [" 1.2.3", false],
    ["=1.2.3", false],
    ["1.2.3-01", false],
    ["01.2.3", false],
    ["", false],
    ["latest", false],
  ])("%j: %s", (text, expected) => {
    expect(isVersion(text)).toBe(expected);
  });
});

describe("isVersionRange", () => {
  it.each([
    [">=1.2 <1.3", true],
    ["1.x || 3.0.0", true],
    ["*", true],
    [">=1.2 <", false],
    ["latest", false],
  ])("%j: %s", (text, expected) => {
    expect(isVersionRange(text)).toBe(expected);
  });
});

describe("compareVersions", () => {
  it("orders by precedence, then by build metadata", () => {
    const ascending = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0", "1.0.0+a", "1.0.0+b", "1.2.0", "1.10.0"];
    expect(ascending.toReversed().sort(compareVersions)).toEqual(ascending);
  });
});

describe("versionInRange", () => {
  it("counts prereleases like other versions", () => {
    expect(versionInRange("1.5.0-rc.1", ">=1.4")).toBe(true);
    expect(versionInRange("1.5.0-rc.1", ">=1.5.0")).toBe(false);
    expect(versionInRange("not a version", "*")).toBe(false);
  });
});

describe("isDnsLabel", () => {
  it.each([
    ["cert-manager", true],
    ["a", true],
    ["0a", true],
    ["a".repeat(63), true],
    ["a".repeat(64), false],
    ["-a", false],
    ["a-", false],
    ["a.b", false],
    ["A", false],
    ["", false],
    ["a\n", false],
  ])("%j: %s", (name, expected) => {
    expect(isDnsLabel(name)).toBe(expected);
  });
});
