import { Cron } from "croner";

/** A window as a person writes it: `spec.upgradePolicy.windows` of an instance, `windows` of a rollout. */
export interface WindowSpec {
  /** When it opens: minute, hour, day of month, month, day of week. */
  readonly cron: string;
  /** How long it stays open: `90m`, `4h`, `1h30m`. */
  readonly duration: string;
  /** IANA name; UTC by default. */
  readonly timeZone?: string;
}

export interface MaintenanceWindow {
  readonly opens: Cron;
  readonly durationMs: number;
}

export type ParsedWindows =
  | { readonly valid: true; readonly windows: readonly MaintenanceWindow[] }
  | { readonly valid: false; readonly problem: string };

const minuteMs = 60_000;
const longestMs = 7 * 24 * 60 * minuteMs;
/** Any time: a pattern that has no next run then has none at all. */
const anyTime = new Date(Date.UTC(2000, 0, 1));

/**
 * Reads windows. What is wrong is said of the first that is, by its place.
 *
 * @param path where the windows stand, for example `spec.upgradePolicy.windows`
 */
export function parseWindows(specs: readonly WindowSpec[], path: string): ParsedWindows {
  const windows: MaintenanceWindow[] = [];
  for (const [index, spec] of specs.entries()) {
    const parsed = parseWindow(spec);
    if ("problem" in parsed) return { valid: false, problem: `${path}[${index}].${parsed.problem}` };
    windows.push(parsed);
  }
  return { valid: true, windows };
}

function parseWindow({ cron, duration, timeZone = "UTC" }: WindowSpec): MaintenanceWindow | { readonly problem: string } {
  const durationMs = parseDuration(duration);
  if (durationMs === undefined) {
    return { problem: `duration: expected hours and minutes up to a week, as 4h or 1h30m, found ${JSON.stringify(duration)}` };
  }
  if (!isTimeZone(timeZone)) return { problem: `timeZone: expected an IANA name, as Europe/Lisbon, found ${JSON.stringify(timeZone)}` };
  const opens = parseCron(cron, timeZone);
  if (opens === undefined) {
    return { problem: `cron: expected minute, hour, day of month, month and day of week, found ${JSON.stringify(cron)}` };
  }
  if (opens.nextRun(anyTime) === null) return { problem: `cron: ${JSON.stringify(cron)} names a day that does not exist` };
  return { opens, durationMs };
}

function parseDuration(text: string): number | undefined {
  const [, hours = "0", minutes = "0"] = /^(?:(\d{1,3})h)?(?:(\d{1,5})m)?$/u.exec(text) ?? [];
  const durationMs = (Number(hours) * 60 + Number(minutes)) * minuteMs;
  return durationMs > 0 && durationMs <= longestMs ? durationMs : undefined;
}

function isTimeZone(name: string): boolean {
  // Offsets such as +02:00 are taken by Intl, but know no daylight saving time: whoever writes one is in for a surprise.
  if (!/^[A-Za-z]/u.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) instanceof Intl.DateTimeFormat;
  } catch {
    // That is how Intl says that it knows no such zone.
    return false;
  }
}

function parseCron(pattern: string, timezone: string): Cron | undefined {
  // croner puts the time of reading in the place of `?`: the same spec would mean something else after every restart.
  if (pattern.includes("?")) return undefined;
  try {
    return new Cron(pattern, { timezone, mode: "5-part" });
  } catch {
    // The caller names what was expected and found; croner's words are about its own options.
    return undefined;
  }
}
