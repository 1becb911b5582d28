const FIRST_DELAY_MS = 100;

export interface ReconnectPolicy {
  readonly maxDelayMs: number;
  readonly jitterMs: number;
}

/**
 * How long to wait before attempt `attempt` (from 0) to connect again. The first one comes after a random part of the jitter, so that
 * a fleet does not come back at once; then the pauses double up to the longest, each shortened by up to a half at random.
 *
 * @param random from 0 to 1
 */
export function reconnectDelayMs(attempt: number, policy: ReconnectPolicy, random: number): number {
  if (attempt === 0) return Math.floor(policy.jitterMs * random);
  const pause = Math.min(policy.maxDelayMs, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 30));
  return Math.floor(pause * (1 - random / 2));
}
