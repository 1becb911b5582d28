import { describe, expect, it } from "vitest";
import { FailureBook, isDue, isGivenUp, mostTries, pauseAfter } from "./failure-book.ts";

const NOW = 1_000_000;
const problem = { code: "HookFailed", message: "helm upgrade: it failed" };

describe("what has failed outside of an operation", () => {
  it("is tried again after growing pauses, and so often that a good revision stays in the history of ten", () => {
    const book = new FailureBook();
    const pauses: number[] = [];
    for (let now = NOW; ;) {
      const failing = book.failed("apps/one", "secret 1", problem, now);
      if (isGivenUp(failing)) break;
      pauses.push(pauseAfter(failing, now));
      now += pauseAfter(failing, now);
    }
    expect(pauses).toEqual([5_000, 15_000, 45_000, 135_000, 300_000, 300_000, 300_000]);
    expect(book.of("apps/one", "secret 1")).toMatchObject({ count: mostTries, problem });
  });

  it("is due once the pause is over, and never when it was given up", () => {
    const failing = new FailureBook().failed("apps/one", "a", problem, NOW);
    expect(pauseAfter(failing, NOW + 4_999)).toBe(1);
    expect([4_999, 5_000].map((ms) => isDue(failing, NOW + ms))).toEqual([false, true]);
    expect(isDue(undefined, NOW)).toBe(true);
    expect(isDue({ ...failing, count: mostTries }, Number.MAX_SAFE_INTEGER)).toBe(false);
  });

  it("is tried at once for another cause, for another instance, and when it went well in between", () => {
    const book = new FailureBook();
    book.failed("apps/one", "secret 1", problem, NOW);
    expect(book.of("apps/one", "secret 2")).toBe(undefined);
    expect(book.of("apps/two", "secret 1")).toBe(undefined);
    expect(book.failed("apps/one", "secret 2", problem, NOW)).toMatchObject({ count: 1 });
    book.forget("apps/one");
    expect(book.of("apps/one", "secret 2")).toBe(undefined);
  });
});
