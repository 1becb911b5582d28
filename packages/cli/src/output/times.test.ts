import { describe, expect, it } from "vitest";
import { age, shortDuration } from "./times.ts";

describe("shortDuration", () => {
  it.each([
    [0, "0s"],
    [119_999, "119s"],
    [120_000, "2m0s"],
    [599_000, "9m59s"],
    [600_000, "10m"],
    [3 * 3_600_000 - 1, "179m"],
    [3 * 3_600_000, "3h"],
    [47 * 3_600_000, "47h"],
    [48 * 3_600_000, "2d"],
  ])("shows %i ms as %s", (ms, text) => {
    expect(shortDuration(ms)).toBe(text);
  });
});

describe("age", () => {
  const now = Date.parse("2026-01-01T00:01:00Z");

  it("counts from the time to now; a clock that is behind gives no negative age", () => {
    expect(age("2026-01-01T00:00:30Z", now)).toBe("30s");
    expect(age("2026-01-01T00:02:00Z", now)).toBe("0s");
  });

  it("is empty where there is no time", () => {
    expect(age(undefined, now)).toBe("");
    expect(age("yesterday", now)).toBe("");
  });
});
