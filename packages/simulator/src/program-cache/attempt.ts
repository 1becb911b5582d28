/** One place that was looked in, or one way that was tried, for a program, and what came of it. */
export interface Attempt {
  readonly place: string;
  readonly outcome: string;
}

/** The attempts as the lines of an error message. */
export function describeAttempts(attempts: readonly Attempt[]): string {
  return attempts.map(({ place, outcome }) => `  - ${place}: ${outcome}`).join("\n");
}
