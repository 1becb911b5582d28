/** How long and how often a message is tried. */
export interface DeliveryPolicy {
  /** An endpoint answers within this, or the attempt has failed. */
  readonly timeoutMs: number;
  readonly firstPauseMs: number;
  readonly maxPauseMs: number;
  /** No attempt begins later than so long after the first. */
  readonly giveUpAfterMs: number;
  /** So many attempts run at a time for one endpoint. */
  readonly maxInFlight: number;
  /** So many messages wait for one endpoint, those between two attempts included. */
  readonly maxWaiting: number;
}

/** Some nine attempts within the hour. */
export const DEFAULT_POLICY: DeliveryPolicy = {
  timeoutMs: 15_000,
  firstPauseMs: 5_000,
  maxPauseMs: 15 * 60_000,
  giveUpAfterMs: 60 * 60_000,
  maxInFlight: 4,
  maxWaiting: 1_000,
};

const GROWTH = 3;
const GONE = 410;

/** What an attempt brought: an answer, or none. */
export type AttemptResult =
  | { readonly type: "answer"; readonly status: number; readonly retryAfterMs?: number }
  /** No answer: why, in a word. */
  | { readonly type: "none"; readonly why: string };

export type DeliveryDecision =
  | { readonly action: "done" }
  /** The endpoint wants to hear nothing more. */
  | { readonly action: "disable" }
  | { readonly action: "retry"; readonly pauseMs: number }
  | { readonly action: "giveUp" };

/**
 * What follows from an attempt: 2xx is done, 410 disables, everything else (redirects too: a signed message goes where it was meant to
 * go) is tried again until the time is over.
 *
 * @param attempt how many there were, from 1
 * @param ageMs since the first one began
 * @param random from 0 to 1: shortens the pause by up to a half, so that many messages do not come back at once
 */
export function afterAttempt(
  policy: DeliveryPolicy,
  { attempt, ageMs, random }: { readonly attempt: number; readonly ageMs: number; readonly random: number },
  result: AttemptResult,
): DeliveryDecision {
  if (result.type === "answer" && result.status >= 200 && result.status < 300) {
    return { action: "done" };
  }
  if (result.type === "answer" && result.status === GONE) {
    return { action: "disable" };
  }
  const grown = Math.min(policy.maxPauseMs, policy.firstPauseMs * GROWTH ** Math.min(attempt - 1, 20));
  const asked = result.type === "answer" ? Math.min(result.retryAfterMs ?? 0, policy.maxPauseMs) : 0;
  const pauseMs = Math.max(asked, Math.round(grown * (1 - random / 2)));
  return ageMs + pauseMs > policy.giveUpAfterMs ? { action: "giveUp" } : { action: "retry", pauseMs };
}

/** Of a `Retry-After` header: seconds or a date (RFC 9110). Undefined when there is none that can be read. */
export function readRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) {
    return undefined;
  }
  const pauseMs = /^\d{1,9}$/u.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(pauseMs) ? undefined : Math.max(0, pauseMs);
}
