import { describe, expect, it } from "vitest";
import type { Action } from "./actions.ts";
import { givenUp, mostAttempts, overdue, pauseOf } from "./attempts.ts";
import { retryAction, startAction } from "./cursor.ts";
import { operation } from "./operation.fixture.ts";

const START = Date.parse("2030-01-01T00:00:00.000Z");
const deploy: Action = { name: "deploy", kind: "deploy", timeoutSeconds: 600 };
const started = startAction(operation, "deploy", new Date(START).toISOString());
const tried = (attempt: number) => ({ ...started, cursor: { ...started.cursor, attempt } });

describe("attempts", () => {
  it("come after longer and longer pauses, up to half a minute", () => {
    expect([1, 2, 3, 6, 7, 8, 24].map((attempt) => pauseOf(tried(attempt)))).toEqual([500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it("end, so that an error that never passes does not keep an operation for ever", () => {
    let last = started;
    let pausesMs = 0;
    while (givenUp(last, { ...deploy, timeoutSeconds: 86_400 }, "no", START + pausesMs) === undefined) {
      pausesMs += pauseOf(last);
      last = retryAction(last, "no", new Date(START + pausesMs).toISOString());
    }
    expect(last.cursor.attempt).toBe(mostAttempts);
    expect(pausesMs).toBeGreaterThan(5 * 60_000);
    expect(pausesMs).toBeLessThan(15 * 60_000);
    expect(givenUp(last, deploy, "it says no", START)).toEqual({
      code: "TooManyAttempts",
      message: `deploy was tried ${mostAttempts} times: it says no`,
    });
  });

  it.each([
    ["in time", 600_000, undefined],
    ["too late", 600_001, { code: "Timeout", message: "deploy took longer than 600 s: it says no" }],
  ])("that are %s", (_, age, expected) => {
    expect(overdue(started, deploy, "it says no", START + age)).toEqual(expected);
    expect(givenUp(started, deploy, "it says no", START + age)).toEqual(expected);
  });
});
