export interface TokenBucketLimits {
  /** At once, when nothing was taken for long. */
  readonly burst: number;
  /** How long one token takes to come back. */
  readonly refillMs: number;
}

/** So many at once and so many in the long run. */
export class TokenBucket {
  readonly #limits: TokenBucketLimits;
  #tokens: number;
  #at: number;

  constructor(limits: TokenBucketLimits, now: number) {
    this.#limits = limits;
    this.#tokens = limits.burst;
    this.#at = now;
  }

  /** Whether there was one. */
  take(now: number): boolean {
    const { burst, refillMs } = this.#limits;
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#at) / refillMs);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** When it will be as good as new. */
  get fullAt(): number {
    return this.#at + (this.#limits.burst - this.#tokens) * this.#limits.refillMs;
  }
}
