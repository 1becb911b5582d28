import { describe, expect, it } from "vitest";
import { Eagerness } from "./eagerness.ts";

describe("a key that asks to be looked at again", () => {
  it("at once, over and over, waits longer and longer, up to half a minute", () => {
    const eagerness = new Eagerness(() => 1);
    const delays = Array.from({ length: 20 }, () => eagerness.delayMs("a", 0) ?? 0);
    expect(delays.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(delays.at(-1)).toBe(30_000);
  });

  it("after a time gets that time", () => {
    expect(new Eagerness(() => 1).delayMs("a", 2_000)).toBe(2_000);
  });

  it.each([
    ["for a later look", 2_000],
    ["for none", undefined],
  ])("begins anew when it has asked %s, and others have nothing to do with it", (_, other) => {
    const eagerness = new Eagerness(() => 1);
    for (let time = 0; time < 5; time++) eagerness.delayMs("a", 0);
    expect(eagerness.delayMs("b", 0)).toBe(5);
    expect(eagerness.delayMs("a", other)).toBe(other);
    expect(eagerness.delayMs("a", 0)).toBe(5);
  });
});
