import { describe, expect, it } from "vitest";
import { soonest } from "./hold.ts";
import { anInstance, NOW } from "./state.fixture.ts";

describe("soonest", () => {
  it.each<[what: string, restMs: number | undefined, atMs: number | undefined, expected: number | undefined]>([
    ["keeps the wait without a time", 5_000, undefined, 5_000],
    ["waits for the time exactly", undefined, NOW + 90_000, 90_000],
    ["waits for whichever comes first", 5_000, NOW + 90_000, 5_000],
    ["does not wait for what is over", 5_000, NOW - 1, 0],
    ["looks at the clock once an hour", undefined, NOW + 24 * 3_600_000, 3_600_000],
  ])("%s", (_, restMs, atMs, expected) => {
    expect(soonest({ restMs }, atMs, NOW)).toEqual({ restMs: expected });
  });

  it("looks again at once where that is due", () => {
    const next = { again: anInstance() };
    expect(soonest(next, NOW + 1, NOW)).toBe(next);
  });
});
