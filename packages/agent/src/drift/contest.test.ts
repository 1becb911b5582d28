import { describe, expect, it } from "vitest";
import { corrected, endOf, isOver, judgeContest, type Corrections } from "./contest.ts";

const NOW = 1_000_000;

/** An object that is changed again at once whenever it was put back: how long each correction had to wait. */
function tugOfWar(rounds: number): {
  readonly waits: readonly number[];
  readonly corrections: Corrections | undefined;
  readonly now: number;
} {
  const waits: number[] = [];
  let corrections: Corrections | undefined;
  let now = NOW;
  for (let round = 0; round < rounds; round++) {
    const { waitMs } = judgeContest(corrections, now);
    waits.push(waitMs);
    now += waitMs;
    corrections = corrected(corrections, now);
  }
  return { waits, corrections, now };
}

describe("corrections of one object", () => {
  it("are made at once, and with growing pauses when they are undone", () => {
    expect(tugOfWar(12).waits).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000, 300_000]);
  });

  it.each([
    [4, false],
    [5, true],
    [9, true],
  ])("after %i in a row are a contest: %s", (rounds, contested) => {
    const { corrections, now } = tugOfWar(rounds);
    expect(judgeContest(corrections, now).contested).toBe(contested);
  });

  it.each([
    [1, 60_000],
    [6, 64_000],
    [12, 600_000],
  ])("begin anew when the object was left alone for long enough: after %i corrections %i ms", (rounds, peaceMs) => {
    const { corrections = { count: 0, lastAt: 0 }, now } = tugOfWar(rounds);
    expect(endOf(corrections)).toBe(now + peaceMs);
    expect(isOver(corrections, now + peaceMs - 1)).toBe(false);
    expect(isOver(corrections, now + peaceMs)).toBe(true);
    expect(judgeContest(corrections, now + peaceMs)).toEqual({ waitMs: 0, contested: false });
    expect(corrected(corrections, now + peaceMs)).toEqual({ count: 1, lastAt: now + peaceMs });
  });
});
