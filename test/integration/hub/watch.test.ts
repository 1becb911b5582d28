import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeEvent, subjects } from "@portolan/shared/wire";
import { offer, status, type FakeAgent } from "./fake-agent.ts";
import { eventually, Harness, type TestHub } from "./harness.ts";
import { obey } from "./obedient-agent.ts";
import { startRollout } from "./rollouts.ts";
import { WatchClient } from "./watch-client.ts";

describe("GET /v1/watch", () => {
  let harness: Harness;
  let hub: TestHub;
  let agent: FakeAgent;

  beforeAll(async () => {
    harness = await Harness.start();
    hub = await harness.hub();
    agent = await harness.agent("alpha", { onDocument: obey({ workMs: 500 }) });
    agent.report("main", status({ availabilityDigest: agent.offer("main", offer("1.0.0", ["1.1.0"])) }));
    await eventually(
      () => hub.get("/v1/instances"),
      ({ body }) => body.items[0]?.availability?.current === true,
    );
  });
  afterAll(() => harness.stop());

  const watch = (query = "", headers = {}) => WatchClient.open(hub.hub.url, `/v1/watch${query}`, headers);
  const bookmarked = (client: WatchClient) =>
    eventually(
      () => client.events,
      (events) => events.some(({ name }) => name === "bookmark"),
    );

  it("begins with the state as it is, then sends every change with growing ids", async () => {
    const client = await watch("?kinds=clusters,instances,availability");
    const begin = [...(await bookmarked(client))];
    expect(begin.map(({ name, id }) => [name, id === undefined])).toEqual([
      ["cluster", true],
      ["instance", true],
      ["availability", true],
      ["bookmark", false],
    ]);
    expect(begin[1]?.data).toMatchObject({ cluster: "alpha", name: "main", version: "1.0.0" });
    agent.report("second", status());
    await eventually(
      () => client.events,
      (events) => events.at(-1)?.data.name === "second",
    );
    agent.remove("second");
    const changes = await eventually(
      () => client.events.slice(begin.length).filter(({ name }) => name === "instance"),
      (events) => events.length === 2,
    );
    expect(changes[0]?.data).toMatchObject({ name: "second", phase: "Ready" });
    expect(changes[1]?.data).toEqual({ cluster: "alpha", namespace: "default", name: "second", deleted: true });
    expect(changes[0]?.id).toBeGreaterThan(begin.at(-1)?.id ?? Infinity);
    expect(changes[1]?.id).toBeGreaterThan(changes[0]?.id ?? Infinity);
    client.close();
  });

  it("resumes after the last event that was seen, and starts anew when that is too old", async () => {
    const first = await watch("?kinds=instances");
    await bookmarked(first);
    const { lastId } = first;
    first.close();
    agent.report("resumed", status());
    await eventually(
      () => hub.get("/v1/instances"),
      ({ body }) => body.items.length === 2,
    );
    agent.remove("resumed");
    await eventually(
      () => hub.get("/v1/instances"),
      ({ body }) => body.items.length === 1,
    );

    const second = await watch("?kinds=instances", { "last-event-id": String(lastId) });
    const missed = await eventually(
      () => second.events,
      (events) => events.length === 2,
    );
    expect(missed.map(({ data }) => data.deleted ?? false)).toEqual([false, true]);
    second.close();

    const third = await watch("?kinds=instances", { "last-event-id": "17" });
    expect((await bookmarked(third)).map(({ name }) => name)).toEqual(["reset", "instance", "bookmark"]);
    third.close();
  });

  it("sends only what was asked for", async () => {
    const client = await watch("?kinds=instances&cluster=alpha&service=external-dns");
    expect((await bookmarked(client)).map(({ name }) => name)).toEqual(["bookmark"]);
    agent.report("dns", status({ service: "external-dns" }));
    agent.report("other", status());
    await eventually(
      () => client.events,
      (events) => events.some(({ data }) => data.name === "dns"),
    );
    agent.remove("dns");
    agent.remove("other");
    await eventually(
      () => client.events,
      (events) => events.some(({ data }) => data.deleted === true),
    );
    expect(client.events.filter(({ data }) => data.name === "other")).toEqual([]);
    client.close();
    const wrong = await hub.get("/v1/watch?kinds=pods");
    expect(wrong).toMatchObject({ status: 400, body: { code: "InvalidRequest" } });
  });

  it("tells how a rollout goes, and the agents' events", async () => {
    const client = await watch("?kinds=rollouts,events");
    await bookmarked(client);
    const started = await startRollout(hub);
    await agent.publish(
      subjects.event("alpha", "default", "main"),
      encodeEvent({
        cluster: "alpha",
        incarnation: agent.incarnation,
        namespace: "default",
        name: "main",
        service: "cert-manager",
        atUnixMs: 1_700_000_000_000,
        type: "HookFinished",
        hook: { name: "before/backup", action: "job", object: "Job default/backup" },
      }),
    );
    await eventually(
      () => client.events,
      (events) => events.some(({ data }) => data.phase === "Succeeded"),
    );
    const seen = client.events.filter(({ data }) => data.name === started).map(({ data }) => data.targets[0].state);
    expect(seen.at(0)).toBe("Pending");
    expect(seen).toContain("Sent");
    expect(seen).toContain("Running");
    expect(seen.at(-1)).toBe("Succeeded");
    await eventually(
      () => client.events,
      (events) => events.some(({ name }) => name === "event"),
    );
    expect(client.events.find(({ name }) => name === "event")?.data).toMatchObject({
      type: "HookFinished",
      at: "2023-11-14T22:13:20.000Z",
      hook: { action: "job" },
    });
    client.close();
  });

  it("tells a client that reads slowly the newest state of everything, in order", async () => {
    const client = await watch("?kinds=instances");
    await bookmarked(client);
    client.pause();
    // More than the buffers of both sockets hold.
    const filler = "x".repeat(4_000);
    for (let index = 0; index < 4_000; index += 1) {
      agent.report("busy", status({ generation: index + 1, message: filler }));
      if (index % 100 === 0) {
        await eventually(
          () => hub.get("/v1/clusters/alpha/namespaces/default/instances/busy"),
          ({ body }) => body.generation === index + 1,
        );
      }
    }
    await eventually(
      () => hub.get("/v1/clusters/alpha/namespaces/default/instances/busy"),
      ({ body }) => body.generation === 4_000,
    );
    client.resume();
    const events = await eventually(
      () => client.events,
      (found) => found.at(-1)?.data.generation === 4_000,
    );
    const ids = events.flatMap(({ id }) => id ?? []);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(events.length).toBeLessThan(4_000);
    client.close();
  });
});
