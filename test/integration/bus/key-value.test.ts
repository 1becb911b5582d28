import type { KeyValue } from "@portolan/shared/bus";
import { NATS_SERVER_COMPATIBILITY_VERSION, NATS_SERVER_VERSION } from "@portolan/simulator/nats-server";
import { describe, expect, it } from "vitest";

import { bytes, busTo, server, SOON, text } from "./support.ts";

function watched(bucket: KeyValue): string[] {
  const story: string[] = [];
  bucket.watch({
    onChange: ({ key, value }) => story.push(value === undefined ? `${key} deleted` : `${key}=${text(value)}`),
    onCaughtUp: () => story.push("caught up"),
    onReset: () => story.push("reset"),
  });
  return story;
}

describe.each([NATS_SERVER_VERSION, NATS_SERVER_COMPATIBILITY_VERSION])("a bucket on nats-server %s", (version) => {
  it("writes only what is still as it was read", async () => {
    const { url } = await server({ version });
    const bucket = await (await busTo(url)).keyValue("portolan-rollouts");
    expect(await bucket.get("up-1")).toBeUndefined();
    const created = await bucket.create("up-1", bytes("a"));
    await expect(bucket.create("up-1", bytes("b"))).rejects.toMatchObject({ name: "BusError", code: "WrongLastSequence" });
    const updated = await bucket.update("up-1", bytes("c"), created);
    await expect(bucket.update("up-1", bytes("d"), created)).rejects.toMatchObject({ code: "WrongLastSequence" });
    await expect(bucket.delete("up-1", created)).rejects.toMatchObject({ code: "WrongLastSequence" });
    expect(await bucket.get("up-1")).toEqual({ key: "up-1", value: Buffer.from("c"), revision: updated });

    await bucket.delete("up-1", updated);
    expect(await bucket.get("up-1")).toBeUndefined();
    expect(await bucket.create("up-1", bytes("e"))).toBeGreaterThan(updated);
    const put = await bucket.put("up-2", bytes("f"));
    await bucket.put("gone", bytes("g"));
    await bucket.delete("gone");
    expect(await bucket.keys()).toEqual(["up-1", "up-2"]);
    expect((await bucket.entries()).map(({ value }) => text(value))).toEqual(["e", "f"]);
    expect((await bucket.entries())[1]?.revision).toBe(put);
  });

  it("keeps what is said of a deletion until the key is written again", async () => {
    const { url } = await server({ version });
    const bucket = await (await busTo(url)).keyValue("portolan-rollouts");
    const [first] = await bucket.append([{ key: "x", value: bytes("1") }], 0);
    expect(first).toMatchObject({ status: "fulfilled", value: 1 });
    await bucket.append([{ key: "x", note: bytes("nobody wants it") }, { key: "y" }], 1);
    expect([await bucket.get("x"), await bucket.keys()]).toEqual([undefined, []]);
    const notes: string[] = [];
    bucket.watch({
      onChange: ({ key, value, note }) =>
        notes.push(`${key} ${value === undefined ? "deleted" : text(value)} ${note === undefined ? "-" : text(note)}`),
      onCaughtUp: () => {},
      onReset: () => {},
    });
    await expect.poll(() => notes, SOON).toEqual(["x deleted nobody wants it", "y deleted -"]);
    await bucket.append([{ key: "x", value: bytes("2") }], 3);
    await expect.poll(() => notes.at(-1), SOON).toBe("x 2 -");
  });

  it("appends only to what it knows to be the newest write, also several at once and deletions", async () => {
    const { url } = await server({ version });
    const bucket = await (await busTo(url)).keyValue("b");
    expect(await bucket.lastRevision()).toBe(0);
    const append = async (writes: Record<string, string | undefined>, last: number): Promise<(number | string)[]> => {
      const outcomes = await bucket.append(
        Object.entries(writes).map(([key, value]) => (value === undefined ? { key } : { key, value: bytes(value) })),
        last,
      );
      return outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : outcome.reason.code));
    };
    expect(await append({ x: "1", y: "2" }, 0)).toEqual([1, 2]);
    expect(await append({ x: undefined, z: "1" }, 2)).toEqual([3, 4]);
    expect([await bucket.lastRevision(), await bucket.keys()]).toEqual([4, ["y", "z"]]);
    // Something else was written since. The second alone would fit behind it, and the third behind both.
    expect(await append({ x: "4", y: "5", z: "6" }, 3)).toEqual(Array(3).fill("WrongLastSequence"));
    expect(await bucket.entries()).toMatchObject([
      { key: "y", revision: 2 },
      { key: "z", revision: 4 },
    ]);
    // An empty bucket is known to be empty, as far as its key goes.
    expect(await append({ y: "6" }, 0)).toEqual(["WrongLastSequence"]);
  });

  it("is seen alike by everyone, and one of two writers at a time wins", async () => {
    const { url } = await server({ version });
    const [one, other] = await Promise.all([busTo(url), busTo(url)]);
    const mine = await one.keyValue("b");
    const theirs = await other.keyValue("b");
    const revision = await mine.create("k", bytes("0"));
    const outcomes = await Promise.allSettled([mine.update("k", bytes("1"), revision), theirs.update("k", bytes("2"), revision)]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  it("is watched over a restart, and over a wiped store", async () => {
    const nats = await server({ version });
    const bus = await busTo(nats.url);
    const bucket = await bus.keyValue("b");
    await bucket.put("k", bytes("1"));
    const story = watched(bucket);
    await expect.poll(() => story, SOON).toEqual(["k=1", "caught up"]);
    await bucket.delete("k");
    await expect.poll(() => story.at(-1), SOON).toBe("k deleted");
    await nats.restart();
    await expect
      .poll(
        () =>
          bucket.put("k", bytes("2")).then(
            () => true,
            () => false,
          ),
        SOON,
      )
      .toBe(true);
    await expect.poll(() => story.findLast((line) => line.startsWith("k")), SOON).toBe("k=2");
    expect(story).not.toContain("reset");

    await nats.restart({ wipeStore: true });
    await expect.poll(() => story.at(-1), SOON).toBe("reset");
    await expect(bucket.put("k", bytes("3"))).rejects.toMatchObject({ code: "NoStream", temporary: true });
    const anew = await bus.keyValue("b");
    await anew.put("k", bytes("4"));
    await expect.poll(() => story.findLast((line) => line.startsWith("k=")), SOON).toBe("k=4");
  });
});

describe("a bucket", () => {
  it("forgets what was not written for its time to live", async () => {
    const { url } = await server();
    const bucket = await (await busTo(url)).keyValue("leases", { ttlMs: 500 });
    await bucket.put("leader", bytes("me"));
    expect(await bucket.keys()).toEqual(["leader"]);
    await expect.poll(() => bucket.keys(), SOON).toEqual([]);
  });

  it("refuses keys that NATS does not allow", async () => {
    const { url } = await server();
    const bucket = await (await busTo(url)).keyValue("b");
    await expect(bucket.put("with blanks", bytes("1"))).rejects.toMatchObject({ name: "BusError", code: "Rejected" });
  });
});
