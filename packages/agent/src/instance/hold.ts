/** Waits for a maintenance window, and looks after what is installed meanwhile. */
import { configDigest } from "./config-digest.ts";
import { maintain } from "./maintain.ts";
import { nothingPending, operationSituation, restSituation } from "./status.ts";
import { writeStatus, type Next, type Turn } from "./turn.ts";
import type { WindowHold } from "./window-hold.ts";

/** Clocks are set, and machines sleep: nobody waits longer than this for a time without looking at the clock again. */
const longestWaitMs = 3_600_000;

export async function hold(turn: Turn, { reason, opensAtMs }: WindowHold): Promise<Next> {
  const { instance } = turn;
  const { operation, configDigest: installedWith } = instance.status ?? {};
  const missing = turn.state.secrets.missing;
  if (operation !== undefined) {
    await writeStatus(turn, { ...operationSituation(operation, missing), ready: { status: "False", ...reason } });
    return soonest({ restMs: undefined }, opensAtMs, turn.now());
  }
  // With another configuration in the spec, what was applied cannot be told from what would be.
  if (installedWith === configDigest(instance.spec)) {
    return soonest(await maintain(turn, { phase: "Ready", reason, stalled: false }), opensAtMs, turn.now());
  }
  await writeStatus(turn, { ...restSituation("Ready", reason, false, missing), reconciling: true }, nothingPending(instance));
  return soonest({ restMs: undefined }, opensAtMs, turn.now());
}

/** The same, but looked at again not later than at a time (ms since the Unix epoch). */
export function soonest(next: Next, atMs: number | undefined, nowMs: number): Next {
  if ("again" in next || atMs === undefined) return next;
  const waitMs = Math.min(Math.max(0, atMs - nowMs), longestWaitMs);
  return { restMs: Math.min(next.restMs ?? waitMs, waitMs) };
}
