/**
 * Runs things later, once per key: a key that is due already keeps its turn. No timer is left when
 * nothing is due, and none keeps the process alive.
 */
export type Clockwork = {
  /** Runs the work after the delay, unless the key waits already. */
  readonly after: (delayMs: number, key: string, work: () => void) => void;
  readonly stop: () => void;
};

export function startClockwork(onError: (error: unknown) => void): Clockwork {
  const timers = new Map<string, NodeJS.Timeout>();
  return {
    after: (delayMs, key, work) => {
      if (timers.has(key)) return;
      const timer = setTimeout(() => {
        timers.delete(key);
        try {
          work();
        } catch (error) {
          onError(error);
        }
      }, delayMs);
      timer.unref();
      timers.set(key, timer);
    },
    stop: () => {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}
