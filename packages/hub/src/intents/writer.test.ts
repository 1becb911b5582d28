import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BusError, type PublishStoredOptions, type StoredAck, type StoredMessage } from "@portolan/shared/bus";
import { generateKeyPair, loadSigningKey, pinKeys } from "@portolan/shared/signing";
import { subjects, type IntentDocument } from "@portolan/shared/wire";
import { FleetFixture } from "../rollouts/fleet.fixture.ts";
import { openDocument, sealDocument } from "./document.ts";
import type { IntentContent } from "./decide.ts";
import { IntentWriter } from "./writer.ts";

const key = loadSigningKey(generateKeyPair().privateKeyPem);
const rivalKey = loadSigningKey(generateKeyPair().privateKeyPem);
const SUBJECT = subjects.intent("a");

/** The intent stream in memory. */
class StreamFixture {
  sequence = 0;
  last: StoredMessage | undefined;
  failWith: BusError | undefined;
  readonly published: IntentDocument[] = [];

  async publishStored(
    subject: string,
    payload: Uint8Array,
    { expectedLastSubjectSequence }: PublishStoredOptions = {},
  ): Promise<StoredAck> {
    if (this.failWith !== undefined) {
      throw this.failWith;
    }
    if (expectedLastSubjectSequence !== (this.last?.sequence ?? 0)) {
      throw new BusError("WrongLastSequence", subject);
    }
    const document = openDocument(payload, "a", pinKeys([key.publicKey]));
    if (document !== undefined) {
      this.published.push(document);
    }
    return { stream: "intents", sequence: this.store(payload).sequence };
  }

  store(payload: Uint8Array): StoredMessage {
    this.sequence += 1;
    this.last = { subject: SUBJECT, payload, sequence: this.sequence, storedAtMs: 0 };
    return this.last;
  }

  async lastMessage(): Promise<StoredMessage | undefined> {
    return this.last;
  }
}

describe("IntentWriter", () => {
  let stream: StreamFixture;
  let fleet: FleetFixture;
  let content: IntentContent;
  let writer: IntentWriter;
  let catchUp: () => Promise<void>;

  beforeEach(() => {
    catchUp = async () => {};
    vi.useFakeTimers({ now: 1_000 });
    stream = new StreamFixture();
    fleet = new FleetFixture().add("a");
    content = { labels: { tier: "gold" }, catalogSet: [], intents: [] };
    writer = new IntentWriter({
      bus: stream,
      stream: "intents",
      fleet,
      contentOf: () => content,
      catchUp: () => catchUp(),
      signingKey: key,
      keys: pinKeys([key.publicKey]),
      logger: pino({ level: "silent" }),
      now: Date.now,
    });
  });
  afterEach(() => {
    writer.stop();
    vi.useRealTimers();
  });

  const settle = () => vi.advanceTimersByTimeAsync(0);
  const labels = (): unknown => stream.published.map((document) => document.labels["tier"]);
  const heartbeat = async (revision: number): Promise<void> => {
    const view = fleet.cluster("a");
    if (view !== undefined) {
      fleet.change("a", { heartbeat: { ...view.heartbeat, intentRevision: revision } });
      writer.onHeartbeat({ ...view, heartbeat: { ...view.heartbeat, intentRevision: revision } });
    }
    await settle();
  };
  const rival = (): StoredMessage =>
    stream.store(
      sealDocument(
        {
          cluster: "a",
          incarnation: { clusterUid: "uid-a", registrationId: "" },
          revision: 9,
          issuedAtUnixMs: 1,
          labels: {},
          catalogSet: [],
          intents: [],
        },
        rivalKey,
      ),
    );

  it("writes nothing before it is known what stands there and what should", async () => {
    writer.refresh("a");
    await settle();
    expect(labels()).toEqual([]);
    writer.enable(true);
    await settle();
    expect(labels()).toEqual(["gold"]);
  });

  it("writes once what should be said, and again only what is different", async () => {
    writer.enable(true);
    await settle();
    writer.refresh("a");
    await heartbeat(stream.published[0]?.revision ?? 0);
    content = { ...content, labels: { tier: "silver" } };
    writer.refresh("a");
    await settle();
    expect(labels()).toEqual(["gold", "silver"]);
    expect(stream.published[1]?.revision).toBeGreaterThan(stream.published[0]?.revision ?? Infinity);
  });

  it("takes over what it finds: the same content is not written again", async () => {
    writer.enable(true);
    await settle();
    const second = new IntentWriter({
      bus: stream,
      stream: "intents",
      fleet,
      contentOf: () => content,
      catchUp: () => catchUp(),
      signingKey: key,
      keys: pinKeys([key.publicKey]),
      logger: pino({ level: "silent" }),
      now: Date.now,
    });
    second.onStored(stream.last ?? rival());
    second.enable(true);
    await settle();
    expect(labels()).toEqual(["gold"]);
  });

  it("reads what stands there when somebody else was faster, and goes on from it", async () => {
    rival();
    writer.enable(true);
    await settle();
    expect(labels()).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(labels()).toEqual(["gold"]);
  });

  it("does not take back what another hub has decided before it knows of it", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    catchUp = () => promise;
    const others = { ...content, labels: { tier: "silver" } };
    const written = { cluster: "a", incarnation: { clusterUid: "uid-a", registrationId: "" }, revision: 9, issuedAtUnixMs: 1, ...others };
    writer.enable(true);
    writer.onStored(stream.store(sealDocument(written, key)));
    await vi.advanceTimersByTimeAsync(1_000);
    writer.refresh("a");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(labels()).toEqual([]);
    content = others;
    resolve();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(labels()).toEqual([]);
    content = { ...others, labels: { tier: "bronze" } };
    writer.refresh("a");
    await settle();
    expect(labels()).toEqual(["bronze"]);
  });

  it("says nothing after it was stopped for a while before it knows what has been decided meanwhile", async () => {
    writer.enable(true);
    await settle();
    expect(labels()).toEqual(["gold"]);
    const { promise, resolve } = Promise.withResolvers<void>();
    catchUp = () => promise;
    // No timer has fired.
    vi.setSystemTime(Date.now() + 60_000);
    content = { ...content, labels: { tier: "silver" } };
    writer.refresh("a");
    await settle();
    expect(labels()).toEqual(["gold"]);
    resolve();
    await settle();
    expect(labels()).toEqual(["gold", "silver"]);
  });

  it("tries to read again what others have decided, and writes nothing before", async () => {
    let tries = 0;
    catchUp = async () => {
      tries += 1;
      if (tries < 3) throw new BusError("Disconnected", "no connection");
      await Promise.resolve();
    };
    writer.onStored(rival());
    writer.enable(true);
    await vi.advanceTimersByTimeAsync(150);
    expect(labels()).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(labels()).toEqual(["gold"]);
  });

  it("tries again, with pauses, while it cannot write", async () => {
    stream.failWith = new BusError("Disconnected", "no connection");
    writer.enable(true);
    await vi.advanceTimersByTimeAsync(1_000);
    stream.failWith = undefined;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(labels()).toEqual(["gold"]);
  });

  it("says it again when the agent does not acknowledge it, and when the stream was lost", async () => {
    writer.enable(true);
    await settle();
    await heartbeat(0);
    expect(labels()).toEqual(["gold"]);
    await heartbeat(0);
    expect(labels()).toEqual(["gold", "gold"]);
    await heartbeat(stream.published[1]?.revision ?? 0);

    writer.enable(false);
    writer.onReset();
    stream.last = undefined;
    stream.sequence = 0;
    writer.enable(true);
    await settle();
    expect(labels()).toEqual(["gold", "gold", "gold"]);
    expect(stream.published[2]?.revision).toBeGreaterThan(stream.published[1]?.revision ?? Infinity);
  });

  it("does not take an older message of the stream for what stands there now", async () => {
    const old = rival();
    writer.onStored(old);
    writer.enable(true);
    await settle();
    writer.onStored(old);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(labels()).toEqual(["gold"]);
  });

  it("does not fight with a hub that has another key as fast as it can", async () => {
    writer.enable(true);
    await settle();
    for (let round = 0; round < 20; round += 1) {
      writer.onStored(rival());
      await settle();
    }
    expect(stream.published.length).toBeLessThanOrEqual(3);
  });

  it("tells why a cluster cannot be told: the document would be too large", async () => {
    content = {
      ...content,
      intents: Array.from({ length: 1_000 }, (_, index) => ({
        id: `up-1.${index}`,
        namespace: "default",
        name: `instance-${index}`,
        mode: "Apply",
        service: "cert-manager",
        action: "Move",
        version: "1.0.0",
        reason: "x".repeat(500),
        acceptRisks: [],
      })),
    };
    writer.enable(true);
    await settle();
    expect(writer.problemOf("a")).toMatchObject({ code: "IntentDocumentTooLarge", cluster: "a" });
    expect(stream.published).toEqual([]);
    content = { ...content, intents: [] };
    writer.refresh("a");
    await settle();
    expect([writer.problemOf("a"), labels()]).toEqual([undefined, ["gold"]]);
  });
});
