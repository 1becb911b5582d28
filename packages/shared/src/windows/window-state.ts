import type { MaintenanceWindow } from "./parse.ts";

/** Whether steps may begin now, and until when, or from when. */
export type WindowState =
  /** At least until then: windows that follow one another are joined, up to a day. */
  { readonly open: true; readonly untilMs: number } | { readonly open: false; readonly opensAtMs: number };

const furthestMs = 24 * 60 * 60 * 1000;

/**
 * The state of several windows together, of which any one is enough; without windows they are always open. A window opens at each time of
 * its pattern, by the clock of its zone, and stays open for its duration in real time, also when the clock is put forward or back in
 * between. A time that the clock leaves out opens it when the clock goes on; one that comes twice, the first time.
 */
export function windowState(windows: readonly MaintenanceWindow[], nowMs: number): WindowState {
  if (windows.length === 0) return { open: true, untilMs: Number.POSITIVE_INFINITY };
  let untilMs = nowMs;
  for (let endMs = endOf(windows, nowMs); endMs > untilMs && untilMs < nowMs + furthestMs; endMs = endOf(windows, untilMs)) {
    untilMs = endMs;
  }
  if (untilMs > nowMs) return { open: true, untilMs };
  return { open: false, opensAtMs: Math.min(...windows.map(({ opens }) => opens.nextRun(new Date(nowMs))?.getTime() ?? Infinity)) };
}

/** The latest end of those windows that are open at a time; that time itself when none is. */
function endOf(windows: readonly MaintenanceWindow[], atMs: number): number {
  return Math.max(
    atMs,
    ...windows.map(({ opens, durationMs }) => {
      // croner's "before" leaves out the very time that is asked for, and a window is open from its first moment.
      const [openedAt] = opens.previousRuns(1, new Date(atMs + 1));
      return openedAt === undefined ? atMs : openedAt.getTime() + durationMs;
    }),
  );
}
