import { describe, expect, it } from "vitest";
import { compare, IN_STEP, planRepair, type Comparison } from "./decide.ts";

/** Feeds heartbeats (time, in sync) and gives the times of the repairs. */
function repairsAt(...heartbeats: readonly (readonly [number, boolean])[]): number[] {
  let state: Comparison = IN_STEP;
  return heartbeats.flatMap(([nowMs, inSync]) => {
    const { after, repair } = compare(state, { inSync, intervalMs: 3_000, nowMs });
    state = after;
    return repair ? [nowMs] : [];
  });
}

describe("compare", () => {
  it("repairs at the second mismatch in a row", () => {
    expect(repairsAt([0, false], [3_000, false])).toEqual([3_000]);
  });

  it("does not repair what was on its way", () => {
    expect(repairsAt([0, false], [3_000, true], [6_000, false], [9_000, true])).toEqual([]);
  });

  it("does not take extra heartbeats in between for another chance", () => {
    expect(repairsAt([0, false], [10, false], [20, false])).toEqual([]);
    expect(repairsAt([0, false], [10, false], [3_000, false])).toEqual([3_000]);
  });

  it("tries again, less and less often, and at once after all was well", () => {
    const always = Array.from({ length: 60 }, (_, index) => [index * 3_000, false] as const);
    const times = repairsAt(...always);
    const pauses = times.map((time, index) => time - (times[index - 1] ?? 0)).slice(1);
    expect(pauses.length).toBeGreaterThan(2);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(pauses.at(-1)).toBeGreaterThan(20_000);
    expect(repairsAt(...always, [200_000, true], [203_000, false], [206_000, false]).at(-1)).toBe(206_000);
  });
});

describe("planRepair", () => {
  const standing = new Map([
    ["same", { digest: "1", sequence: 1, arrival: 1 }],
    ["other", { digest: "2", sequence: 2, arrival: 2 }],
    ["extra", { digest: "3", sequence: 3, arrival: 3 }],
    ["later", { digest: "4", sequence: 4, arrival: 4 }],
  ]);

  it("drops what is not listed and asks for what differs or is missing", () => {
    const listed = new Map([
      ["same", "1"],
      ["other", "9"],
      ["missing", "5"],
      ["later", "4"],
    ]);
    expect(planRepair(standing, 4, listed)).toEqual({ drop: [{ subject: "extra", sequence: 3 }], republish: ["other", "missing"] });
  });

  it("leaves alone what arrived after the list was asked for", () => {
    expect(planRepair(standing, 3, new Map([["same", "1"]])).drop.map(({ subject }) => subject)).toEqual(["other", "extra"]);
    expect(
      planRepair(
        standing,
        3,
        new Map([
          ["same", "1"],
          ["other", "2"],
          ["extra", "3"],
          ["later", "8"],
        ]),
      ),
    ).toEqual({ drop: [], republish: [] });
  });
});
