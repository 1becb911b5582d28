import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 100;
/** Long enough for two busy cores: a deadline only matters to a test that fails. */
export const PATIENCE_MS = 45_000;

/** What was waited for did not come. */
export class Overdue extends Error {
  readonly code = "OVERDUE";

  constructor(expectation: string, withinMs: number, last: unknown) {
    super(`waited ${withinMs / 1000} s until ${expectation}. The last that was seen:\n${JSON.stringify(last, undefined, 2)}`);
    this.name = "Overdue";
  }
}

/**
 * Asks again until the answer is as expected, and gives that answer.
 *
 * @throws Overdue with the last answer; whatever `ask` throws
 */
export async function eventually<T>(
  expectation: string,
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  { withinMs = PATIENCE_MS }: { readonly withinMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) {
      return answer;
    }
    if (performance.now() > deadline) {
      throw new Overdue(expectation, withinMs, answer);
    }
    await sleep(POLL_MS);
  }
}
