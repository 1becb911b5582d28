import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { offer, status, type FakeAgent } from "./fake-agent.ts";
import { eventually, Harness, type TestHub } from "./harness.ts";
import { obey } from "./obedient-agent.ts";
import { applyRollout, checked, readRollout, startRollout } from "./rollouts.ts";
import { WatchClient } from "./watch-client.ts";

describe("two hubs with one key", () => {
  let harness: Harness;
  let hubs: readonly [TestHub, TestHub];
  const agents: FakeAgent[] = [];

  beforeAll(async () => {
    harness = await Harness.start();
    hubs = [await harness.hub(), await harness.hub()];
    for (const name of ["alpha", "beta", "gamma"]) {
      const agent = await harness.agent(name, { onDocument: obey() });
      agent.report("main", status({ availabilityDigest: agent.offer("main", offer("1.0.0", ["1.1.0"])) }));
      agents.push(agent);
    }
    for (const hub of hubs) {
      await eventually(
        () => hub.get("/v1/availability?service=cert-manager"),
        ({ body }) => body.items[0]?.counts.reachable === 3,
      );
    }
  });
  afterAll(() => harness.stop());

  it("do not get into each other's way: every intent is sent once, and both tell the same", async () => {
    const watcher = await WatchClient.open(hubs[1].hub.url, "/v1/watch?kinds=rollouts");
    const name = await startRollout(hubs[0], { waves: [{ maxConcurrent: 1 }] });
    await eventually(
      () => watcher.events,
      (events) => events.some(({ data }) => data.phase === "Succeeded"),
      10_000,
    );
    const read = () => Promise.all(hubs.map((hub) => readRollout(hub, name)));
    // Either may have written the end, and the other reads it a moment later.
    const [first, second] = await eventually(read, (both) => both.every(({ phase }) => phase === "Succeeded"));
    expect(first?.counts).toMatchObject({ Succeeded: 3 });
    expect(second).toEqual(first);
    for (const agent of agents) {
      const ids = new Set(agent.documents.flatMap(({ intents }) => intents.filter(({ mode }) => mode === "Apply").map(({ id }) => id)));
      expect(ids.size).toBe(1);
    }
    watcher.close();
  });

  it("hold a change to what was read, also where both are asked at the same time", async () => {
    const { etag = "" } = await applyRollout(hubs[0], {}, "held");
    await eventually(
      () => hubs[1].get("/v1/rollouts/held"),
      (answer) => answer.status === 200,
    );
    const { etag: read = etag } = await checked(hubs[0], "held");
    await eventually(
      () => hubs[1].get("/v1/rollouts/held"),
      (answer) => answer.etag === read,
    );
    const deadlines = [601, 602, 603, 604, 605, 606];
    const answers = await Promise.all(
      deadlines.map((progressDeadlineSeconds, index) =>
        applyRollout(hubs[index % 2 === 0 ? 0 : 1], { progressDeadlineSeconds }, "held", { "if-match": read }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412, 412, 412, 412, 412]);
    const { body } = await hubs[0].get("/v1/rollouts/held");
    expect(body.spec.progressDeadlineSeconds).toBe(deadlines[answers.findIndex(({ status }) => status === 200)]);
    expect(await hubs[0].post("/v1/rollouts/held/abort", {}, { "if-match": read })).toMatchObject({ status: 412 });
    expect(await hubs[0].send("DELETE", "/v1/rollouts/held", undefined, { "if-match": read })).toMatchObject({ status: 412 });
    expect(await applyRollout(hubs[0], {}, "nowhere", { "if-match": "*" })).toMatchObject({ status: 412 });
    expect(await hubs[0].send("DELETE", "/v1/rollouts/held", undefined, { "if-match": "*" })).toMatchObject({ status: 204 });
  });

  it("do a command once, whichever of them it is sent to", async () => {
    const key = { "idempotency-key": "one" };
    const [first, second] = await Promise.all(hubs.map((hub) => applyRollout(hub, { selector: { clusters: ["alpha"] } }, "keyed", key)));
    expect(new Set([first?.status, second?.status])).toEqual(new Set([200, 201]));
    await checked(hubs[0], "keyed");
    const other = await applyRollout(hubs[1], { selector: { clusters: ["beta"] } }, "keyed");
    expect(other).toMatchObject({ status: 200, body: { phase: "Checking" } });
    await eventually(
      () => hubs[0].get("/v1/rollouts/keyed"),
      ({ body }) => body.spec.selector.clusters[0] === "beta",
    );
    // What came in between stays.
    expect(await applyRollout(hubs[0], { selector: { clusters: ["alpha"] } }, "keyed", key)).toMatchObject({
      status: 200,
      body: { spec: { selector: { clusters: ["beta"] } } },
    });
    expect(await applyRollout(hubs[1], { selector: { clusters: ["gamma"] } }, "keyed", key)).toMatchObject({
      status: 422,
      body: { code: "IdempotencyKeyReused" },
    });
    expect(await hubs[0].post("/v1/rollouts/keyed/abort", {}, { "x-portolan-not-after": "2020-01-01T00:00:00Z" })).toMatchObject({
      status: 409,
      body: { code: "CommandExpired" },
    });

    const labels = (hub: TestHub, tier: string, headers = {}) => hub.send("PUT", "/v1/clusters/beta/labels", { labels: { tier } }, headers);
    expect((await labels(hubs[0], "gold", key)).status).toBe(200);
    await eventually(
      () => labels(hubs[1], "silver"),
      ({ status: answer }) => answer === 200,
    );
    await eventually(
      () => hubs[0].get("/v1/clusters/beta"),
      ({ body }) => body.labels.tier === "silver",
    );
    expect(await labels(hubs[1], "gold", key)).toMatchObject({ status: 200, body: { labels: { tier: "silver" } } });

    const publish = (hub: TestHub) => hub.post("/v1/catalogs", { name: "base", catalog: { services: [] } }, key);
    expect(await publish(hubs[0])).toMatchObject({ status: 201 });
    expect(await hubs[0].send("DELETE", "/v1/catalogs/base")).toMatchObject({ status: 204 });
    await eventually(
      () => hubs[1].get("/v1/catalogs"),
      ({ body }) => body.items.length === 0,
    );
    expect(await publish(hubs[1])).toMatchObject({ status: 201, body: { name: "base" } });
    expect((await hubs[1].get("/v1/catalogs")).body.items).toEqual([]);
  });

  it("share labels and catalogs", async () => {
    await hubs[1].send("PUT", "/v1/clusters/alpha/labels", { labels: { tier: "gold" } });
    const { body } = await eventually(
      () => hubs[0].get("/v1/clusters?labelSelector=tier=gold"),
      (answer) => answer.body.items.length === 1,
    );
    expect(body.items[0].name).toBe("alpha");
  });
});
