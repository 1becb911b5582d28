/** How often an object was put back, and when it may be again: whoever undoes each correction must not be raced with. Pure. */

/** What was put back, and not left alone for long since. */
export interface Corrections {
  readonly count: number;
  /** ms since the Unix epoch. */
  readonly lastAt: number;
}

export interface ContestVerdict {
  /** ms until the object may be put back; 0: now. */
  readonly waitMs: number;
  /** Somebody undoes what is put back. */
  readonly contested: boolean;
}

const firstPauseMs = 1_000;
const longestPauseMs = 300_000;
/** So many corrections one after the other are no accident. */
const contestedFrom = 5;
const shortestPeaceMs = 60_000;

/** Whether an object that has drifted may be put back now. */
export function judgeContest(corrections: Corrections | undefined, now: number): ContestVerdict {
  if (corrections === undefined || isOver(corrections, now)) return { waitMs: 0, contested: false };
  return {
    waitMs: Math.max(0, corrections.lastAt + pauseMs(corrections) - now),
    contested: corrections.count >= contestedFrom,
  };
}

/** After the object was put back. */
export function corrected(before: Corrections | undefined, now: number): Corrections {
  return { count: before === undefined || isOver(before, now) ? 1 : before.count + 1, lastAt: now };
}

/** It was left as it is for long enough: the next change is a new story. */
export function isOver(corrections: Corrections, now: number): boolean {
  return now >= endOf(corrections);
}

/** When that will be. */
export function endOf(corrections: Corrections): number {
  return corrections.lastAt + Math.max(shortestPeaceMs, 2 * pauseMs(corrections));
}

function pauseMs({ count }: Corrections): number {
  return Math.min(firstPauseMs * 2 ** (count - 1), longestPauseMs);
}
