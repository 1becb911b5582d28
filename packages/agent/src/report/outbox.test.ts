import { SubjectDigests } from "@portolan/shared/wire";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeBus } from "./bus.fixture.ts";
import { Outbox } from "./outbox.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const logger = pino({ level: "silent" });

let bus: FakeBus;
let outbox: Outbox;

beforeEach(() => {
  vi.useFakeTimers();
  bus = new FakeBus();
  outbox = new Outbox(bus, logger);
});

afterEach(() => {
  outbox.stop();
  vi.useRealTimers();
});

const flush = async (ms = 0): Promise<void> => {
  await vi.advanceTimersByTimeAsync(ms);
};
const texts = (): readonly string[] => bus.published.map(({ subject, payload }) => `${subject}=${payload}`);
const digestOf = (values: Readonly<Record<string, string>>): string => {
  const digests = new SubjectDigests();
  for (const [subject, payload] of Object.entries(values)) digests.set(subject, bytes(payload));
  return digests.hex;
};

describe("the outbox", () => {
  it("publishes what is new, and says nothing twice", async () => {
    outbox.put("a", bytes("1"));
    outbox.put("b", bytes("1"));
    await flush();
    outbox.put("a", bytes("1"));
    outbox.put("a", bytes("2"));
    await flush();
    expect(texts()).toEqual(["a=1", "b=1", "a=2"]);
  });

  it("keeps a digest over the last values, which a tombstone leaves", async () => {
    outbox.put("a", bytes("1"));
    outbox.put("b", bytes("1"));
    expect(outbox.digest).toBe(digestOf({ a: "1", b: "1" }));
    outbox.put("a", bytes("2"));
    outbox.end("b", bytes("gone"));
    expect(outbox.digest).toBe(digestOf({ a: "2" }));
    expect(outbox.count).toBe(1);
    expect(outbox.entries().map(({ subject }) => subject)).toEqual(["a"]);
    await flush();
    expect(texts().at(-1)).toBe("b=gone");
  });

  it("says nothing of the end of what it never told of", async () => {
    outbox.end("a", bytes("gone"));
    await flush();
    expect(texts()).toEqual([]);
  });

  it("waits while there is no connection, and then sends the newest value of each subject only", async () => {
    bus.connect(false);
    for (let value = 0; value < 100; value++) outbox.put("a", bytes(String(value)));
    outbox.send("heartbeat", bytes("old"));
    outbox.send("heartbeat", bytes("new"));
    await flush(60_000);
    expect(texts()).toEqual([]);
    bus.connect(true);
    await flush();
    expect(texts()).toEqual(["a=99", "heartbeat=new"]);
  });

  it("sends what changed while it was on its way, after that arrived", async () => {
    bus.held = true;
    outbox.put("a", bytes("1"));
    outbox.put("a", bytes("2"));
    outbox.put("a", bytes("3"));
    await flush();
    expect(texts()).toEqual(["a=1"]);
    bus.release();
    await flush();
    expect(texts()).toEqual(["a=1", "a=3"]);
  });

  it("sends again what was lost with the connection", async () => {
    bus.held = true;
    outbox.put("a", bytes("1"));
    bus.connected = false;
    bus.release();
    await flush();
    bus.connect(true);
    await flush();
    expect(texts()).toEqual(["a=1", "a=1"]);
  });

  it("tries again, with growing pauses, while there is no stream", async () => {
    bus.failures.push("NoStream", "NoStream", "Timeout");
    outbox.put("a", bytes("1"));
    await flush(99);
    expect(texts()).toHaveLength(1);
    await flush(1);
    expect(texts()).toHaveLength(2);
    await flush(199);
    expect(texts()).toHaveLength(2);
    await flush(1 + 400);
    expect(texts()).toHaveLength(4);
    await flush(60_000);
    expect(texts()).toHaveLength(4);
  });

  it("publishes everything again when the stream was made anew, and does so once", async () => {
    bus.nextSequence = 500;
    for (const subject of ["a", "b", "c", "d"]) outbox.put(subject, bytes("1"));
    await flush();
    bus.published.length = 0;
    bus.nextSequence = 1;
    bus.held = true;
    for (const subject of ["a", "b", "c"]) outbox.put(subject, bytes("2"));
    await flush();
    bus.release();
    await flush(10_000);
    // The others on their way were acknowledged by the new stream themselves.
    expect(texts().slice(3).toSorted()).toEqual(["a=2", "d=1"]);
  });

  it("goes on when the acknowledgements of one stream come in another order", async () => {
    bus.nextSequence = 10;
    outbox.put("a", bytes("1"));
    outbox.put("b", bytes("1"));
    await flush();
    outbox.put("c", bytes("1"));
    await flush();
    expect(texts()).toHaveLength(3);
  });

  it("drops what is too large for the broker, from the digest too, and takes the next value", async () => {
    bus.failures.push("TooLarge");
    outbox.put("a", bytes("huge"));
    outbox.put("b", bytes("1"));
    await flush(60_000);
    expect(texts()).toEqual(["a=huge", "b=1"]);
    expect(outbox.digest).toBe(digestOf({ b: "1" }));
    outbox.put("a", bytes("small"));
    await flush();
    expect(outbox.digest).toBe(digestOf({ a: "small", b: "1" }));
  });

  it("publishes again what is asked for, and counts what it had", async () => {
    outbox.put("a", bytes("1"));
    outbox.put("b", bytes("1"));
    await flush();
    expect(outbox.republish(["b", "unknown"])).toBe(1);
    await flush();
    expect(texts().slice(2)).toEqual(["b=1"]);
    expect(outbox.republish()).toBe(2);
    await flush();
    expect(texts().slice(3)).toEqual(["a=1", "b=1"]);
  });

  it("has a bounded number of messages on their way", async () => {
    bus.held = true;
    for (let index = 0; index < 1_000; index++) outbox.put(`s${index}`, bytes("1"));
    await flush();
    expect(texts()).toHaveLength(256);
    bus.release();
    await flush();
    expect(new Set(texts()).size).toBe(1_000);
  });

  it("says nothing after it was stopped", async () => {
    bus.connect(false);
    outbox.put("a", bytes("1"));
    outbox.stop();
    bus.connect(true);
    await flush(10_000);
    expect(texts()).toEqual([]);
    expect(bus.listeners).toBe(0);
  });
});
