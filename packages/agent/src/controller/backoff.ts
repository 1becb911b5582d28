/** Waiting longer after each failure in a row: base, twice the base, … up to the longest. */
export interface Backoff {
  readonly baseMs: number;
  readonly maxMs: number;
}

/**
 * How long to wait after so many failures in a row. Half of it is by chance, so that those who failed together do not come back
 * together.
 *
 * @param failures 1 or more
 * @param random in [0, 1), as Math.random
 */
export function backoffMs({ baseMs, maxMs }: Backoff, failures: number, random: () => number): number {
  const full = Math.min(maxMs, baseMs * 2 ** (failures - 1));
  return full * (0.5 + random() / 2);
}
