/**
 * Remembers, for all instances, what has failed outside of operations: deploying again what is installed, and taking a service away. Each
 * try of helm runs the chart's hooks and adds a revision, so they become rare. Forgotten with the process: then it is tried at once again. The
 * status tells people how often it was tried, and not for which secrets, which are a new reason to try.
 */
import type { Refusal } from "./state.ts";

/** What was tried for one reason, and has failed each time. */
export interface Failing {
  readonly count: number;
  /** ms since the Unix epoch. */
  readonly lastAt: number;
  /** What it came to the last time. */
  readonly problem: Refusal;
}

/** The pauses between so many tries are about a quarter of an hour together, and the revisions of a release that went well stay in its history. */
export const mostTries = 8;
const firstPauseMs = 5_000;
const growth = 3;
const longestPauseMs = 300_000;

/** How long to wait before the next try, in ms; 0: not any longer. Pure. */
export function pauseAfter({ count, lastAt }: Failing, now: number): number {
  return Math.max(0, lastAt + Math.min(firstPauseMs * growth ** (count - 1), longestPauseMs) - now);
}

/** It was tried so often that trying again needs a reason. Pure. */
export function isGivenUp({ count }: Failing): boolean {
  return count >= mostTries;
}

/** Whether the next try may be made now. Pure. */
export function isDue(failing: Failing | undefined, now: number): boolean {
  return failing === undefined || (!isGivenUp(failing) && pauseAfter(failing, now) === 0);
}

export class FailureBook {
  readonly #byInstance = new Map<string, Failing & { readonly cause: string }>();

  /** What has failed for this very cause: where that has changed, nothing was tried yet. */
  of(instance: string, cause: string): Failing | undefined {
    const failing = this.#byInstance.get(instance);
    return failing?.cause === cause ? failing : undefined;
  }

  failed(instance: string, cause: string, problem: Refusal, now: number): Failing {
    const count = (this.of(instance, cause)?.count ?? 0) + 1;
    const failing = { cause, count, lastAt: now, problem };
    this.#byInstance.set(instance, failing);
    return failing;
  }

  /** It went well, or the instance is gone. */
  forget(instance: string): void {
    this.#byInstance.delete(instance);
  }
}
