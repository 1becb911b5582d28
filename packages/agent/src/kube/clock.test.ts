import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sleep, systemClock } from "./clock.ts";
import { ManualClock, settled } from "./testing/mod.ts";

describe("systemClock", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it("waits for delays that are longer than one timer of Node's can be", () => {
    const days = 86_400_000;
    const callback = vi.fn<() => void>();
    systemClock.schedule(60 * days, callback);
    vi.advanceTimersByTime(60 * days - 1);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(callback).toHaveBeenCalledOnce();
  });

  it("asks for no delay below zero, which Node warns of", () => {
    const timers = vi.spyOn(globalThis, "setTimeout");
    const callback = vi.fn<() => void>();
    systemClock.schedule(-0.5, callback);
    expect(timers).toHaveBeenCalledWith(callback, 0);
  });

  it("can be cancelled in any part of a long delay", () => {
    const callback = vi.fn<() => void>();
    const cancel = systemClock.schedule(2 ** 32, callback);
    vi.advanceTimersByTime(2 ** 31 + 5);
    cancel();
    vi.advanceTimersByTime(2 ** 32);
    expect(callback).not.toHaveBeenCalled();
  });
});

describe("sleep", () => {
  it("ends when its time has come, and leaves nothing behind", async () => {
    const clock = new ManualClock();
    const waiting = sleep(clock, 100, new AbortController().signal);
    await clock.advance(100);
    await expect(waiting).resolves.toBeUndefined();
    expect(clock.pendingTimers).toBe(0);
  });

  it("ends with the signal's reason, before or while it waits", async () => {
    const clock = new ManualClock();
    const caller = new AbortController();
    const waiting = sleep(clock, 100, caller.signal);
    await settled();
    caller.abort("enough");
    await expect(waiting).rejects.toThrow("enough");
    await expect(sleep(clock, 100, caller.signal)).rejects.toThrow("enough");
    expect(clock.pendingTimers).toBe(0);
  });
});
