import { describe, expect, it } from "vitest";

import { decideFollow } from "./follow-decision.ts";

const known = { created: "t1", lastSequence: 10, serverId: "s1" };
const values = { consuming: false, lastValues: true };
const log = { consuming: false, lastValues: false };

describe("decideFollow", () => {
  it.each([
    ["a stream that is seen for the first time is read from its start", undefined, known, values, { action: "restart", reset: false }],
    [
      "a stream that was made anew resets",
      known,
      { ...known, created: "t2", lastSequence: 50 },
      values,
      { action: "restart", reset: true },
    ],
    [
      "also while the consumer seems to be there",
      known,
      { ...known, created: "t2" },
      { ...values, consuming: true },
      { action: "restart", reset: true },
    ],
    ["a stream that lost its end resets", known, { ...known, lastSequence: 9 }, values, { action: "restart", reset: true }],
    ["a consumer that is trusted goes on", known, { ...known, lastSequence: 12 }, { ...values, consuming: true }, { action: "keep" }],
    ["without one it is read on after the last message", known, { ...known, lastSequence: 12 }, values, { action: "resume", after: 10 }],
    [
      "after a restart of the server last values are read again",
      known,
      { ...known, serverId: "s2" },
      values,
      { action: "restart", reset: false },
    ],
    ["and a log is read on", known, { ...known, serverId: "s2" }, log, { action: "resume", after: 10 }],
  ])("%s", (_rule, before, observed, follower, decision) => {
    expect(decideFollow(before, observed, follower)).toEqual(decision);
  });
});
