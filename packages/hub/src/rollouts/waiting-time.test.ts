import { describe, expect, it } from "vitest";
import { specFixture } from "./fleet.fixture.ts";
import { waitEndsAtMs } from "./waiting-time.ts";

const HOUR_MS = 3_600_000;
const NIGHTLY = [{ cron: "0 2 * * *", duration: "1h" }];

describe("waitEndsAtMs", () => {
  it.each<[string, windows: readonly object[], sinceHours: number, waitHours: number, endHours: number, resumedHours?: number]>([
    ["counts from the beginning where there are no windows", [], 5, 3, 8],
    ["does not count while they are closed", NIGHTLY, 0, 0.5, 2.5],
    ["counts what is left of an open one", NIGHTLY, 2.75, 0.25, 3],
    ["goes on in the next one", NIGHTLY, 2.75, 0.5, 26.25],
    ["goes on over many", NIGHTLY, 0, 3.5, 3 * 24 + 2.5],
    ["does not count before it was resumed", [], 5, 3, 13, 10],
    ["does not count twice what was before the beginning", [], 5, 3, 8, 1],
  ])("%s", (_case, windows, sinceHours, waitHours, endHours, resumedHours) => {
    const rollout = { spec: specFixture({ windows }), ...(resumedHours === undefined ? {} : { resumedAtMs: resumedHours * HOUR_MS }) };
    expect(waitEndsAtMs(rollout, sinceHours * HOUR_MS, waitHours * HOUR_MS) / HOUR_MS).toBe(endHours);
  });
});
