/** A clock that is kept by the network's time is nearer than that, and so is what a message takes on its way. */
const NOTICED_MS = 1_000;

/**
 * How far the clock of those who send messages is ahead of the clock by which these are stored, in ms. What a message waits on its way makes
 * it look sent by a slower clock, never by a faster one: of two in a row the one that waited less counts. Small changes change nothing.
 */
export class SkewEstimate {
  #previousMs: number | undefined;
  #skewMs = 0;

  /** @param measuredMs the time at which a message says that it was sent, less that at which it was stored */
  take(measuredMs: number): number {
    const skewMs = Math.max(measuredMs, this.#previousMs ?? measuredMs);
    this.#previousMs = measuredMs;
    if (Math.abs(skewMs) < NOTICED_MS) {
      this.#skewMs = 0;
    } else if (Math.abs(skewMs - this.#skewMs) >= NOTICED_MS) {
      this.#skewMs = skewMs;
    }
    return this.#skewMs;
  }
}
