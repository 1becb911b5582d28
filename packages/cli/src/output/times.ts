const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long ago something was, as kubectl shows ages: `12s`, `5m`, `3h`, `42d`. Empty for a time that cannot be read. */
export function age(time: string | undefined, nowMs: number): string {
  const ms = nowMs - Date.parse(time ?? "");
  return Number.isNaN(ms) ? "" : shortDuration(Math.max(0, ms));
}

/** A duration in its largest fitting unit, two units where the first would be too coarse. */
export function shortDuration(ms: number): string {
  if (ms < 2 * MINUTE_MS) {
    return `${Math.floor(ms / SECOND_MS)}s`;
  }
  if (ms < 10 * MINUTE_MS) {
    return `${Math.floor(ms / MINUTE_MS)}m${Math.floor((ms % MINUTE_MS) / SECOND_MS)}s`;
  }
  if (ms < 3 * HOUR_MS) {
    return `${Math.floor(ms / MINUTE_MS)}m`;
  }
  return ms < 2 * DAY_MS ? `${Math.floor(ms / HOUR_MS)}h` : `${Math.floor(ms / DAY_MS)}d`;
}
