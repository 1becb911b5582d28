import { describe, expect, it } from "vitest";

import { reconnectDelayMs } from "./backoff.ts";

const policy = { maxDelayMs: 2_000, jitterMs: 500 };

describe("reconnectDelayMs", () => {
  it.each([
    ["the first attempt comes within the jitter", 0, 0, 0],
    ["the first attempt comes within the jitter", 0, 0.9, 450],
    ["then the pauses double", 1, 0, 100],
    ["then the pauses double", 2, 0, 200],
    ["then the pauses double", 5, 0, 1_600],
    ["up to the longest", 6, 0, 2_000],
    ["also after days", 100_000, 0, 2_000],
    ["and each is shortened by up to a half", 6, 0.75, 1_250],
  ])("%s (attempt %d, random %d): %d ms", (_rule, attempt, random, expected) => {
    expect(reconnectDelayMs(attempt, policy, random)).toBe(expected);
  });
});
