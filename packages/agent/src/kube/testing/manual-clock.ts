import type { CancelTimer, Clock } from "../clock.ts";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Resolves when all that could go on without time passing has gone on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Time that passes only by `advance`. */
export class ManualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(now = Date.UTC(2030, 0, 1)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  schedule(delayMs: number, callback: () => void): CancelTimer {
    const timer: Timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Runs the timers that fall due, each at its own time, and lets what they wake go on before the next. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settled();
    for (let next = this.#dueBy(until); next !== undefined; next = this.#dueBy(until)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settled();
    }
    this.#now = until;
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  #dueBy(until: number): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) if (timer.at <= until && (earliest === undefined || timer.at < earliest.at)) earliest = timer;
    return earliest;
  }
}
