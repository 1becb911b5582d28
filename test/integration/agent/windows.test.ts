import type { UpgradePolicy } from "@portolan/agent/resources";
import { startNatsServer, type NatsServer } from "@portolan/simulator/nats-server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { catalog, gatedService, webService } from "./catalog.ts";
import { condition, instanceRef, TestCluster } from "./harness.ts";
import { joining, ScriptedHub } from "./scripted-hub.ts";

const nightly: UpgradePolicy = { windows: [{ cron: "0 2 * * *", duration: "1h" }] };
const always: UpgradePolicy = { windows: [] };

let cluster: TestCluster;

beforeEach(() => {
  cluster = new TestCluster();
});

afterEach(async () => {
  await cluster.close();
  vi.useRealTimers();
});

/** From here on it is so late, and time goes on from there. Timers stay real. */
function itIs(time: string): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(time), shouldAdvanceTime: true });
}

describe("outside of its maintenance windows an instance", () => {
  it("is installed all the same, and looked after, but moved only when one opens", async () => {
    itIs("2030-01-01T01:59:00Z");
    await cluster.startAgent({ catalog: catalog(webService) });
    await cluster.create("one", { service: "web", version: "1.0.0", upgradePolicy: nightly });
    await cluster.untilReady("one", "1.0.0");

    vi.setSystemTime("2030-01-01T01:59:57Z");
    await cluster.edit("one", { version: "1.1.0" });
    const waiting = await cluster.untilReason("one", "WindowClosed");
    expect(waiting.status).toMatchObject({ phase: "Ready", version: "1.0.0" });
    expect(condition(waiting, "Ready")).toMatchObject({ status: "False", message: expect.stringContaining("2030-01-01T02:00:00Z") });
    expect(condition(waiting, "Reconciling")).toMatchObject({ status: "True" });
    expect(condition(waiting, "Stalled")).toBeUndefined();

    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "web" };
    await cluster.kube.patch(ref, { type: "merge", patch: { data: { version: "tampered" } } });
    await expect.poll(async () => await cluster.kube.get(ref)).toMatchObject({ data: { version: "1.0.0" } });

    const { status } = await cluster.untilReady("one", "1.1.0");
    expect(Date.parse(status?.history?.[0]?.startedAt ?? "")).toBeGreaterThanOrEqual(Date.parse("2030-01-01T02:00:00Z"));
  });

  it("keeps its configuration until one opens", async () => {
    itIs("2030-01-01T12:00:00Z");
    await cluster.startAgent({ catalog: catalog(webService) });
    await cluster.create("one", { service: "web", version: "1.0.0", upgradePolicy: nightly });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { config: { greeting: "moin" } });
    await cluster.untilReason("one", "WindowClosed");
    expect(await cluster.get("v1", "ConfigMap", "web")).toMatchObject({ data: { greeting: "hello" } });
    await cluster.edit("one", { upgradePolicy: always });
    await cluster.untilReady("one", "1.0.0");
    expect(await cluster.get("v1", "ConfigMap", "web")).toMatchObject({ data: { greeting: "moin" } });
  });

  it("finishes its step, and begins the next one when one opens, also with another agent", async () => {
    itIs("2030-01-01T02:30:00Z");
    const agent = await cluster.startAgent({ catalog: catalog(gatedService) });
    await cluster.create("one", { service: "gated", version: "1.0.0", upgradePolicy: nightly });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "3.0.0" });
    await cluster.untilAction("one", 0, "before/gate");
    vi.setSystemTime("2030-01-01T03:30:00Z");
    await cluster.openGate("one", "3.0.0");
    await cluster.openGate("one", "2.0.0");
    const held = await cluster.untilReason("one", "WindowClosed");
    expect(held.status).toMatchObject({ phase: "Upgrading", version: "2.0.0", operation: { cursor: { step: 1 } } });
    await agent.stop();
    vi.setSystemTime("2030-01-02T01:59:58Z");
    await cluster.startAgent({ catalog: catalog(gatedService) });
    const { status } = await cluster.untilReady("one", "3.0.0");
    expect(Date.parse(status?.history?.[0]?.finishedAt ?? "")).toBeGreaterThanOrEqual(Date.parse("2030-01-02T02:00:00Z"));
  });
});

describe("windows", () => {
  it("that nobody can read stop what would move, and are named where nothing does", async () => {
    await cluster.startAgent({ catalog: catalog(webService) });
    await cluster.create("one", { service: "web", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { upgradePolicy: { windows: [{ cron: "0 2 * * *", duration: "1h", timeZone: "Mars/Olympus" }] } });
    const named = await cluster.until("one", (instance) => condition(instance, "ConfigValid")?.status === "False", "names the windows");
    expect(condition(named, "ConfigValid")?.message).toContain("spec.upgradePolicy.windows[0].timeZone");
    expect(condition(named, "Ready")?.status).toBe("True");
    await cluster.edit("one", { version: "1.1.0" });
    const stopped = await cluster.untilReason("one", "ConfigInvalid");
    expect(condition(stopped, "Stalled")?.status).toBe("True");
    await cluster.edit("one", { upgradePolicy: always });
    await cluster.untilReady("one", "1.1.0");
  });

  it.each([
    [{ cron: "whenever", duration: "1h" }, "cron"],
    [{ cron: "0 0 2 * * *", duration: "1h" }, "cron"],
    [{ cron: "0 2 * * *", duration: "1 hour" }, "duration"],
    [{ cron: "0 2 * * *", duration: "" }, "duration"],
    [{ cron: "0 2 * * *", duration: "1h", timeZone: "+02:00" }, "timeZone"],
  ])("as %j are refused by the API server", async (window, field) => {
    await cluster.startAgent({ catalog: catalog(webService) });
    await expect(cluster.create("one", { service: "web", upgradePolicy: { windows: [window] } })).rejects.toThrow(
      `spec.upgradePolicy.windows[0].${field}`,
    );
  });
});

describe("an intent", () => {
  let nats: NatsServer;
  let hub: ScriptedHub;

  beforeAll(async () => {
    nats = await startNatsServer();
  });
  afterAll(async () => {
    await nats.stop();
  });
  afterEach(async () => {
    await hub.stop();
  });

  it("waits for the window and says until when; it is taken back without a trace, or carried out when the window opens", async () => {
    const { metadata } = (await cluster.kube.get({ apiVersion: "v1", kind: "Namespace", name: "kube-system" })) ?? {};
    const incarnation = { clusterUid: metadata?.uid ?? "", registrationId: "r1" };
    itIs("2030-01-01T12:00:00Z");
    hub = await ScriptedHub.start(nats.url, "test", () => incarnation);
    await cluster.startAgent({
      catalog: catalog(webService),
      fleet: joining(nats.url, cluster),
    });
    await cluster.create("one", { service: "web", version: "1.0.0", upgradePolicy: nightly });
    await cluster.untilReady("one", "1.0.0");
    const first = await hub.intentTo("one", "1.1.0", { id: "first" });
    await hub.say({ intents: [first] });
    const waitsUntilUnixMs = Date.parse("2030-01-02T02:00:00Z");
    expect(await hub.untilState("first", "Waiting")).toMatchObject({ reason: { code: "WindowClosed" }, waitsUntilUnixMs });
    expect(await cluster.untilReady("one", "1.0.0")).toMatchObject({ spec: { version: "1.0.0" } });
    await hub.say({ intents: [{ ...first, mode: "Hold" }] });
    await hub.untilState("first", "Held");

    await hub.say({ intents: [{ ...first, id: "second" }] });
    await hub.untilState("second", "Waiting");
    await cluster.kube.patch(instanceRef("one"), { type: "merge", patch: { spec: { upgradePolicy: always } } });
    await hub.untilState("second", "Done");
    await cluster.untilReady("one", "1.1.0");
  });
});
