import { describe, expect, it } from "vitest";
import { rolloutFixture, specFixture } from "./fleet.fixture.ts";
import type { Rollout } from "./model.ts";
import { PastDurations } from "./past-durations.ts";

const spec = specFixture({ version: "3.0.0" });
let uid = 0;

/** A rollout that has ended, with targets that took so long. */
function ended(from: string, to: string, ...ms: readonly number[]): Rollout {
  uid += 1;
  return {
    ...rolloutFixture([]),
    uid: `u${uid}`,
    finished: { result: "Succeeded", atMs: 9 },
    targets: ms.map((took, index) => ({
      cluster: `c${index}`,
      namespace: "default",
      name: "main",
      incarnation: "i",
      wave: 0,
      from,
      to,
      attempts: 1,
      decision: { type: "Settled", result: "Succeeded", atMs: 1_000 + took, sentAtMs: 1_000, reasons: [] },
    })),
  };
}

describe("the time that a way took", () => {
  it("is the median of the same way", () => {
    const past = new PastDurations();
    past.learn(ended("1.0.0", "3.0.0", 10, 30, 1_000));
    expect(past.estimate(spec, { from: "1.0.0", to: "3.0.0" }, ["2.0.0", "3.0.0"])).toBe(30);
  });

  it("is that of its steps, where nobody went the whole way", () => {
    const past = new PastDurations();
    past.learn(ended("1.0.0", "2.0.0", 10));
    past.learn(ended("2.0.0", "3.0.0", 20));
    expect(past.estimate(spec, { from: "1.0.0", to: "3.0.0" }, ["2.0.0", "3.0.0"])).toBe(30);
    expect(past.estimate(spec, { from: "0.9.0", to: "3.0.0" }, ["1.0.0", "2.0.0", "3.0.0"])).toBeUndefined();
  });

  it("is not known of another action, or of a rollout that has not ended", () => {
    const past = new PastDurations();
    const { finished: _finished, ...open } = ended("1.0.0", "2.0.0", 10);
    past.learn(open);
    expect(past.estimate(spec, { from: "1.0.0", to: "2.0.0" }, ["2.0.0"])).toBeUndefined();
    past.learn(ended("1.0.0", "2.0.0", 10));
    expect(past.estimate({ ...spec, action: "downgrade" }, { from: "1.0.0", to: "2.0.0" }, ["2.0.0"])).toBeUndefined();
  });

  it("counts a rollout once, however often it is read", () => {
    const past = new PastDurations();
    const one = ended("1.0.0", "2.0.0", 10, 10);
    past.learn(one);
    past.learn(one);
    past.learn(ended("1.0.0", "2.0.0", 50, 50, 50));
    expect(past.estimate(spec, { from: "1.0.0", to: "2.0.0" }, ["2.0.0"])).toBe(50);
  });
});
