import { decodeEvent } from "@portolan/shared/wire";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeBus } from "./bus.fixture.ts";
import { Timeline, type TimelineEntry } from "./timeline.ts";

const reporter = { cluster: "north", incarnation: { clusterUid: "uid-1", registrationId: "r1" } };
const entry = (parts: Partial<TimelineEntry> = {}): TimelineEntry => ({
  namespace: "apps",
  name: "my.app",
  service: "web",
  atUnixMs: 1,
  type: "HookFinished",
  ...parts,
});

let bus: FakeBus;
let payloads: Uint8Array[];
let timeline: Timeline;

beforeEach(() => {
  vi.useFakeTimers();
  bus = new FakeBus();
  payloads = [];
  const publish = bus.publishStored.bind(bus);
  vi.spyOn(bus, "publishStored").mockImplementation(async (subject, payload) => {
    const ack = await publish(subject, payload);
    payloads.push(payload);
    return ack;
  });
  timeline = new Timeline(bus, reporter, pino({ level: "silent" }));
});

afterEach(() => {
  timeline.stop();
  vi.useRealTimers();
});

describe("the timeline", () => {
  it("is sent in order, under the instance's own subject", async () => {
    timeline.add(entry({ atUnixMs: 1 }));
    timeline.add(entry({ atUnixMs: 2 }));
    await vi.advanceTimersByTimeAsync(0);
    expect(payloads.map((payload) => decodeEvent(payload).atUnixMs)).toEqual([1, 2]);
    expect(new Set(bus.published.map(({ subject }) => subject))).toEqual(new Set(["portolan.v1.event.north.apps.my_app"]));
  });

  it("waits for the broker, and keeps the newest thousand meanwhile", async () => {
    bus.connect(false);
    for (let at = 0; at < 1_200; at++) timeline.add(entry({ atUnixMs: at }));
    bus.connect(true);
    await vi.advanceTimersByTimeAsync(0);
    const times = payloads.map((payload) => decodeEvent(payload).atUnixMs);
    expect(times).toHaveLength(1_000);
    expect(times.at(-1)).toBe(1_199);
  });

  it("goes on after a failure, with the entry that failed", async () => {
    bus.failures.push("Timeout");
    timeline.add(entry({ atUnixMs: 1 }));
    timeline.add(entry({ atUnixMs: 2 }));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(payloads.map((payload) => decodeEvent(payload).atUnixMs)).toEqual([1, 2]);
  });

  it("cuts what is too long, so that telling never keeps anything from being done", async () => {
    timeline.add(
      entry({ message: "x".repeat(20_000), hook: { name: "before/old", action: "delete", object: "ConfigMap apps/x, ".repeat(500) } }),
    );
    await vi.advanceTimersByTimeAsync(0);
    const { message, hook } = decodeEvent(payloads[0] ?? new Uint8Array());
    expect(message).toHaveLength(4_096);
    expect(hook?.object).toHaveLength(1_024);
  });
});
