import { connectBus } from "@portolan/shared/bus";
import { subjects } from "@portolan/shared/wire";
import { NATS_SERVER_COMPATIBILITY_VERSION, NATS_SERVER_VERSION } from "@portolan/simulator/nats-server";
import { describe, expect, it } from "vitest";

import { bytes, busTo, connected, disconnected, server, SOON, text, withStreams } from "./support.ts";

const subject = subjects.report("eu-1", "platform", "dns");

describe.each([NATS_SERVER_VERSION, NATS_SERVER_COMPATIBILITY_VERSION])("storing on nats-server %s", (version) => {
  it("is acknowledged with stream and sequence, any number at once", async () => {
    const { url } = await server({ version });
    const bus = await withStreams(await busTo(url));
    const count = 10_000;
    const acks = await Promise.all(
      Array.from({ length: count }, (_, index) => bus.publishStored(subjects.heartbeat(`c-${index % 100}`), bytes(`${index}`))),
    );
    // Sent in order over one connection, so stored in order.
    expect(acks).toEqual(Array.from({ length: count }, (_, index) => ({ stream: "PORTOLAN_REPORTS", sequence: index + 1 })));
    const last = await bus.lastMessage("PORTOLAN_REPORTS", subjects.heartbeat("c-99"));
    expect(last).toMatchObject({ subject: subjects.heartbeat("c-99"), sequence: count });
    expect(text(last?.payload ?? bytes(""))).toBe("9999");
  });

  it("is refused with a code that tells why", async () => {
    const { url } = await server({ version });
    const bus = await withStreams(await busTo(url));
    await expect(bus.publishStored("nobody.stores.this", bytes("1"))).rejects.toMatchObject({ name: "BusError", code: "NoStream" });
    await expect(bus.publishStored(subject, new Uint8Array(bus.maxPayloadBytes + 1))).rejects.toMatchObject({ code: "TooLarge" });
    await expect(bus.publishStored("with blanks", bytes("1"))).rejects.toMatchObject({ code: "Rejected" });
    await expect(bus.lastMessage("NO_SUCH_STREAM", subject)).rejects.toMatchObject({ code: "NoStream" });
    expect(await bus.lastMessage("PORTOLAN_REPORTS", subject)).toBeUndefined();
  });

  it("takes a message once that comes again with its id", async () => {
    const { url } = await server({ version });
    const bus = await withStreams(await busTo(url));
    const audit = subjects.audit("RolloutStarted");
    const first = await bus.publishStored(audit, bytes("1"), { messageId: "a" });
    expect(await bus.publishStored(audit, bytes("1"), { messageId: "a" })).toEqual(first);
    expect(await bus.publishStored(audit, bytes("1"), { messageId: "b" })).toEqual({ ...first, sequence: first.sequence + 1 });
  });

  it("compares the subject's last sequence when asked to", async () => {
    const { url } = await server({ version });
    const bus = await withStreams(await busTo(url));
    const intent = subjects.intent("eu-1");
    const first = await bus.publishStored(intent, bytes("1"), { expectedLastSubjectSequence: 0 });
    await expect(bus.publishStored(intent, bytes("2"), { expectedLastSubjectSequence: 0 })).rejects.toMatchObject({
      code: "WrongLastSequence",
      temporary: false,
    });
    const second = await bus.publishStored(intent, bytes("3"), { expectedLastSubjectSequence: first.sequence });
    expect(second.sequence).toBe(first.sequence + 1);
    expect(text((await bus.lastMessage("PORTOLAN_INTENTS", intent))?.payload ?? bytes(""))).toBe("3");
  });

  it("brings streams to their spec, and makes them only once", async () => {
    const { url } = await server({ version });
    const bus = await withStreams(await busTo(url));
    const created = await bus.streamCreated("PORTOLAN_REPORTS");
    expect(created).toBeGreaterThan(Date.now() - 60_000);
    await bus.publishStored(subject, bytes("1"));
    const spec = { name: "PORTOLAN_REPORTS", description: "more", subjects: [subject, "more.>"], maxMessagesPerSubject: 2 };
    await bus.ensureStreams([spec]);
    await bus.ensureStreams([spec]);
    expect(await bus.publishStored("more.a", bytes("2"))).toEqual({ stream: "PORTOLAN_REPORTS", sequence: 2 });
    expect(await bus.streamCreated("PORTOLAN_REPORTS")).toBe(created);
    expect(await bus.streamCreated("NO_SUCH_STREAM")).toBeUndefined();
  });
});

describe("without a connection", () => {
  it("everything says so at once, and nothing is kept for later", async () => {
    const nats = await server();
    const bus = await withStreams(await busTo(nats.url));
    const other: string[] = [];
    await nats.kill("SIGKILL");
    await disconnected(bus);
    expect(bus.connected).toBe(false);
    const startedAt = performance.now();
    await expect(bus.publishStored(subject, bytes("stored"))).rejects.toMatchObject({ code: "Disconnected", temporary: true });
    await expect(bus.request("a", bytes(""), { timeoutMs: 5_000 })).rejects.toMatchObject({ code: "Disconnected" });
    await expect(bus.lastMessage("PORTOLAN_REPORTS", subject)).rejects.toMatchObject({ code: "Disconnected" });
    await expect(bus.keyValue("bucket")).rejects.toMatchObject({ code: "Disconnected" });
    await expect(bus.roundTripMs()).rejects.toMatchObject({ code: "Disconnected" });
    await expect(bus.streamCreated("PORTOLAN_REPORTS")).rejects.toMatchObject({ code: "Disconnected" });
    expect(performance.now() - startedAt).toBeLessThan(500);
    expect(bus.publish("plain", bytes("dropped"))).toBe(false);
    // Made while there is no connection: it works when there is one.
    bus.subscribe("plain", ({ payload }) => other.push(text(payload)));

    await nats.restart();
    await connected(bus);
    expect(bus.publish("plain", bytes("sent"))).toBe(true);
    await expect.poll(() => other, SOON).toEqual(["sent"]);
    expect(await bus.lastMessage("PORTOLAN_REPORTS", subject)).toBeUndefined();
    await expect(bus.publishStored(subject, bytes("stored"))).resolves.toMatchObject({ stream: "PORTOLAN_REPORTS" });
  });

  it("publishes that were in flight end as Disconnected, not as a timeout", async () => {
    const nats = await server();
    const bus = await withStreams(await busTo(nats.url));
    const startedAt = performance.now();
    const killed = nats.kill("SIGKILL");
    const outcomes = await Promise.allSettled(
      Array.from({ length: 1_000 }, () => bus.publishStored(subject, new Uint8Array(10_000), { timeoutMs: 30_000 })),
    );
    await killed;
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    const failures = outcomes.filter((outcome) => outcome.status === "rejected").map(({ reason }) => reason.code);
    expect(new Set(failures)).toEqual(new Set(["Disconnected"]));
  });
});

describe("more than can be buffered", () => {
  it("is refused for now, and the rest is stored", async () => {
    const { url } = await server();
    const bus = await withStreams(await busTo(url));
    const large = new Uint8Array(bus.maxPayloadBytes - 1024);
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => bus.publishStored(subject, large, { timeoutMs: 30_000 })));
    const failures = outcomes.filter((outcome) => outcome.status === "rejected").map(({ reason }) => reason);
    expect(failures.length).toBeGreaterThan(20);
    expect(failures.length).toBeLessThan(40);
    for (const failure of failures) expect(failure).toMatchObject({ code: "Overloaded", temporary: true });
    await expect(bus.publishStored(subject, bytes("after"))).resolves.toMatchObject({ stream: "PORTOLAN_REPORTS" });
  });
});

describe("when nobody acknowledges", () => {
  it("a publish ends as a timeout", async () => {
    const { url } = await server();
    const bus = await busTo(url);
    // Somebody listens, so the server does not say that nobody does; and nobody stores it.
    bus.subscribe("listened.to", () => undefined);
    await bus.roundTripMs();
    await expect(bus.publishStored("listened.to", bytes("1"), { timeoutMs: 200 })).rejects.toMatchObject({ code: "Timeout" });
  });
});

describe("closing", () => {
  it("waits for acknowledgements, then refuses everything", async () => {
    const { url } = await server();
    const bus = await withStreams(await connectBus({ servers: url, name: "closing" }));
    const statuses: string[] = [];
    bus.onStatus((status) => statuses.push(status));
    const inFlight = Array.from({ length: 100 }, () => bus.publishStored(subject, bytes("1")));
    await bus.close();
    await expect(Promise.all(inFlight)).resolves.toHaveLength(100);
    await expect(bus.publishStored(subject, bytes("2"))).rejects.toMatchObject({ code: "Closed", temporary: false });
    expect(bus.publish(subject, bytes("2"))).toBe(false);
    expect(() => bus.subscribe(subject, () => undefined)).toThrow(expect.objectContaining({ code: "Closed" }));
    expect(statuses).toEqual(["disconnected"]);
    await bus.close();
  });

  it("works without a connection too", async () => {
    const nats = await server();
    const bus = await connectBus({ servers: nats.url, name: "closing" });
    await nats.kill("SIGKILL");
    await disconnected(bus);
    const startedAt = performance.now();
    await bus.close();
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await expect(bus.publishStored(subject, bytes("2"))).rejects.toMatchObject({ code: "Closed" });
  });
});
