import { setTimeout as sleep } from "node:timers/promises";

import { connectBus } from "@portolan/shared/bus";
import { subjects } from "@portolan/shared/wire";
import { startNatsServer } from "@portolan/simulator/nats-server";
import { describe, expect, it, onTestFinished } from "vitest";

import { bytes, busTo, connected, disconnected, server, SOON, text, withStreams } from "./support.ts";

describe("connecting", () => {
  it("waits for a server that comes later, and says what it waits for", async () => {
    const port = await unusedPort();
    const lines: string[] = [];
    const log = { info: () => undefined, warn: (_fields: object, message: string) => lines.push(message), error: () => undefined };
    const waiting = connectBus({ servers: `nats://127.0.0.1:${port}`, name: "early", logger: log, maxReconnectDelayMs: 200 });
    await expect.poll(() => lines, SOON).toEqual(["waiting for a NATS server"]);
    await server({ port });
    const bus = await waiting;
    onTestFinished(() => bus.close());
    expect(bus.connected).toBe(true);
    expect(await bus.roundTripMs()).toBeGreaterThan(0);
  });

  it("can be aborted", async () => {
    const port = await unusedPort();
    const aborter = new AbortController();
    const waiting = connectBus({ servers: `nats://127.0.0.1:${port}`, name: "aborted", signal: aborter.signal });
    await sleep(100);
    aborter.abort();
    await expect(waiting).rejects.toMatchObject({ name: "BusError", code: "Aborted" });
  });

  it("tries the next server when one is not there", async () => {
    const port = await unusedPort();
    const { url } = await server();
    const bus = await busTo("", { servers: [`nats://127.0.0.1:${port}`, url] });
    expect(bus.connected).toBe(true);
  });
});

describe("after a reconnect", () => {
  it("subscriptions and responders go on, and listeners were told", async () => {
    const nats = await server();
    const bus = await busTo(nats.url);
    const other = await busTo(nats.url);
    const received: string[] = [];
    const statuses: string[] = [];
    const ended: string[] = [];
    bus.onStatus((status) => statuses.push(status));
    bus.onStatus((status) => ended.push(status))();
    bus.subscribe("news.*", ({ subject, payload }) => received.push(`${subject}=${text(payload)}`));
    bus.respond("echo", (payload) => payload);
    await bus.roundTripMs();
    other.publish("news.a", bytes("1"));
    await expect.poll(() => received, SOON).toEqual(["news.a=1"]);

    await nats.kill("SIGKILL");
    await Promise.all([disconnected(bus), disconnected(other)]);
    await nats.restart();
    await Promise.all([connected(bus), connected(other)]);
    await bus.roundTripMs();
    other.publish("news.b", bytes("2"));
    await expect.poll(() => received, SOON).toEqual(["news.a=1", "news.b=2"]);
    expect(text(await other.request("echo", bytes("hello"), { timeoutMs: 5_000 }))).toBe("hello");
    expect(statuses).toEqual(["disconnected", "connected"]);
    expect(ended).toEqual([]);
  });

  it("what is unsubscribed stays so", async () => {
    const nats = await server();
    const bus = await busTo(nats.url);
    const received: string[] = [];
    bus.subscribe("news", ({ payload }) => received.push(text(payload))).unsubscribe();
    await nats.kill("SIGKILL");
    await disconnected(bus);
    await nats.restart();
    await connected(bus);
    bus.publish("news", bytes("1"));
    await bus.roundTripMs();
    expect(received).toEqual([]);
  });

  // The client library gives up for good after ten attempts, if one lets it.
  it("comes back after any number of attempts", async () => {
    const nats = await server();
    const bus = await busTo(nats.url, { maxReconnectDelayMs: 10 });
    await nats.kill("SIGKILL");
    await disconnected(bus);
    await sleep(1_000);
    expect(bus.connected).toBe(false);
    await nats.restart();
    await connected(bus);
    expect(await bus.roundTripMs()).toBeGreaterThan(0);
  });

  it("is ended also when its server dies while it says good-bye", async () => {
    const nats = await server();
    const bus = await withStreams(await busTo(nats.url));
    bus.subscribe("news", () => undefined);
    await bus.roundTripMs();
    process.kill(nats.pid(), "SIGSTOP");
    const closed = bus.close();
    await nats.kill("SIGKILL");
    expect(await closed).toBeUndefined();
  });

  it("survives many restarts", async () => {
    const nats = await server();
    const bus = await withStreams(await busTo(nats.url));
    for (let round = 1; round <= 5; round++) {
      await nats.restart();
      await expect
        .poll(
          () =>
            bus.publishStored(subjects.heartbeat("eu-1"), bytes(`${round}`)).then(
              ({ sequence }) => sequence,
              () => 0,
            ),
          SOON,
        )
        .toBeGreaterThan(0);
    }
    expect(text((await bus.lastMessage("PORTOLAN_REPORTS", subjects.heartbeat("eu-1")))?.payload ?? bytes(""))).toBe("5");
  });
});

describe("requests", () => {
  it("are answered, each with its own answer", async () => {
    const { url } = await server();
    const [asking, answering] = await Promise.all([busTo(url), busTo(url)]);
    answering.respond("double.*", async (payload, subject) => {
      await sleep(Math.random() * 20);
      return bytes(`${subject}:${Number(text(payload)) * 2}`);
    });
    await answering.roundTripMs();
    const answers = await Promise.all([1, 2, 3, 4, 5].map((n) => asking.request(`double.${n}`, bytes(`${n}`), { timeoutMs: 5_000 })));
    expect(answers.map(text)).toEqual(["double.1:2", "double.2:4", "double.3:6", "double.4:8", "double.5:10"]);
  });

  it("end with a code that tells why", async () => {
    const { url } = await server();
    const bus = await busTo(url);
    bus.respond("failing", () => Promise.reject(new Error("with a secret")));
    bus.respond("slow", () => new Promise(() => undefined));
    await expect(bus.request("nobody.answers", bytes(""), { timeoutMs: 5_000 })).rejects.toMatchObject({ code: "NoResponders" });
    await expect(bus.request("slow", bytes(""), { timeoutMs: 100 })).rejects.toMatchObject({ code: "Timeout" });
    const failure = await bus.request("failing", bytes(""), { timeoutMs: 5_000 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "Rejected" });
    expect(String(failure)).not.toContain("secret");
  });

  it("end when the connection is lost", async () => {
    const nats = await server();
    const bus = await busTo(nats.url);
    bus.respond("slow", () => new Promise(() => undefined));
    const [outcome] = await Promise.allSettled([bus.request("slow", bytes(""), { timeoutMs: 30_000 }), nats.kill("SIGKILL")]);
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "Disconnected" } });
  });
});

/** One that was free a moment ago. */
async function unusedPort(): Promise<number> {
  const nats = await startNatsServer();
  await nats.stop();
  return nats.port;
}
