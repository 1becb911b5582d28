import { describe, expect, it } from "vitest";
import { SkewEstimate } from "./skew-estimate.ts";

const MINUTE_MS = 60_000;

describe("the skew of a clock", () => {
  it.each<[string, readonly number[], number]>([
    ["is nothing while clocks agree within a second", [-900, 900, 3], 0],
    ["is what is measured", [10 * MINUTE_MS], 10 * MINUTE_MS],
    ["stays when what is measured hardly changes", [-10 * MINUTE_MS, -10 * MINUTE_MS - 700, -10 * MINUTE_MS + 999], -10 * MINUTE_MS],
    ["does not come from one message that was late", [0, -5 * MINUTE_MS], 0],
    ["comes from every one that is", [0, -5 * MINUTE_MS, -5 * MINUTE_MS], -5 * MINUTE_MS],
    ["ends when the clock is set right", [10 * MINUTE_MS, 0, 0], 0],
  ])("%s", (_case, measured, expected) => {
    const estimate = new SkewEstimate();
    expect(measured.map((ms) => estimate.take(ms)).at(-1)).toBe(expected);
  });
});
