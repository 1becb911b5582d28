import { backoffMs, type Backoff } from "./backoff.ts";

/** Wishes to be looked at again sooner than this count as "at once". */
const atOnceMs = 10;
const backoff: Backoff = { baseMs: 5, maxMs: 30_000 };

/**
 * Slows down reconciles that ask to be looked at again at once, time after time. Once or twice that is legitimate, as after a conflict;
 * what goes on asking would burn a core, and its writes the API server.
 *
 * After controller-runtime, which limits the rate of `Requeue` and forgets it after any other result.
 */
export class Eagerness {
  readonly #random: () => number;
  /** How often in a row each key has asked. */
  readonly #inARow = new Map<string, number>();

  /** @param random in [0, 1), as Math.random */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** When a key is looked at again that has asked for it after a time; undefined when it has not asked. */
  delayMs(key: string, requeueAfterMs: number | undefined): number | undefined {
    if (requeueAfterMs === undefined || requeueAfterMs >= atOnceMs) {
      this.#inARow.delete(key);
      return requeueAfterMs;
    }
    const inARow = (this.#inARow.get(key) ?? 0) + 1;
    this.#inARow.set(key, inARow);
    return Math.max(requeueAfterMs, backoffMs(backoff, inARow, this.#random));
  }
}
