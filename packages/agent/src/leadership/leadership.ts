import type { LeaseTiming } from "./decide-lease.ts";

/** The right to act is gone: another agent may have it by now. */
export class LeadershipLostError extends Error {
  readonly code = "LeadershipLost";
  constructor(why: string) {
    super(`this agent may not act any more: ${why}`);
    this.name = "LeadershipLostError";
  }
}

/** For how long a leader may act if its Lease is not renewed any more: ms from now. */
export interface TimeLeft {
  /** Until it has to stop. */
  readonly stopMs: number;
  /** Until another one may begin. */
  readonly overMs: number;
}

/** An agent's right to act in its cluster. */
export interface RightToAct {
  /**
   * To be called right before anything is done.
   *
   * @throws LeadershipLostError when it is gone
   */
  check(): void;
  left(): TimeLeft;
}

/** The right to act in a cluster, for as long as the Lease is renewed in time. */
export class Leadership implements RightToAct {
  readonly #lost = new AbortController();
  readonly #timing: LeaseTiming;
  readonly #monotonic: () => number;
  #renewedAt: number;

  /** @param renewedAt when the request was sent that gave it, by the monotonic clock */
  constructor(timing: LeaseTiming, monotonic: () => number, renewedAt: number) {
    this.#timing = timing;
    this.#monotonic = monotonic;
    this.#renewedAt = renewedAt;
  }

  /** Aborted with a LeadershipLostError when it is over: whatever runs on its behalf ends then. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  get renewedAt(): number {
    return this.#renewedAt;
  }

  renewed(at: number): void {
    this.#renewedAt = at;
  }

  end(error: LeadershipLostError): void {
    this.#lost.abort(error);
  }

  left(): TimeLeft {
    const agedMs = this.#monotonic() - this.#renewedAt;
    return { stopMs: this.#timing.renewDeadlineMs - agedMs, overMs: this.#timing.durationMs - agedMs };
  }

  /** It asks the clock and no timer: after a process, or its event loop, has stood still, it knows so before anything that was waiting goes on. */
  check(): void {
    if (!this.signal.aborted && this.#monotonic() >= this.#renewedAt + this.#timing.renewDeadlineMs) {
      this.end(new LeadershipLostError("its Lease was not renewed in time"));
    }
    this.signal.throwIfAborted();
  }
}
