import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FirstLook } from "./first-look.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("is over when every instance was looked at once, and says so once", () => {
  const over = vi.fn<() => void>();
  const look = new FirstLook(over);
  look.expect(["a/1", "a/2"]);
  look.done("a/1");
  look.done("a/1");
  look.done("b/new");
  expect(look.isOver).toBe(false);
  look.done("a/2");
  expect(look.isOver).toBe(true);
  look.done("a/2");
  vi.runAllTimers();
  expect(over).toHaveBeenCalledTimes(1);
});

it("is over at once where there is nothing to look at", () => {
  const over = vi.fn<() => void>();
  new FirstLook(over).expect([]);
  expect(over).toHaveBeenCalledTimes(1);
});

it("does not wait forever for one instance", () => {
  const look = new FirstLook(() => {});
  look.expect(["a/1"]);
  vi.advanceTimersByTime(9_999);
  expect(look.isOver).toBe(false);
  vi.advanceTimersByTime(1);
  expect(look.isOver).toBe(true);
});
