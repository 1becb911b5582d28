import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { UntoldNews } from "./untold-news.ts";

describe("what another hub has stored", () => {
  let isKnown: boolean;
  let told: string[];
  let untold: UntoldNews;

  beforeEach(() => {
    vi.useFakeTimers({ now: 100_000 });
    isKnown = false;
    told = [];
    untold = new UntoldNews({
      now: Date.now,
      isKnown: () => isKnown,
      tellMissing: ({ records }) => told.push(...records.map(({ id }) => id)),
    });
  });
  afterEach(() => {
    untold.stop();
    vi.useRealTimers();
  });
  const add = (id: string) => untold.add({ records: [{ id, atMs: Date.now(), actor: "ada", action: "RolloutPaused" }], events: [] });

  it("is told at once where it was stored before, as soon as it is known what was told", () => {
    add("before");
    expect(told).toEqual([]);
    isKnown = true;
    untold.look();
    expect(told).toEqual(["before"]);
  });

  it("is left to that hub for a moment where it comes later", async () => {
    isKnown = true;
    untold.look();
    add("later");
    await vi.advanceTimersByTimeAsync(2_900);
    expect(told).toEqual([]);
    await vi.advanceTimersByTimeAsync(600);
    expect(told).toEqual(["later"]);
  });
});
