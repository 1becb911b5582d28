import { cp, rm } from "node:fs/promises";

import type { Bus } from "@portolan/shared/bus";
import { subjects } from "@portolan/shared/wire";
import { NATS_SERVER_COMPATIBILITY_VERSION, NATS_SERVER_VERSION } from "@portolan/simulator/nats-server";
import { describe, expect, it } from "vitest";

import { bytes, busTo, connected, disconnected, followed, server, SOON, withStreams } from "./support.ts";

const STREAM = "PORTOLAN_REPORTS";
const a = subjects.report("eu-1", "n", "a");
const b = subjects.report("eu-1", "n", "b");
const REPORTS = subjects.all("report");

async function store(bus: Bus, subject: string, value: string): Promise<void> {
  await bus.publishStored(subject, bytes(value));
}

async function stores(bus: Bus, subject: string, value: string): Promise<boolean> {
  return store(bus, subject, value).then(
    () => true,
    () => false,
  );
}

describe.each([NATS_SERVER_VERSION, NATS_SERVER_COMPATIBILITY_VERSION])("following on nats-server %s", (version) => {
  it("gives the last value of every subject, then what comes", async () => {
    const { url } = await server({ version });
    const bus = await withStreams(await busTo(url));
    await store(bus, a, "1");
    await store(bus, b, "1");
    await store(bus, a, "2");
    await store(bus, subjects.heartbeat("eu-1"), "of another kind");
    const { story, options } = followed(REPORTS);
    const follower = bus.follow(STREAM, options);
    await expect.poll(() => story, SOON).toEqual([`${b}=1`, `${a}=2`, "caught up"]);
    await store(bus, b, "2");
    await expect.poll(() => story, SOON).toEqual([`${b}=1`, `${a}=2`, "caught up", `${b}=2`]);
    follower.stop();
    await store(bus, b, "3");
    await bus.roundTripMs();
    expect(story).toHaveLength(4);
  });

  it("has caught up at once where there is nothing", async () => {
    const { url } = await server({ version });
    const bus = await withStreams(await busTo(url));
    const { story, options } = followed(REPORTS);
    bus.follow(STREAM, options);
    await expect.poll(() => story, SOON).toEqual(["caught up"]);
  });

  it("goes on after the server was killed", async () => {
    const nats = await server({ version });
    const bus = await withStreams(await busTo(nats.url));
    await store(bus, a, "1");
    const { story, options } = followed(REPORTS);
    bus.follow(STREAM, options);
    await expect.poll(() => story, SOON).toContain("caught up");
    await nats.kill("SIGKILL");
    await disconnected(bus);
    await nats.restart();
    await connected(bus);
    await expect.poll(() => stores(bus, b, "after"), SOON).toBe(true);
    await expect.poll(() => story, SOON).toContain(`${b}=after`);
    await expect.poll(() => story.filter((line) => line === "caught up"), SOON).toHaveLength(2);
    expect(story).not.toContain("reset");
    expect(story.filter((line) => line === `${b}=after`)).toHaveLength(1);
  });

  it("starts anew when the store was wiped", async () => {
    const nats = await server({ version });
    const bus = await withStreams(await busTo(nats.url));
    await store(bus, a, "1");
    const { story, options } = followed(REPORTS);
    bus.follow(STREAM, options);
    await expect.poll(() => story, SOON).toEqual([`${a}=1`, "caught up"]);
    await nats.restart({ wipeStore: true });
    // It is told that nothing holds any more while there is no stream yet: whoever makes streams learns of it so.
    await expect.poll(() => story.at(-1), SOON).toBe("reset");
    await withStreams(bus);
    await store(bus, b, "new");
    await expect.poll(() => story, SOON).toEqual([`${a}=1`, "caught up", "reset", `${b}=new`, "caught up"]);
    await store(bus, a, "newer");
    await expect.poll(() => story.at(-1), SOON).toBe(`${a}=newer`);
  });

  // The library's own ordered consumer stays silent for good here.
  it("notices within seconds that the stream was made anew", async () => {
    const { url } = await server({ version });
    const bus = await withStreams(await busTo(url));
    await store(bus, a, "1");
    const { story, options } = followed(REPORTS);
    bus.follow(STREAM, options);
    await expect.poll(() => story, SOON).toEqual([`${a}=1`, "caught up"]);
    await bus.request(`$JS.API.STREAM.DELETE.${STREAM}`, bytes(""), { timeoutMs: 5_000 });
    await withStreams(bus);
    await store(bus, a, "2");
    await store(bus, b, "2");
    await expect
      .poll(() => story.filter((line) => line !== "caught up"), { timeout: 5_000 })
      .toEqual([`${a}=1`, "reset", `${a}=2`, `${b}=2`]);
    await store(bus, b, "3");
    await expect.poll(() => story.at(-1), SOON).toBe(`${b}=3`);
  });

  it("waits for a stream that does not exist yet, and survives its deletion", async () => {
    const { url } = await server({ version });
    const bus = await busTo(url);
    const { story, options } = followed(REPORTS);
    bus.follow(STREAM, options);
    await bus.roundTripMs();
    await withStreams(bus);
    await expect.poll(() => story, SOON).toEqual(["caught up"]);
    await bus.request(`$JS.API.STREAM.DELETE.${STREAM}`, bytes(""), { timeoutMs: 5_000 });
    await expect.poll(() => story, SOON).toEqual(["caught up", "reset"]);
    await withStreams(bus);
    await expect.poll(() => story, SOON).toEqual(["caught up", "reset", "caught up"]);
  });

  it("makes another consumer when its own is deleted, and loses and repeats nothing", async () => {
    const { url } = await server({ version });
    const bus = await withStreams(await busTo(url));
    await store(bus, a, "1");
    const { story, options } = followed(REPORTS);
    bus.follow(STREAM, options);
    await expect.poll(() => story, SOON).toEqual([`${a}=1`, "caught up"]);
    const names = JSON.parse(
      Buffer.from(await bus.request(`$JS.API.CONSUMER.NAMES.${STREAM}`, bytes(""), { timeoutMs: 5_000 })).toString(),
    ).consumers;
    expect(names).toHaveLength(1);
    await bus.request(`$JS.API.CONSUMER.DELETE.${STREAM}.${names[0]}`, bytes(""), { timeoutMs: 5_000 });
    await store(bus, b, "while nobody read");
    await expect.poll(() => story, { timeout: 15_000 }).toEqual([`${a}=1`, "caught up", `${b}=while nobody read`, "caught up"]);
  });
});

describe("a follower", () => {
  it("is not ended by a handler that fails, and does not harm the others", async () => {
    const { url } = await server();
    const errors: string[] = [];
    const log = { info: () => undefined, warn: () => undefined, error: (_fields: object, message: string) => errors.push(message) };
    const bus = await withStreams(await busTo(url, { logger: log }));
    const { story, options } = followed(REPORTS);
    bus.follow(STREAM, {
      ...options,
      onMessage: () => {
        throw new Error("a bug");
      },
    });
    bus.follow(STREAM, options);
    bus.subscribe(a, () => {
      throw new Error("another bug");
    });
    // Both have: one that begins between the two values is told of the first and has caught up before the second.
    await expect.poll(() => story, SOON).toEqual(["caught up", "caught up"]);
    await store(bus, a, "1");
    await store(bus, a, "2");
    await expect.poll(() => story.slice(-2), SOON).toEqual([`${a}=1`, `${a}=2`]);
    await expect.poll(() => new Set(errors), SOON).toEqual(new Set(["a handler of a follower failed", `a handler of ${a} failed`]));
  });

  it.each([
    ["many small messages", 20_000, 200],
    ["large messages", 400, 100_000],
  ])("delivers a burst of %s in order, once", async (_name, count, size) => {
    const { url } = await server();
    const bus = await withStreams(await busTo(url));
    const sequences: number[] = [];
    const { story, options } = followed(subjects.all("event"));
    bus.follow("PORTOLAN_EVENTS", { ...options, onMessage: ({ sequence }) => sequences.push(sequence) });
    await expect.poll(() => story, SOON).toEqual(["caught up"]);
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        bus.publishStored(subjects.event("eu-1", "n", `x${index % 1_000}`), new Uint8Array(size)),
      ),
    );
    await expect.poll(() => sequences.length, { timeout: 20_000, interval: 20 }).toBe(count);
    expect(sequences).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  });

  // A server acknowledges before it has written to the disk: after a crash the end of a stream may be missing.
  it("starts anew when the stream lost its end", async () => {
    const nats = await server();
    const bus = await withStreams(await busTo(nats.url));
    await store(bus, a, "1");
    const { story, options } = followed(REPORTS);
    bus.follow(STREAM, options);
    await nats.kill("SIGTERM");
    const backup = `${nats.storeDir}-backup`;
    await cp(nats.storeDir, backup, { recursive: true });
    await nats.restart();
    await expect.poll(() => stores(bus, b, "lost"), SOON).toBe(true);
    await expect.poll(() => story, SOON).toContain(`${b}=lost`);
    await nats.kill("SIGKILL");
    await rm(nats.storeDir, { recursive: true });
    await cp(backup, nats.storeDir, { recursive: true });
    await nats.restart();
    await expect.poll(() => story.slice(story.indexOf("reset")), SOON).toEqual(["reset", `${a}=1`, "caught up"]);
  });

  it("reads a log from its start, or from now on, and not twice after a restart of the server", async () => {
    const nats = await server();
    const bus = await withStreams(await busTo(nats.url));
    const event = subjects.event("eu-1", "n", "a");
    await store(bus, event, "1");
    await store(bus, event, "2");
    const all = followed(subjects.all("event"));
    const fresh = followed(subjects.all("event"));
    bus.follow("PORTOLAN_EVENTS", { ...all.options, start: "all" });
    bus.follow("PORTOLAN_EVENTS", { ...fresh.options, start: "new" });
    await expect.poll(() => [all.story, fresh.story], SOON).toEqual([[`${event}=1`, `${event}=2`, "caught up"], ["caught up"]]);
    await nats.restart();
    await connected(bus);
    await expect.poll(() => stores(bus, event, "3"), SOON).toBe(true);
    await expect.poll(() => fresh.story.filter((line) => line !== "caught up"), SOON).toEqual([`${event}=3`]);
    await expect.poll(() => all.story.filter((line) => line !== "caught up"), SOON).toEqual([`${event}=1`, `${event}=2`, `${event}=3`]);
  });
});
