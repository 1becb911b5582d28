import { pino } from "pino";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { BusError, type PublishStoredOptions } from "@portolan/shared/bus";
import { Audit } from "./audit.ts";

/** A stream that fails when it is told to, and de-duplicates as JetStream does. */
class FakeStream {
  readonly stored = new Map<string, { subject: string; payload: Uint8Array }>();
  failure: "none" | "before" | "afterwards" | "TooLarge" = "none";

  async publishStored(subject: string, payload: Uint8Array, { messageId = "" }: PublishStoredOptions = {}) {
    if (this.failure === "before") throw new BusError("Disconnected", "no connection");
    if (this.failure === "TooLarge") throw new BusError("TooLarge", "too many bytes");
    if (!this.stored.has(messageId)) this.stored.set(messageId, { subject, payload });
    if (this.failure === "afterwards") throw new BusError("Timeout", "no acknowledgement");
    return { stream: "PORTOLAN_AUDIT", sequence: this.stored.size };
  }

  get actions(): string[] {
    return [...this.stored.values()].map(({ subject }) => subject.split(".").at(-1) ?? "");
  }
}

const SOON = { timeout: 5_000, interval: 5 };

describe("Audit", () => {
  let stream: FakeStream;
  let dropped: number;
  let lines: string[];

  beforeEach(() => {
    stream = new FakeStream();
    dropped = 0;
    lines = [];
  });

  function audit(maxWaiting = 100): Audit {
    return new Audit({
      bus: stream,
      logger: pino({ level: "error" }, { write: (line: string) => lines.push(line) }),
      now: () => 1_000,
      onDropped: () => (dropped += 1),
      onLoaded: () => {},
      maxWaiting,
    });
  }

  it("stores entries in order, with an id and a time", async () => {
    const record = audit();
    record.record({ actor: "ann", action: "First" });
    record.record({ actor: "ann", action: "Second", id: "chosen", atMs: 5 });
    await vi.waitFor(() => expect(stream.actions).toEqual(["First", "Second"]), SOON);
    expect(JSON.parse(Buffer.from(stream.stored.get("chosen")?.payload ?? []).toString())).toEqual({
      actor: "ann",
      action: "Second",
      id: "chosen",
      atMs: 5,
    });
    expect(record.waiting).toBe(0);
  });

  it("keeps entries while NATS is away, and stores each once though acknowledgements get lost", async () => {
    const record = audit();
    stream.failure = "before";
    record.record({ actor: "ann", action: "First" });
    record.record({ actor: "ann", action: "Second" });
    expect(record.waiting).toBe(2);
    stream.failure = "afterwards";
    await vi.waitFor(() => expect(stream.actions).toEqual(["First"]), SOON);
    expect(record.waiting).toBe(2);
    stream.failure = "none";
    await vi.waitFor(() => expect(record.waiting).toBe(0), SOON);
    expect(stream.actions).toEqual(["First", "Second"]);
    expect(dropped).toBe(0);
  });

  it("says what it had to drop: in the log without its content, counted, and in the record itself", async () => {
    const record = audit(1);
    stream.failure = "before";
    record.record({ actor: "ann", action: "Kept" });
    record.record({ actor: "ann", action: "Lost", name: "it", after: { detail: "content" } });
    expect(dropped).toBe(1);
    expect(lines.join()).toMatch(/"action":"Lost".*"name":"it"/u);
    expect(lines.join()).not.toContain("content");
    stream.failure = "none";
    await vi.waitFor(() => expect(stream.actions).toEqual(["Kept", "AuditEntriesLost"]), SOON);
  });

  it("gives up at once only what the stream can never take", async () => {
    const record = audit();
    stream.failure = "TooLarge";
    record.record({ actor: "ann", action: "Huge" });
    await vi.waitFor(() => expect(dropped).toBeGreaterThan(0), SOON);
    stream.failure = "none";
    record.record({ actor: "ann", action: "Next" });
    await vi.waitFor(() => expect(stream.actions).toContain("Next"), SOON);
    expect(stream.actions).not.toContain("Huge");
  });

  it("waits at its end for what is not stored yet", async () => {
    const record = audit();
    stream.failure = "before";
    record.record({ actor: "ann", action: "Late" });
    const closed = record.close();
    stream.failure = "none";
    await closed;
    expect(stream.actions).toEqual(["Late"]);
    record.record({ actor: "ann", action: "TooLate" });
    expect(dropped).toBe(1);
  });

  it("refuses an action that is no verb in PascalCase", () => {
    expect(() => audit().record({ actor: "ann", action: "not a verb" })).toThrow(/action/u);
  });

  it("shows an entry once that stands twice in the stream", () => {
    const record = audit();
    const payload = Buffer.from(JSON.stringify({ id: "same", atMs: 1, actor: "ann", action: "Done" }));
    for (const sequence of [1, 2]) {
      expect(record.onStored({ subject: "s", payload, sequence, storedAtMs: 0 })).toBeUndefined();
    }
    expect(record.query({ limit: 10 }).items).toHaveLength(1);
    record.onReset();
    expect(record.query({ limit: 10 }).items).toHaveLength(0);
    record.onStored({ subject: "s", payload, sequence: 1, storedAtMs: 0 });
    expect(record.query({ limit: 10 }).items).toHaveLength(1);
    expect(record.onStored({ subject: "s", payload: Buffer.from("{}"), sequence: 2, storedAtMs: 0 })).toBe("not an audit entry");
  });
});
