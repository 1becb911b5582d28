import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeEvent, subjects } from "@portolan/shared/wire";
import { offer, status, type FakeAgent, type FakeAgentOptions } from "./fake-agent.ts";
import { eventually, Harness } from "./harness.ts";
import { obey } from "./obedient-agent.ts";
import { ended, readRollout, startRollout } from "./rollouts.ts";

const MINUTE_MS = 60_000;

let harness: Harness;
beforeEach(async () => {
  harness = await Harness.start();
});
afterEach(() => harness.stop());

async function cluster(name: string, options: Partial<FakeAgentOptions> = {}): Promise<FakeAgent> {
  const agent = await harness.agent(name, { onDocument: obey(), ...options });
  agent.report("main", status({ availabilityDigest: agent.offer("main", offer("1.0.0", ["1.1.0"])) }));
  return agent;
}

const near = (ms: number, expectedMs: number, withinMs: number): boolean => Math.abs(ms - expectedMs) <= withinMs;

describe.each([10, -10])("an agent whose clock is %i minutes ahead", (minutes) => {
  const clockSkewMs = minutes * MINUTE_MS;

  it("is told of, and is told times by its own clock", async () => {
    const hub = await harness.hub();
    const agent = await cluster("alpha", { clockSkewMs });
    const { body } = await eventually(
      () => hub.get("/v1/clusters/alpha"),
      (answer) => answer.status === 200 && answer.body.instances === 1,
    );
    expect(near(body.clockSkewMs, clockSkewMs, 1_000)).toBe(true);
    const name = await startRollout(hub, { notAfterSeconds: 60 });
    expect(await ended(hub, name)).toMatchObject({ phase: "Succeeded" });
    const told = agent.documents.filter(({ intents }) => intents.some(({ mode }) => mode === "Apply"));
    expect(told.length).toBeGreaterThan(0);
    for (const { issuedAtUnixMs, intents } of told) {
      expect(near(issuedAtUnixMs, agent.now(), 10_000)).toBe(true);
      expect(intents.every(({ notAfterUnixMs = 0 }) => near(notAfterUnixMs, agent.now() + 60_000, 10_000))).toBe(true);
    }
  });

  it("tells of events that are found by the time at which they happened", async () => {
    const hub = await harness.hub();
    const agent = await cluster("alpha", { clockSkewMs, onDocument: obey({ workMs: 60_000 }) });
    await eventually(
      () => hub.get("/v1/clusters/alpha"),
      ({ body }) => body.instances === 1,
    );
    const name = await startRollout(hub);
    const event = {
      cluster: "alpha",
      incarnation: agent.incarnation,
      namespace: "default",
      name: "main",
      service: "cert-manager",
      atUnixMs: agent.now(),
      type: "OperationStarted" as const,
    };
    await agent.publish(subjects.event("alpha", "default", "main"), encodeEvent(event));
    const found = (query: string) =>
      eventually(
        () => hub.get(`/v1/events?${query}`),
        ({ body }) => body.items.length === 1,
      );
    await found(`since=${new Date(Date.now() - MINUTE_MS).toISOString()}&until=${new Date(Date.now() + MINUTE_MS).toISOString()}`);
    const { body } = await found(`rollout=${name}`);
    expect(body.items[0].at).toBe(new Date(event.atUnixMs).toISOString());
  });

  it("is online for a hub that starts anew while it is heard, and offline when it was not any more", async () => {
    const first = await harness.hub();
    const heard = await cluster("alpha", { clockSkewMs });
    const silent = await cluster("beta", { clockSkewMs, heartbeatIntervalMs: 200 });
    await eventually(
      () => first.get("/v1/clusters"),
      ({ body }) => body.items.length === 2,
    );
    silent.silence();
    await eventually(
      () => first.get("/v1/clusters/beta"),
      ({ body }) => body.state === "Offline",
    );
    heard.beat();
    heard.silence();
    await sleep(100);
    const { body } = await (await harness.hub()).get("/v1/clusters");
    expect(body.items).toMatchObject([
      { name: "alpha", state: "Online" },
      { name: "beta", state: "Offline" },
    ]);
  });

  it("is waited for until its maintenance window opens, and no longer than it may take from then on", async () => {
    const hub = await harness.hub();
    const behaviour = obey({ instead: () => "nothing" });
    await cluster("alpha", {
      clockSkewMs,
      onDocument: (agent, document) => {
        behaviour(agent, document);
        for (const { id, namespace, name, mode } of document.intents) {
          if (mode === "Apply") {
            agent.answer({ id, namespace, name, phase: "Waiting", waitsUntilUnixMs: agent.now() + 1_500 });
          }
        }
      },
    });
    await eventually(
      () => hub.get("/v1/clusters/alpha/namespaces/default/instances/main"),
      ({ body }) => body.availability?.current === true,
    );
    const name = await startRollout(hub, { progressDeadlineSeconds: 1, failureBudget: { count: 1 } });
    const { startedAt, targets } = await ended(hub, name, { timeoutMs: 10_000 });
    expect(targets).toMatchObject([{ state: "Failed", reasons: [{ code: "ProgressDeadlineExceeded" }] }]);
    expect(Date.parse(targets[0].settledAt) - Date.parse(startedAt)).toBeGreaterThanOrEqual(2_400);
  });
});

describe.each([10, -10])("a hub whose clock is %i minutes ahead of the one before", (minutes) => {
  const now = (): number => Date.now() + minutes * MINUTE_MS;

  it("goes by the same clock: a soak that has begun takes as long as it should", async () => {
    const first = await harness.hub();
    for (const name of ["alpha", "beta"]) {
      await cluster(name);
    }
    await eventually(
      () => first.get("/v1/availability?service=cert-manager"),
      ({ body }) => body.items[0]?.counts.reachable === 2,
    );
    const name = await startRollout(first, { waves: [{ clusters: { count: 1 }, soakSeconds: 3 }, {}] });
    await eventually(
      () => readRollout(first, name),
      ({ waves }) => waves[0].state === "Soaking",
    );
    await first.hub.stop();
    const second = await harness.hub({ now });
    expect(near((await second.get("/v1/hub")).body.clockSkewMs, minutes * MINUTE_MS, 1_000)).toBe(true);
    const { phase, waves } = await ended(second, name, { timeoutMs: 10_000 });
    expect(phase).toBe("Succeeded");
    expect(Date.parse(waves[0].passedAt) - Date.parse(waves[0].settledAt)).toBeGreaterThanOrEqual(3_000);
  });
});
