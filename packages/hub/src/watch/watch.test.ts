import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Broadcaster } from "./broadcaster.ts";
import { EventRing, type WatchEvent, type WatchKind } from "./ring.ts";
import type { WatchFilter, WatchSink } from "./session.ts";

type Told = Omit<WatchEvent, "id">;

function told(key: string, changes: Partial<Told> = {}): Told {
  return { kind: "instances", name: "instance", key, data: () => ({ key }), ...changes };
}

/** A client's connection that a test fills and empties. */
class SinkFixture implements WatchSink {
  readonly written: string[] = [];
  full = false;
  destroyed = false;
  #listener: () => void = () => {};

  write(text: string): boolean {
    this.written.push(text);
    return !this.full;
  }

  onDrain(listener: () => void): void {
    this.#listener = listener;
  }

  destroy(): void {
    this.destroyed = true;
  }

  drain(): void {
    this.full = false;
    this.#listener();
  }

  /** Names and ids of the events. */
  events(): string[] {
    return this.written.flatMap((text) => {
      const name = /^event: (?<name>\w+)$/mu.exec(text)?.groups?.["name"];
      const id = /^id: (?<id>\d+)$/mu.exec(text)?.groups?.["id"];
      return name === undefined ? [] : [id === undefined ? name : `${name} ${Number(id) - 1_000_000}`];
    });
  }
}

describe("EventRing", () => {
  it("gives what came after an id, as long as it keeps it", () => {
    const ring = new EventRing(3, 100);
    expect(ring.after(100)).toEqual([]);
    for (const key of ["a", "b", "c", "d"]) {
      ring.push(told(key));
    }
    expect(ring.after(101)?.map(({ key, id }) => [key, id])).toEqual([
      ["b", 102],
      ["c", 103],
      ["d", 104],
    ]);
    expect(ring.after(104)).toEqual([]);
    expect(ring.after(100)).toBeUndefined();
    expect(ring.after(105)).toBeUndefined();
  });
});

describe("Broadcaster", () => {
  const ALL: WatchFilter = { kinds: new Set<WatchKind>(["instances", "clusters"]) };
  let broadcaster: Broadcaster;
  let sink: SinkFixture;
  let dropped: number;

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000 });
    dropped = 0;
    sink = new SinkFixture();
    broadcaster = new Broadcaster({
      snapshot: () => [told("now"), told("now", { kind: "rollouts" })],
      now: Date.now,
      onDropped: () => (dropped += 1),
    });
  });
  afterEach(() => {
    broadcaster.stop();
    vi.useRealTimers();
  });

  it("begins with the state and a bookmark, then sends each change at once", () => {
    broadcaster.publish(told("before"));
    broadcaster.open(sink, ALL, undefined);
    broadcaster.publish(told("a"));
    broadcaster.publish(told("b", { kind: "rollouts" }));
    expect(sink.events()).toEqual(["instance", "bookmark 1", "instance 2"]);
  });

  it("resumes, or says reset", () => {
    broadcaster.publish(told("a"));
    broadcaster.publish(told("b"));
    broadcaster.open(sink, ALL, 1_000_001);
    expect(sink.events()).toEqual(["instance 2"]);
    const other = new SinkFixture();
    broadcaster.open(other, ALL, 5);
    expect(other.events()).toEqual(["reset", "instance", "bookmark 2"]);
  });

  it("gives a slow client one event a key, the newest, in order", () => {
    broadcaster.open(sink, ALL, undefined);
    sink.full = true;
    for (const key of ["a", "b", "a", "c", "b", "a"]) {
      broadcaster.publish(told(key));
    }
    expect(sink.events()).toEqual(["instance", "bookmark 0", "instance 1"]);
    sink.drain();
    expect(sink.events().slice(3)).toEqual(["instance 4", "instance 5", "instance 6"]);
    broadcaster.publish(told("d"));
    expect(sink.events().at(-1)).toBe("instance 7");
  });

  it("drops a client for which too much waits, and one that does not read for too long", () => {
    broadcaster.open(sink, ALL, undefined);
    sink.full = true;
    broadcaster.publish(told("first"));
    for (let index = 0; index <= 20_000; index += 1) {
      broadcaster.publish(told(`key-${index}`));
    }
    expect([sink.destroyed, dropped, broadcaster.watchers]).toEqual([true, 1, 0]);

    const stuck = new SinkFixture();
    broadcaster.open(stuck, ALL, undefined);
    stuck.full = true;
    broadcaster.publish(told("a"));
    vi.advanceTimersByTime(30_000);
    expect(stuck.destroyed).toBe(false);
    vi.advanceTimersByTime(15_000);
    expect([stuck.destroyed, dropped, broadcaster.watchers]).toEqual([true, 2, 0]);
  });

  it("lets an idle client hear something, and keeps its id recent", () => {
    broadcaster.open(sink, { kinds: new Set<WatchKind>(["rollouts"]) }, undefined);
    broadcaster.publish(told("a"));
    vi.advanceTimersByTime(15_000);
    expect(sink.written.at(-2)).toBe(": keep-alive\n\n");
    expect(sink.events().at(-1)).toBe("bookmark 1");
  });

  it("gives no bookmark to a client for which something waits: it would miss that", () => {
    broadcaster.open(sink, ALL, undefined);
    sink.full = true;
    broadcaster.publish(told("a"));
    broadcaster.publish(told("b"));
    vi.advanceTimersByTime(15_000);
    expect(sink.events()).toEqual(["instance", "bookmark 0", "instance 1"]);
  });

  it("sends nothing to who has left", () => {
    const end = broadcaster.open(sink, ALL, undefined);
    end();
    broadcaster.publish(told("a"));
    expect(sink.events()).toEqual(["instance", "bookmark 0"]);
    expect(broadcaster.watchers).toBe(0);
  });
});
