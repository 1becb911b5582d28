import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { BusError } from "@portolan/shared/bus";
import { FleetClock } from "./fleet-clock.ts";

const MINUTE_MS = 60_000;
const START_MS = 1_000 * MINUTE_MS;

describe("the fleet's clock", () => {
  const clockAt = (own: () => number) => new FleetClock(own, pino({ level: "silent" }));
  const server = (timeMs: number | undefined) => ({ serverTimeMs: async () => timeMs });

  it.each([10, -10, 0])("is the server's for a hub that is %i minutes ahead", async (minutes) => {
    let ownMs = START_MS + minutes * MINUTE_MS;
    const clock = clockAt(() => ownMs);
    await clock.measure(server(START_MS));
    expect([clock.now(), clock.skewMs]).toEqual([START_MS, minutes * MINUTE_MS]);
    ownMs += 5;
    expect(clock.now()).toBe(START_MS + 5);
  });

  it("stays what it was without a stream or a connection, and while the two hardly differ", async () => {
    const clock = clockAt(() => START_MS);
    await clock.measure(server(START_MS - 10 * MINUTE_MS));
    const known = START_MS - 10 * MINUTE_MS;
    await clock.measure(server(undefined));
    await clock.measure({ serverTimeMs: () => Promise.reject(new BusError("Disconnected", "gone")) });
    await clock.measure(server(known + 900));
    expect(clock.now()).toBe(known);
  });
});
