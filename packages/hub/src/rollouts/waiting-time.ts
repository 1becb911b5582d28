import { parseWindows, windowState, type MaintenanceWindow } from "@portolan/shared/windows";
import type { Rollout } from "./model.ts";

/**
 * When something has waited long enough that could have come at any time since then. While the rollout's own windows are closed nothing
 * can, and before it was resumed nothing could: that does not count. Infinite where the windows never open.
 */
export function waitEndsAtMs({ spec, resumedAtMs = 0 }: Pick<Rollout, "spec" | "resumedAtMs">, sinceMs: number, waitMs: number): number {
  const parsed = parseWindows(spec.windows, "windows");
  return addOpenTime(parsed.valid ? parsed.windows : [], Math.max(sinceMs, resumedAtMs), waitMs);
}

/** When windows have been open for so long in all since then. */
function addOpenTime(windows: readonly MaintenanceWindow[], sinceMs: number, openMs: number): number {
  let atMs = sinceMs;
  let leftMs = openMs;
  while (atMs !== Infinity) {
    const state = windowState(windows, atMs);
    if (!state.open) {
      atMs = state.opensAtMs;
    } else if (leftMs <= state.untilMs - atMs) {
      return atMs + leftMs;
    } else {
      leftMs -= state.untilMs - atMs;
      atMs = state.untilMs;
    }
  }
  return Infinity;
}
