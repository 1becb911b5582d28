import { describe, expect, it } from "vitest";
import { parseWindows, windowState, type WindowSpec, type WindowState } from "./mod.ts";

function stateOf(specs: readonly WindowSpec[], now: string): WindowState {
  const parsed = parseWindows(specs, "windows");
  if (!parsed.valid) throw new Error(parsed.problem);
  return windowState(parsed.windows, Date.parse(now));
}

const open = (until: string): WindowState => ({ open: true, untilMs: Date.parse(until) });
const closed = (opensAt: string): WindowState => ({ open: false, opensAtMs: Date.parse(opensAt) });

const nightly: WindowSpec = { cron: "0 2 * * *", duration: "2h" };
/** 02:30 does not exist in Berlin on 31 March 2030 and comes twice on 27 October. */
const berlin: WindowSpec = { cron: "30 2 * * *", duration: "1h", timeZone: "Europe/Berlin" };
/** Opens before midnight on working days. */
const late: WindowSpec = { cron: "0 22 * * 1-5", duration: "4h", timeZone: "America/New_York" };

describe("windowState", () => {
  it("is open without windows", () => {
    expect(stateOf([], "2030-01-01T00:00:00Z")).toEqual({ open: true, untilMs: Number.POSITIVE_INFINITY });
  });

  it.each<[what: string, specs: readonly WindowSpec[], now: string, state: WindowState]>([
    ["is closed before its time", [nightly], "2030-01-01T01:59:59.999Z", closed("2030-01-01T02:00:00Z")],
    ["is open from its first moment", [nightly], "2030-01-01T02:00:00Z", open("2030-01-01T04:00:00Z")],
    ["is open to its last moment", [nightly], "2030-01-01T03:59:59.999Z", open("2030-01-01T04:00:00Z")],
    ["is closed at its end", [nightly], "2030-01-01T04:00:00Z", closed("2030-01-02T02:00:00Z")],
    ["goes by the clock of its zone", [late], "2030-01-08T02:59:00Z", closed("2030-01-08T03:00:00Z")],
    ["stays open across midnight", [late], "2030-01-08T06:59:00Z", open("2030-01-08T07:00:00Z")],
    ["stays open into a day on which it does not open", [late], "2030-01-12T05:30:00Z", open("2030-01-12T07:00:00Z")],
    ["is closed over the weekend", [late], "2030-01-12T08:00:00Z", closed("2030-01-15T03:00:00Z")],
    [
      "opens once a month on a weekday",
      [{ cron: "0 3 * * SUN#1", duration: "1h" }],
      "2030-01-10T00:00:00Z",
      closed("2030-02-03T03:00:00Z"),
    ],
    ["knows the names that cron has", [{ cron: "@weekly", duration: "1h" }], "2030-01-01T00:00:00Z", closed("2030-01-06T00:00:00Z")],
    ["waits for a leap year", [{ cron: "0 0 29 2 *", duration: "1h" }], "2030-01-01T00:00:00Z", closed("2032-02-29T00:00:00Z")],
  ])("%s", (_, specs, now, state) => {
    expect(stateOf(specs, now)).toEqual(state);
  });

  it.each<[what: string, specs: readonly WindowSpec[], now: string, state: WindowState]>([
    ["opens when the clock goes on, where it leaves the time out", [berlin], "2030-03-31T00:59:59Z", closed("2030-03-31T01:00:00Z")],
    ["stays open for its whole duration then", [berlin], "2030-03-31T01:00:00Z", open("2030-03-31T02:00:00Z")],
    ["opens at its usual time the day after", [berlin], "2030-03-31T02:00:00Z", closed("2030-04-01T00:30:00Z")],
    ["opens the first time, where the time comes twice", [berlin], "2030-10-27T00:30:00Z", open("2030-10-27T01:30:00Z")],
    ["does not open again the second time", [berlin], "2030-10-27T01:30:00Z", closed("2030-10-28T01:30:00Z")],
    [
      "lasts as long as ever over an hour that is left out",
      [{ ...berlin, cron: "0 1 * * *", duration: "4h" }],
      "2030-03-31T03:59:00Z",
      open("2030-03-31T04:00:00Z"),
    ],
    [
      "lasts as long as ever over an hour that comes twice",
      [{ ...berlin, cron: "0 1 * * *", duration: "4h" }],
      "2030-10-27T03:00:00Z",
      closed("2030-10-28T00:00:00Z"),
    ],
  ])("%s", (_, specs, now, state) => {
    expect(stateOf(specs, now)).toEqual(state);
  });

  it.each<[what: string, specs: readonly WindowSpec[], now: string, state: WindowState]>([
    ["opens with the first of them", [late, nightly], "2030-01-12T08:00:00Z", closed("2030-01-13T02:00:00Z")],
    ["is open while any is", [late, nightly], "2030-01-12T02:30:00Z", open("2030-01-12T07:00:00Z")],
    [
      "joins those that follow one another",
      [nightly, { cron: "0 4 * * *", duration: "30m" }],
      "2030-01-01T02:00:00Z",
      open("2030-01-01T04:30:00Z"),
    ],
    ["joins those that overlap", [nightly, { cron: "0 3 * * *", duration: "3h" }], "2030-01-01T02:00:00Z", open("2030-01-01T06:00:00Z")],
    [
      "joins a window with itself, up to a day",
      [{ cron: "0 * * * *", duration: "1h" }],
      "2030-01-01T00:30:00Z",
      open("2030-01-02T01:00:00Z"),
    ],
  ])("of several windows %s", (_, specs, now, state) => {
    expect(stateOf(specs, now)).toEqual(state);
  });
});

describe("parseWindows", () => {
  it.each<[what: string, spec: Partial<WindowSpec>, problem: string]>([
    ["no pattern", { cron: "whenever" }, "windows[1].cron: expected minute, hour"],
    [
      "seconds",
      { cron: "0 0 2 * * *" },
      'windows[1].cron: expected minute, hour, day of month, month and day of week, found "0 0 2 * * *"',
    ],
    ["an hour that no day has", { cron: "0 24 * * *" }, "windows[1].cron: expected"],
    ["a day that no month has", { cron: "0 2 30 2 *" }, 'windows[1].cron: "0 2 30 2 *" names a day that does not exist'],
    ["the time of reading", { cron: "? 2 * * *" }, "windows[1].cron: expected"],
    ["an unknown zone", { timeZone: "Mars/Olympus" }, 'windows[1].timeZone: expected an IANA name, as Europe/Lisbon, found "Mars/Olympus"'],
    ["an offset", { timeZone: "+02:00" }, "windows[1].timeZone: expected"],
    ["no duration", { duration: "" }, "windows[1].duration: expected"],
    ["an empty duration", { duration: "0m" }, "windows[1].duration: expected"],
    ["another unit", { duration: "30s" }, "windows[1].duration: expected"],
    ["more than a week", { duration: "168h1m" }, "windows[1].duration: expected"],
  ])("refuses %s and says where", (_, spec, problem) => {
    expect(parseWindows([nightly, { ...nightly, ...spec }], "windows")).toEqual({
      valid: false,
      problem: expect.stringContaining(problem),
    });
  });

  it.each([
    ["90m", 90],
    ["1h30m", 90],
    ["168h", 10_080],
  ])("reads %s as %d minutes", (duration, minutes) => {
    const parsed = parseWindows([{ ...nightly, duration }], "windows");
    expect(parsed.valid ? parsed.windows.map(({ durationMs }) => durationMs) : parsed.problem).toEqual([minutes * 60_000]);
  });
});
