import { subjects, type IntentDocument } from "@portolan/shared/wire";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { aDocument, cluster, hubKeys, incarnation, intentFor, otherKey, seal } from "../intents/document.fixture.ts";
import { IntentBook, type RememberedDocument, type SeenDocument } from "../intents/mod.ts";
import { FakeBus } from "../report/bus.fixture.ts";
import { IntentChannel } from "./intent-channel.ts";

const subject = subjects.intent(cluster);

let bus: FakeBus;
let book: IntentBook;
let remembered: RememberedDocument[];
let failures: number;
let looked: string[];
let channel: IntentChannel;

function open(seen: SeenDocument = { revision: 0, digest: "" }): IntentChannel {
  channel = new IntentChannel({
    bus,
    reporter: { cluster, incarnation },
    hubKeys,
    book,
    seen,
    now: Date.now,
    logger: pino({ level: "silent" }),
    prepare: async (document) => void looked.push(`prepare ${document.revision}`),
    onIntents: (keys) => void looked.push([...keys].join(",")),
    remember: async (document) => {
      if (failures-- > 0) throw new Error("the API server is away");
      remembered.push(document);
    },
  });
  channel.start();
  return channel;
}

beforeEach(() => {
  vi.useFakeTimers();
  bus = new FakeBus();
  book = new IntentBook(() => {});
  remembered = [];
  failures = 0;
  looked = [];
});

afterEach(() => {
  channel.stop();
  vi.useRealTimers();
});

const hear = async (document: IntentDocument, key?: Parameters<typeof seal>[1]): Promise<void> => {
  bus.deliver(subject, seal(document, key));
  await vi.advanceTimersByTimeAsync(0);
};

describe("the intent channel", () => {
  it("reads what is stored at the start, and after every reconnect", async () => {
    bus.stored.set(subject, seal(aDocument({ revision: 5 })));
    open();
    await vi.advanceTimersByTimeAsync(0);
    expect(book.revision).toBe(5);
    bus.stored.set(subject, seal(aDocument({ revision: 6 })));
    bus.connect(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(channel.revision).toBe(6);
  });

  it("prepares a document before its instances are looked at, and remembers it with its labels", async () => {
    open();
    await hear(aDocument({ revision: 5, labels: { stage: "prod" }, intents: [intentFor("a"), intentFor("b")] }));
    expect(looked).toEqual(["prepare 5", "apps/a,apps/b"]);
    expect(remembered).toEqual([{ seen: { revision: 5, digest: expect.any(String) }, labels: { stage: "prod" } }]);
  });

  it("hears the same document as often as it comes, and remembers it once", async () => {
    open();
    const document = aDocument({ intents: [intentFor("a")] });
    const envelope = seal(document);
    for (let times = 0; times < 3; times++) bus.deliver(subject, envelope);
    await vi.advanceTimersByTimeAsync(0);
    expect(remembered).toHaveLength(1);
    expect(book.forInstance("apps/a")).toBeDefined();
  });

  it("remembers it until it is, and then not an older one", async () => {
    open();
    failures = 3;
    await hear(aDocument({ revision: 5 }));
    await hear(aDocument({ revision: 6 }));
    expect(book.revision).toBe(6);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(remembered.map(({ seen }) => seen.revision)).toEqual([6]);
  });

  it("is not stopped from remembering by hearing the same again", async () => {
    open();
    failures = 2;
    const envelope = seal(aDocument({ revision: 5 }));
    bus.deliver(subject, envelope);
    await vi.advanceTimersByTimeAsync(0);
    bus.deliver(subject, envelope);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(remembered.map(({ seen }) => seen.revision)).toEqual([5]);
  });

  it("refuses what was played back, also after a restart, and says which revision it has seen", async () => {
    open({ revision: 9, digest: "of-9" });
    expect(channel.revision).toBe(0);
    await hear(aDocument({ revision: 8, intents: [intentFor("a")] }));
    expect(book.refusal).toMatchObject({ code: "OldRevision" });
    expect(book.forInstance("apps/a")).toBeUndefined();
    expect(channel.revision).toBe(9);
    await hear(aDocument({ revision: 10 }));
    expect(book.refusal).toBeUndefined();
    expect(channel.revision).toBe(10);
  });

  it("goes by the last good document while others are refused", async () => {
    open();
    await hear(aDocument({ revision: 5, intents: [intentFor("a")] }));
    await hear(aDocument({ revision: 6 }), otherKey);
    bus.deliver(subject, Buffer.from("nothing of that kind"));
    await vi.advanceTimersByTimeAsync(0);
    expect(book.refusal).toMatchObject({ code: "BadSignature" });
    expect(channel.revision).toBe(5);
    expect(book.forInstance("apps/a")).toBeDefined();
  });

  it("hears nothing after it was stopped", async () => {
    open();
    channel.stop();
    expect(bus.listeners).toBe(0);
  });
});
