import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FakeAgent } from "./fake-agent.ts";
import { eventually, Harness, type TestHub } from "./harness.ts";
import { obey } from "./obedient-agent.ts";
import { applyRollout, checked, ended, startRollout } from "./rollouts.ts";

const KIB = 1024;

/** An installation of so many KiB in each of the clusters. */
function installation(name: string, kib: number, changes: object = {}): object {
  const half = "x".repeat((kib * KIB) / 2);
  const instance = { namespace: "dns", name, config: { half }, overrides: { half } };
  return { action: "install", service: "dns", version: "1.0.0", instance, ...changes };
}

/** So many labels, each as long as can be: a third of a KiB. */
function labels(count: number): { readonly [key: string]: string } {
  const prefix = Array.from({ length: 4 }, () => "p".repeat(62)).join(".");
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${prefix}/${String(index).padStart(63, "k")}`, "v".repeat(63)]));
}

describe("an intent document that would be larger than 256 KiB", () => {
  let harness: Harness;
  let hub: TestHub;
  let alpha: FakeAgent;

  beforeEach(async () => {
    harness = await Harness.start();
    hub = await harness.hub();
    alpha = await harness.agent("alpha", { onDocument: obey({ workMs: 600_000 }) });
    await eventually(
      () => hub.get("/v1/clusters"),
      ({ body }) => body.items.length === 1,
    );
  });
  afterEach(() => harness.stop());

  const untilToldBoth = () =>
    eventually(
      () => alpha.document?.intents.map(({ rollout, mode }) => `${rollout} ${mode}`).sort(),
      (intents) => intents?.join() === "one Apply,two Apply",
    );

  const tooLarge = (kib: number) => ({
    status: 422,
    body: {
      code: "IntentDocumentTooLarge",
      detail: expect.stringMatching(new RegExp(`cluster alpha .*\\b${kib}\\d{3} bytes, at most 262144 are allowed`, "u")),
    },
  });

  it("is refused when a rollout is to be checked, and nothing is said to anybody", async () => {
    await startRollout(hub, installation("one", 100), "one");
    await startRollout(hub, installation("two", 100), "two");
    await untilToldBoth();
    const { documents } = alpha;
    const told = documents.length;
    expect(await applyRollout(hub, installation("three", 60), "three")).toMatchObject(tooLarge(267));
    expect(await hub.get("/v1/rollouts/three")).toMatchObject({ status: 404 });
    expect((await applyRollout(hub, installation("four", 40), "four")).status).toBe(201);
    await checked(hub, "four");
    expect(documents.slice(told).flatMap(({ intents }) => intents.map(({ rollout }) => rollout))).not.toContain("three");
  });

  it("is refused when a rollout is to be started, and it can be started when there is room", async () => {
    const hashes = new Map<string, string>();
    for (const name of ["one", "two", "three"]) {
      await applyRollout(hub, installation(name, 100), name);
      hashes.set(name, (await checked(hub, name)).body.checkHash);
    }
    const start = (name: string) => hub.post(`/v1/rollouts/${name}/start`, { hash: hashes.get(name) });
    expect([(await start("one")).status, (await start("two")).status]).toEqual([200, 200]);
    expect(await start("three")).toMatchObject(tooLarge(308));
    expect(await hub.get("/v1/rollouts/three")).toMatchObject({ body: { phase: "Checked" } });
    await untilToldBoth();
    await hub.post("/v1/rollouts/two/abort", {});
    await ended(hub, "two");
    expect((await start("three")).status).toBe(200);
  });

  it("is refused when labels would make it so", async () => {
    await startRollout(hub, installation("one", 120), "one");
    await startRollout(hub, installation("two", 120), "two");
    await untilToldBoth();
    expect(await hub.send("PUT", "/v1/clusters/alpha/labels", { labels: labels(64) })).toMatchObject(tooLarge(271));
    expect((await hub.send("PUT", "/v1/clusters/alpha/labels", { labels: labels(20) })).status).toBe(200);
    await eventually(
      () => Object.keys(alpha.document?.labels ?? {}).length,
      (count) => count === 20,
    );
  });

  it("pauses a rollout that comes to it on its way, with the reason, and the rollout goes on when there is room", async () => {
    await harness.agent("beta", { onDocument: obey() });
    await harness.agent("gamma", { onDocument: obey({ instead: ({ rollout }) => (rollout === "one" ? "nothing" : undefined) }) });
    await eventually(
      () => hub.get("/v1/clusters"),
      ({ body }) => body.items.length === 3,
    );
    const staged = {
      selector: { clusters: ["beta", "gamma"] },
      waves: [{ clusters: { selector: { clusters: ["beta"] } } }, { approval: {} }],
    };
    for (const name of ["one", "two"]) {
      await startRollout(hub, installation(name, 120, staged), name);
      await ended(hub, name, { phases: ["AwaitingApproval"] });
    }
    await hub.send("PUT", "/v1/clusters/gamma/labels", { labels: labels(64) });
    await hub.post("/v1/rollouts/one/approve", {});
    await hub.post("/v1/rollouts/two/approve", {});
    expect(await ended(hub, "two", { phases: ["Paused"] })).toMatchObject({
      paused: { reason: { code: "IntentDocumentTooLarge", message: expect.stringContaining("cluster gamma") } },
      targets: [{ state: "Succeeded" }, { state: "Pending" }],
    });
    expect(await hub.get("/v1/clusters/gamma")).toMatchObject({ body: { intentDocument: { revision: expect.any(Number) } } });
    await hub.send("PUT", "/v1/clusters/gamma/labels", { labels: {} });
    await hub.post("/v1/rollouts/two/resume", {});
    expect(await ended(hub, "two")).toMatchObject({ phase: "Succeeded" });
  });
});
