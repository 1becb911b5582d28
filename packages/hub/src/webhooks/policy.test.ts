import { describe, expect, it } from "vitest";
import { afterAttempt, DEFAULT_POLICY, readRetryAfter, type AttemptResult } from "./policy.ts";

const answer = (status: number, retryAfterMs?: number): AttemptResult => ({
  type: "answer",
  status,
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});
const first = { attempt: 1, ageMs: 0, random: 0 };

describe("afterAttempt", () => {
  it.each([
    [answer(200), { action: "done" }],
    [answer(204), { action: "done" }],
    [answer(410), { action: "disable" }],
    [answer(302), { action: "retry", pauseMs: 5_000 }],
    [answer(400), { action: "retry", pauseMs: 5_000 }],
    [answer(500), { action: "retry", pauseMs: 5_000 }],
    [answer(429, 60_000), { action: "retry", pauseMs: 60_000 }],
    [answer(503, 10 * 3_600_000), { action: "retry", pauseMs: 900_000 }],
    [{ type: "none", why: "ECONNREFUSED" } as const, { action: "retry", pauseMs: 5_000 }],
  ])("%j → %j", (result, decision) => {
    expect(afterAttempt(DEFAULT_POLICY, first, result)).toEqual(decision);
  });

  it.each([0, 0.5, 1])("tries several times within the hour, with growing pauses, and never later (jitter %d)", (random) => {
    let ageMs = 0;
    const pauses: number[] = [];
    const decide = () => afterAttempt(DEFAULT_POLICY, { attempt: pauses.length + 1, ageMs, random }, answer(500));
    let decision = decide();
    while (decision.action === "retry") {
      pauses.push(decision.pauseMs);
      ageMs += decision.pauseMs;
      decision = decide();
    }
    expect(decision).toEqual({ action: "giveUp" });
    expect(ageMs).toBeLessThanOrEqual(3_600_000);
    expect(pauses.length).toBeGreaterThanOrEqual(7);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
  });
});

describe("readRetryAfter", () => {
  it.each([
    [null, undefined],
    ["120", 120_000],
    ["Thu, 01 Jan 1970 00:01:00 GMT", 50_000],
    ["Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["soon", undefined],
  ])("%s → %s", (header, expected) => {
    expect(readRetryAfter(header, 10_000)).toBe(expected);
  });
});
