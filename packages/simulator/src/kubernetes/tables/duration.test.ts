import { expect, it } from "vitest";
import { humanDuration, timeSince } from "./duration.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

it.each([
  [-5000, "<invalid>"],
  [-1000, "0s"],
  [0, "0s"],
  [119_000, "119s"],
  [120_000, "2m"],
  [9 * MINUTE + 5000, "9m5s"],
  [10 * MINUTE + 5000, "10m"],
  [179 * MINUTE, "179m"],
  [3 * HOUR, "3h"],
  [7 * HOUR + 30 * MINUTE, "7h30m"],
  [47 * HOUR, "47h"],
  [2 * DAY, "2d"],
  [7 * DAY + 3 * HOUR, "7d3h"],
  [9 * DAY + 3 * HOUR, "9d"],
  [729 * DAY, "729d"],
  [800 * DAY, "2y70d"],
  [3000 * DAY, "8y"],
])("%i ms are told as %s", (milliseconds, told) => {
  expect(humanDuration(milliseconds)).toBe(told);
});

it("does not know when it was that never was", () => {
  expect(timeSince("", 0)).toBe("<unknown>");
  expect(timeSince("1970-01-01T00:00:01Z", 6000)).toBe("5s");
});
