import { describe, expect, it } from "vitest";
import { LabelSelectorError, matchesLabels, parseLabelSelector } from "./label-selector.ts";

const labels = { region: "eu", tier: "gold", "portolan.dev/wave": "1", empty: "" };

describe("matchesLabels", () => {
  it.each([
    ["", true],
    ["region=eu", true],
    ["region==eu,tier=gold", true],
    ["region=eu,tier=silver", false],
    ["region!=us", true],
    ["missing!=x", true],
    ["region in (us, eu)", true],
    ["region notin (us, eu)", false],
    ["missing notin (a)", true],
    ["portolan.dev/wave", true],
    ["!missing", true],
    ["!region", false],
    ["empty=", true],
    ["region=", false],
    ["in", false],
    [" region = eu , tier in (gold) ", true],
    ["constructor", false],
  ])("%s → %s", (selector, expected) => {
    expect(matchesLabels(parseLabelSelector(selector), labels)).toBe(expected);
  });
});

describe("parseLabelSelector", () => {
  it.each(["region=eu,", "=eu", "region in eu", "region in (eu", "a b", "a=b=c", "region=e%u", "-a", "a in ()b", "!", "a!b"])(
    "refuses %s and names the position",
    (selector) => {
      expect(() => parseLabelSelector(selector)).toThrow(LabelSelectorError);
      expect(() => parseLabelSelector(selector)).toThrow(/position \d+/u);
    },
  );
});
