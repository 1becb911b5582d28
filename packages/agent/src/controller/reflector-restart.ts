import { ClientReason, isExpired, KubeError } from "../kube/mod.ts";
import { backoffMs, type Backoff } from "./backoff.ts";

/** How a reflector goes on after a list or a watch has failed. */
export interface Restart {
  /** `List` reads the whole state anew; `Watch` goes on where the last event left it. */
  readonly with: "List" | "Watch";
  readonly afterMs: number;
}

/** After client-go's reflector: 30 s at most, and quick at first because most API servers come back soon. */
const BACKOFF: Backoff = { baseMs: 100, maxMs: 30_000 };

/** What failed on the way, before or after the server's answer, says nothing about the history; the watch can go on. */
const ON_THE_WAY: ReadonlySet<string> = new Set([ClientReason.ConnectionFailed, ClientReason.Timeout, "TooManyRequests"]);

/**
 * A history that is gone needs a list, at once the first time. A watch that fell silent needs one too: one that waits for versions
 * of a server that was restored from a backup looks the same. So does every refusal, because only a list proves that all is well.
 *
 * @param failures in a row, this one included
 */
export function restartAfter(error: unknown, failures: number, random: () => number): Restart {
  if (isExpired(error) && failures === 1) return { with: "List", afterMs: 0 };
  const wished = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
  const afterMs = Math.max(backoffMs(BACKOFF, failures, random), wished);
  return { with: error instanceof KubeError && ON_THE_WAY.has(error.reason) ? "Watch" : "List", afterMs };
}
