import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { Webhooks, type WebhookEndpoint, type WebhookEvent, type WebhooksOptions } from "@portolan/hub/webhooks";
import { pino } from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import { offer, status } from "./fake-agent.ts";
import { eventually, Harness } from "./harness.ts";
import { obey } from "./obedient-agent.ts";
import { ended, startRollout } from "./rollouts.ts";

const SECRET = Buffer.from("a secret of at least 24 bytes");

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly path: string | undefined;
}

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** A receiver of webhooks; `answer` decides what it says to the n-th request, from 1. */
async function receiver(answer: (count: number, response: ServerResponse) => void) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, body, path: request.url });
      answer(received.length, response);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { received, url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}` };
}

const ok = (_count: number, response: ServerResponse) => response.writeHead(204).end();

function verify({ headers, body }: Received, secret: Uint8Array, nowMs = Date.now()): boolean {
  const [id, timestamp, signatures] = [headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"]];
  if (typeof signatures !== "string" || Math.abs(Number(timestamp) * 1000 - nowMs) > 5 * 60_000) return false;
  const expected = createHmac("sha256", secret)
    .update(`${String(id)}.${String(timestamp)}.${body}`)
    .digest();
  return signatures.split(" ").some((signature) => {
    const given = Buffer.from(signature.replace(/^v1,/u, ""), "base64");
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

function webhooks(endpoints: readonly WebhookEndpoint[], policy: WebhooksOptions["policy"] = {}) {
  const results: string[] = [];
  const attempts: string[] = [];
  const lines: string[] = [];
  const sender = new Webhooks({
    endpoints,
    policy: { firstPauseMs: 5, maxPauseMs: 20, ...policy },
    logger: pino({ level: "trace" }, { write: (line: string) => lines.push(line) }),
    now: Date.now,
    onAttempt: (_endpoint, outcome) => attempts.push(outcome),
    onResult: (_endpoint, result) => results.push(result),
    onSettled: () => {},
  });
  onTestFinished(() => sender.stop());
  return { sender, results, attempts, lines };
}

const failed: WebhookEvent = { type: "rollout.failed", rollout: "r1", service: "certificates", state: "Failed", message: "2 of 3 failed" };
const settled = (results: readonly string[], count: number) =>
  eventually(
    () => results.length,
    (length) => length === count,
  );

describe("webhooks", () => {
  it("are signed, so that a receiver finds what was forged, changed or replayed", async () => {
    const { url, received } = await receiver(ok);
    const { sender, results } = webhooks([{ url: `${url}/hooks/1`, secret: SECRET }]);
    sender.send({ ...failed, id: "r1-failed", atMs: 1_700_000_000_000, wave: 1 });
    await settled(results, 1);
    const [message] = received;
    if (message === undefined) throw new Error("nothing came");
    expect(JSON.parse(message.body)).toEqual({
      id: "r1-failed",
      type: "rollout.failed",
      at: "2023-11-14T22:13:20.000Z",
      rollout: "r1",
      service: "certificates",
      state: "Failed",
      message: "2 of 3 failed",
      wave: 1,
    });
    expect(message).toMatchObject({ path: "/hooks/1", headers: { "webhook-id": "r1-failed", "content-type": "application/json" } });
    expect(verify(message, SECRET)).toBe(true);
    expect(verify(message, Buffer.from("another secret of 24 bytes"))).toBe(false);
    expect(verify({ ...message, body: message.body.replace("Failed", "Done") }, SECRET)).toBe(false);
    expect(verify({ ...message, headers: { ...message.headers, "webhook-id": "r2-failed" } }, SECRET)).toBe(false);
    expect(verify(message, SECRET, Date.now() + 3_600_000)).toBe(false);
  });

  it("come again with the same id until they are taken", async () => {
    const { url, received } = await receiver((count, response) => {
      if (count === 1) response.socket?.destroy();
      else if (count === 2) response.writeHead(302, { location: "/elsewhere" }).end();
      else response.writeHead(count < 5 ? 503 : 200).end();
    });
    const { sender, results, attempts } = webhooks([{ url, secret: SECRET }]);
    sender.send(failed);
    await settled(results, 1);
    expect(results).toEqual(["Delivered"]);
    expect(attempts).toEqual([expect.stringMatching(/^[A-Z_]+$/u), "302", "503", "503", "200"]);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(received.every((message) => verify(message, SECRET))).toBe(true);
    expect(sender.waiting).toBe(0);
  });

  it("are given up after a time, counted and logged without the URL's path and the secret", async () => {
    const { url } = await receiver((_count, response) => response.writeHead(500).end());
    const { sender, results, attempts, lines } = webhooks([{ url: `${url}/T0KEN?key=K3Y`, secret: SECRET }], { giveUpAfterMs: 50 });
    sender.send({ ...failed, id: "r1-failed" });
    await settled(results, 1);
    expect(results).toEqual(["GivenUp"]);
    expect(attempts.length).toBeGreaterThan(1);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      endpoint: url,
      id: "r1-failed",
      rollout: "r1",
      result: "GivenUp",
      why: "status 500",
    });
    expect(lines.join()).not.toMatch(/T0KEN|K3Y|a secret/u);
  });

  it("do not wait for another endpoint, nor for another message that the endpoint does not like", async () => {
    const slow = await receiver(() => undefined);
    const refusing = `http://127.0.0.1:${await freePort()}`;
    const picky = await receiver((_count, response) =>
      response.writeHead(picky.received.at(-1)?.headers["webhook-id"] === "bad" ? 400 : 200).end(),
    );
    const { sender, results, attempts } = webhooks(
      [
        { url: slow.url, secret: SECRET },
        { url: picky.url, secret: SECRET },
        { url: refusing, secret: SECRET },
      ],
      { firstPauseMs: 60_000, maxPauseMs: 60_000 },
    );
    sender.send({ ...failed, id: "bad" });
    sender.send({ ...failed, id: "good" });
    await settled(results, 1);
    expect(results).toEqual(["Delivered"]);
    await eventually(
      () => attempts.filter((outcome) => outcome === "ECONNREFUSED").length,
      (count) => count === 2,
    );
    expect(sender.waiting).toBe(5);
  });

  it("time out, and keep to the bound of what waits", async () => {
    const slow = await receiver(() => undefined);
    const { sender, results, attempts } = webhooks([{ url: slow.url, secret: SECRET }], {
      timeoutMs: 50,
      giveUpAfterMs: 0,
      maxInFlight: 1,
      maxWaiting: 2,
    });
    for (let count = 0; count < 4; count++) sender.send(failed);
    expect(results).toEqual(["Overflow", "Overflow"]);
    await settled(results, 4);
    expect(results.slice(2)).toEqual(["GivenUp", "GivenUp"]);
    expect(attempts).toEqual(["Timeout", "Timeout"]);
  });

  it("end for an endpoint that is gone, until the hub is restarted", async () => {
    const gone = await receiver((_count, response) => response.writeHead(410).end());
    const { sender, results } = webhooks([{ url: gone.url, secret: SECRET }], { maxInFlight: 1 });
    sender.send(failed);
    sender.send(failed);
    await settled(results, 2);
    sender.send(failed);
    expect(results).toEqual(["Disabled", "Disabled", "Disabled"]);
    expect(gone.received).toHaveLength(1);
    expect(sender.waiting).toBe(0);
  });

  it("are sent only for what an endpoint wants to hear", async () => {
    const { url, received } = await receiver(ok);
    const { sender, results } = webhooks([{ url, secret: SECRET, events: ["rollout.done"] }]);
    sender.send(failed);
    sender.send({ ...failed, type: "rollout.done", state: "Succeeded" });
    await settled(results, 1);
    expect(received.map(({ body }) => JSON.parse(body).type)).toEqual(["rollout.done"]);
  });

  it("end with the hub, and those that were not delivered are told", async () => {
    const slow = await receiver(() => undefined);
    const { sender, results } = webhooks([{ url: slow.url, secret: SECRET }], { maxInFlight: 1 });
    sender.send(failed);
    sender.send(failed);
    await eventually(
      () => slow.received.length,
      (count) => count === 1,
    );
    sender.stop();
    await settled(results, 2);
    expect(results).toEqual(["Stopped", "Stopped"]);
  });
});

describe("a rollout's webhooks", () => {
  it("tell that it has started, waits for approval, is paused, is done, or has failed; signed, each once", async () => {
    const harness = await Harness.start();
    onTestFinished(() => harness.stop());
    const { received, url } = await receiver(ok);
    const hub = await harness.hub({ webhooks: [{ url, secret: SECRET }] });
    let fails = false;
    for (const name of ["alpha", "beta"]) {
      const broken = { phase: "Failed" as const, reason: { code: "Broken", message: "it is broken" } };
      const onDocument = obey({ instead: () => (fails ? broken : undefined), offers: () => ["1.2.0"] });
      const agent = await harness.agent(name, { onDocument });
      agent.report("main", status({ availabilityDigest: agent.offer("main", offer("1.0.0", ["1.1.0"])) }));
    }
    await eventually(
      () => hub.get("/v1/availability?service=cert-manager"),
      ({ body }) => body.items[0]?.counts.reachable === 2,
    );
    await startRollout(hub, { waves: [{ clusters: { count: 1 } }, { approval: {} }] }, "good");
    await ended(hub, "good", { phases: ["AwaitingApproval"] });
    await hub.post("/v1/rollouts/good/pause", { reason: "lunch" });
    await hub.post("/v1/rollouts/good/resume");
    await hub.post("/v1/rollouts/good/approve");
    expect(await ended(hub, "good")).toMatchObject({ phase: "Succeeded" });
    fails = true;
    await eventually(
      () => hub.get("/v1/availability?service=cert-manager"),
      ({ body }) => body.items[0]?.version === "1.2.0" && body.items[0].counts.reachable === 2,
    );
    await startRollout(hub, { version: "1.2.0", onFailure: "Continue" }, "bad");
    expect(await ended(hub, "bad")).toMatchObject({ phase: "Failed" });
    // They may overtake each other.
    const told = () =>
      received
        .map(({ body }) => JSON.parse(body))
        .map(({ rollout, type }) => `${rollout} ${type}`)
        .toSorted();
    await eventually(told, ({ length }) => length >= 7);
    expect(told()).toEqual([
      "bad rollout.failed",
      "bad rollout.started",
      "good rollout.done",
      "good rollout.paused",
      "good rollout.started",
      "good rollout.waiting_for_approval",
      "good rollout.waiting_for_approval",
    ]);
    expect(received.every((message) => verify(message, SECRET))).toBe(true);
  });
});
