import { pino } from "pino";
import { beforeEach, describe, expect, it } from "vitest";
import { BusError, type Follower, type KeyValue, type KeyValueChange, type KeyValueEntry, type KeyValueWrite } from "@portolan/shared/bus";
import { RecordConflict, Records } from "./records.ts";

type Watcher = Parameters<KeyValue["watch"]>[0];

/** A bucket in memory, with faults. */
class BucketFixture implements KeyValue {
  readonly entriesByKey = new Map<string, KeyValueEntry>();
  watcher: Watcher | undefined;
  /** The next write arrives, but its acknowledgement does not. */
  loseAck = false;
  /** Somebody else is faster than the next append of this key. */
  faster: { readonly key: string; readonly write: () => Promise<unknown> } | undefined;
  #revision = 0;

  async get(key: string): Promise<KeyValueEntry | undefined> {
    return this.entriesByKey.get(key);
  }

  async create(key: string, value: Uint8Array): Promise<number> {
    return this.#write(key, value, 0);
  }

  async update(key: string, value: Uint8Array, revision: number): Promise<number> {
    return this.#write(key, value, revision);
  }

  async put(key: string, value: Uint8Array): Promise<number> {
    return this.#write(key, value, this.entriesByKey.get(key)?.revision ?? 0);
  }

  async delete(key: string): Promise<void> {
    this.entriesByKey.delete(key);
    this.#revision += 1;
    this.tell({ key, revision: this.#revision });
  }

  async append(writes: readonly KeyValueWrite[], lastRevision: number): Promise<PromiseSettledResult<number>[]> {
    const outcomes: PromiseSettledResult<number>[] = [];
    for (const [index, { key, value }] of writes.entries()) {
      if (this.faster?.key === key) {
        const { write } = this.faster;
        this.faster = undefined;
        await write();
      }
      if (outcomes.some(({ status }) => status === "rejected") || lastRevision + index !== this.#revision) {
        outcomes.push({ status: "rejected", reason: new BusError("WrongLastSequence", key) });
      } else {
        await (value === undefined ? this.delete(key) : this.put(key, value));
        outcomes.push({ status: "fulfilled", value: this.#revision });
      }
    }
    return outcomes;
  }

  async lastRevision(): Promise<number> {
    return this.#revision;
  }

  async keys(): Promise<string[]> {
    return [...this.entriesByKey.keys()];
  }

  async entries(): Promise<KeyValueEntry[]> {
    return [...this.entriesByKey.values()];
  }

  watch(watcher: Watcher): Follower {
    this.watcher = watcher;
    for (const entry of this.entriesByKey.values()) {
      watcher.onChange(entry);
    }
    watcher.onCaughtUp();
    return { stop: () => {} };
  }

  tell(change: KeyValueChange): void {
    this.watcher?.onChange(change);
  }

  /** The store was lost. */
  lose(): void {
    this.entriesByKey.clear();
    this.#revision = 0;
    this.watcher?.onReset();
  }

  #write(key: string, value: Uint8Array, expected: number): number {
    if ((this.entriesByKey.get(key)?.revision ?? 0) !== expected) {
      throw new BusError("WrongLastSequence", key);
    }
    this.#revision += 1;
    const entry = { key, value, revision: this.#revision };
    this.entriesByKey.set(key, entry);
    if (this.loseAck) {
      this.loseAck = false;
      throw new BusError("Timeout", key);
    }
    this.tell(entry);
    return entry.revision;
  }
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe("Records", () => {
  let bucket: BucketFixture;
  let records: Records;
  let changes: string[];
  let loaded: number;

  beforeEach(() => {
    bucket = new BucketFixture();
    changes = [];
    loaded = 0;
    records = new Records({
      bus: { keyValue: async () => bucket },
      bucket: "test",
      logger: pino({ level: "silent" }),
      onChange: (key, value) => changes.push(`${key}=${value === undefined ? "" : Buffer.from(value).toString()}`),
      onLoaded: () => (loaded += 1),
    });
  });
  const text = (key: string): string | undefined => {
    const value = records.get(key);
    return value === undefined ? undefined : Buffer.from(value).toString();
  };

  it("reads what there is, and follows what others write and delete", async () => {
    await bucket.create("a", bytes("1"));
    await records.open();
    expect([changes, loaded]).toEqual([["a=1"], 1]);
    await bucket.put("a", bytes("2"));
    await bucket.delete("a");
    expect(changes).toEqual(["a=1", "a=2", "a="]);
    expect(records.keys()).toEqual([]);
  });

  it("writes by compare-and-set, and reads what somebody else wrote when it lost", async () => {
    await records.open();
    await records.write("a", bytes("1"));
    await records.write("a", bytes("2"));
    const { watcher } = bucket;
    bucket.watcher = undefined;
    await bucket.put("a", bytes("theirs"));
    bucket.watcher = watcher;
    await expect(records.write("a", bytes("3"))).rejects.toThrow(RecordConflict);
    expect(text("a")).toBe("theirs");
    await records.write("a", bytes("4"));
    expect(Buffer.from(bucket.entriesByKey.get("a")?.value ?? []).toString()).toBe("4");
  });

  it("takes its own write for no conflict when the acknowledgement was lost", async () => {
    await records.open();
    bucket.loseAck = true;
    await expect(records.write("a", bytes("1"))).rejects.toThrow(BusError);
    await records.write("a", bytes("1"));
    expect(text("a")).toBe("1");
  });

  it("writes everything again when the bucket was lost", async () => {
    await records.open();
    await records.write("a", bytes("1"));
    await records.write("b", bytes("2"));
    bucket.lose();
    await expect.poll(() => bucket.keys()).toEqual(["a", "b"]);
    await records.write("a", bytes("3"));
    expect(text("a")).toBe("3");
    records.stop();
  });

  it("appends several records, and none beside what somebody else has written since", async () => {
    await records.open();
    await records.append([
      { key: "a", value: bytes("1") },
      { key: "b", value: bytes("2") },
    ]);
    expect([changes, records.keys()]).toEqual([[], ["a", "b"]]);
    const { watcher } = bucket;
    bucket.watcher = undefined;
    await bucket.put("c", bytes("theirs"));
    bucket.watcher = watcher;
    await expect(records.append([{ key: "a", value: bytes("3") }, { key: "b" }])).rejects.toThrow(RecordConflict);
    expect([Buffer.from(bucket.entriesByKey.get("a")?.value ?? []).toString(), text("c")]).toEqual(["1", undefined]);
    const theirs = bucket.entriesByKey.get("c");
    if (theirs !== undefined) bucket.tell(theirs);
    await records.append([{ key: "a", value: bytes("3") }, { key: "b" }]);
    expect([records.keys(), changes]).toEqual([["a", "c"], ["c=theirs"]]);
  });

  it("tells what somebody else has written meanwhile, though it is the same to the letter", async () => {
    await records.open();
    await bucket.put("a", bytes("0"));
    changes = [];
    bucket.faster = { key: "a", write: () => bucket.put("a", bytes("1")) };
    await expect(records.append([{ key: "a", value: bytes("1") }])).rejects.toThrow(RecordConflict);
    expect(changes).toEqual(["a=1"]);
  });

  it("tells what it has stored of an append that was refused in its middle", async () => {
    await records.open();
    bucket.faster = { key: "b", write: () => bucket.put("c", bytes("theirs")) };
    const refused = records.append([
      { key: "a", value: bytes("1") },
      { key: "b", value: bytes("2") },
    ]);
    await expect(refused).rejects.toThrow(RecordConflict);
    expect([changes, text("a"), text("b")]).toEqual([["c=theirs", "a=1"], "1", undefined]);
  });

  it("reads what following does not show, when its appends are refused again and again", async () => {
    await records.open();
    bucket.watcher = undefined;
    await bucket.put("hidden", bytes("theirs"));
    const append = async (): Promise<string> =>
      records.append([{ key: "a", value: bytes("1") }]).then(
        () => "stored",
        () => "refused",
      );
    expect([await append(), await append(), await append(), await append()]).toEqual(["refused", "refused", "refused", "stored"]);
    expect(text("hidden")).toBe("theirs");
  });

  it("cannot write before it was opened", async () => {
    await expect(records.write("a", bytes("1"))).rejects.toMatchObject({ code: "Disconnected" });
  });
});
