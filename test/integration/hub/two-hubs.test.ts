import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { offer, status, type FakeAgent } from "./fake-agent.ts";
import { eventually, Harness, type TestHub } from "./harness.ts";
import { obey } from "./obedient-agent.ts";
import { readRollout, startRollout } from "./rollouts.ts";
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

  it("share labels and catalogs", async () => {
    await hubs[1].send("PUT", "/v1/clusters/alpha/labels", { labels: { tier: "gold" } });
    const { body } = await eventually(
      () => hubs[0].get("/v1/clusters?labelSelector=tier=gold"),
      (answer) => answer.body.items.length === 1,
    );
    expect(body.items[0].name).toBe("alpha");
  });
});
