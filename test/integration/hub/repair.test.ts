import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  encodeAvailabilityDocument,
  encodeAvailabilityReport,
  encodeInstanceReport,
  MESSAGE_LIMITS,
  subjects,
  type InstanceReport,
} from "@portolan/shared/wire";
import { GARBAGE, offer, status, type FakeAgent } from "./fake-agent.ts";
import { eventually, Harness, type TestHub } from "./harness.ts";
import { obey } from "./obedient-agent.ts";
import { ended, startRollout } from "./rollouts.ts";

function reportOf({ cluster, incarnation }: FakeAgent, name: string): InstanceReport {
  return { cluster, incarnation, namespace: "default", name, content: { type: "status", status: status() } };
}

/** A number as protobuf writes lengths: seven bits a byte, the lowest first. */
function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

describe("a hub mends its view", () => {
  let harness: Harness;
  let hub: TestHub;

  beforeEach(async () => {
    harness = await Harness.start();
    hub = await harness.hub();
  });
  afterEach(() => harness.stop());

  const names = async (): Promise<string[]> =>
    (await hub.get("/v1/instances")).body.items.map(({ cluster, name }: { cluster: string; name: string }) => `${cluster}/${name}`);
  const isExactly =
    (...expected: string[]) =>
    (found: string[]) =>
      JSON.stringify(found) === JSON.stringify(expected);

  it("within ten seconds, after a report and a tombstone were lost on the wire (heartbeats every 3 s)", async () => {
    const agent = await harness.agent("alpha");
    agent.report("going", status());
    agent.report("staying", status());
    await eventually(names, isExactly("alpha/going", "alpha/staying"));
    await sleep(100);
    for (const name of ["going", "coming"]) {
      agent.loseSubjects.add(subjects.report("alpha", "default", name));
    }
    agent.remove("going");
    agent.report("coming", status());

    const found = await eventually(names, isExactly("alpha/coming", "alpha/staying"), 10_000);
    expect(found).toHaveLength(2);
  });

  it("after a change was lost, though the agent goes on reporting", async () => {
    const agent = await harness.agent("alpha", { heartbeatIntervalMs: 200 });
    agent.report("main", status());
    await eventually(names, isExactly("alpha/main"));
    agent.loseSubjects.add(subjects.report("alpha", "default", "main"));
    agent.report("main", status({ version: "2.0.0" }));
    for (let index = 0; index < 10; index += 1) {
      agent.report(`other-${index}`, status());
      await sleep(50);
    }
    const { body: main } = await eventually(
      () => hub.get("/v1/clusters/alpha/namespaces/default/instances/main"),
      ({ body }) => body.version === "2.0.0",
    );
    expect(main.ready).toBe(true);
  });

  it("leaves nothing of a cluster that was rebuilt under its old name, also for a hub that starts later", async () => {
    const old = await harness.agent("alpha", { heartbeatIntervalMs: 200 });
    old.report("old-only", status());
    old.offer("old-only", offer("1.0.0", ["1.1.0"]));
    old.report("both", status());
    await eventually(names, isExactly("alpha/both", "alpha/old-only"));
    await old.stop();

    const rebuilt = await harness.agent("alpha", { heartbeatIntervalMs: 200, incarnation: { clusterUid: "another", registrationId: "" } });
    rebuilt.report("both", status({ version: "5.0.0" }));

    await eventually(names, isExactly("alpha/both"));
    await eventually(
      () => hub.get("/v1/clusters/alpha"),
      ({ body }) => body.inSync && body.incarnation.clusterUid === "another",
    );
    await hub.hub.stop();
    hub = await harness.hub();
    expect(await names()).toEqual(["alpha/both"]);
    // A heartbeat may name a report that is on its way.
    await eventually(
      () => hub.get("/v1/clusters/alpha"),
      ({ body }) => body.inSync && body.instances === 1,
    );
    expect(await names()).toEqual(["alpha/both"]);
  });

  it("ignores an older agent that still speaks under the name", async () => {
    const old = await harness.agent("alpha", { heartbeatIntervalMs: 100 });
    old.report("old", status());
    await eventually(names, isExactly("alpha/old"));
    await sleep(20);
    const rebuilt = await harness.agent("alpha", { heartbeatIntervalMs: 100, incarnation: { clusterUid: "another", registrationId: "" } });
    rebuilt.report("new", status());
    await eventually(names, isExactly("alpha/new"));
    old.report("old", status({ version: "1.0.1" }));
    await sleep(500);
    expect(await names()).toEqual(["alpha/new"]);
  });

  it("counts malformed bytes on every subject, and loses nothing", async () => {
    const agent = await harness.agent("alpha", { heartbeatIntervalMs: 200 });
    const digest = agent.offer("main", offer("1.0.0", ["1.1.0"]));
    agent.report("main", status({ availabilityDigest: digest }));
    await eventually(names, isExactly("alpha/main"));
    const before = await hub.get("/v1/clusters/alpha/namespaces/default/instances/main");
    const foreign = encodeAvailabilityReport({
      cluster: "beta",
      incarnation: agent.incarnation,
      namespace: "default",
      name: "main",
      document: encodeAvailabilityDocument(offer("1.0.0", [])),
    });

    // An unknown field is no mistake, however long: it is the size that is.
    const longField = Uint8Array.of(0xfa, 0x7f, ...varint(MESSAGE_LIMITS.instanceReport));
    const tooLarge = Buffer.concat([
      encodeInstanceReport(reportOf(agent, "large")),
      longField,
      Buffer.alloc(MESSAGE_LIMITS.instanceReport),
    ]);

    for (const subject of [
      subjects.report("alpha", "default", "main"),
      subjects.report("alpha", "default", "nobody"),
      subjects.availability("alpha", "default", "main"),
      subjects.heartbeat("alpha"),
      subjects.event("alpha", "default", "main"),
      subjects.intent("alpha"),
      subjects.catalog("0".repeat(64)),
      "portolan.v1.report.not-an-instance",
    ]) {
      await agent.publish(subject, GARBAGE);
    }
    await agent.publish(subjects.report("alpha", "default", "large"), tooLarge);
    await agent.publish(subjects.availability("alpha", "default", "main"), foreign);

    expect((await hub.get("/v1/clusters/alpha/namespaces/default/instances/main")).body).toEqual(before.body);
    const counted = [
      'kind="report",code="Malformed"} 2',
      'kind="report",code="TooLarge"} 1',
      'kind="availability",code="Malformed"} 1',
      'kind="heartbeat",code="Malformed"} 1',
      'kind="event",code="Malformed"} 1',
      'kind="catalog",code="Malformed"} 1',
      'kind="unknown",code="UnknownSubject"} 1',
      'kind="availability",code="SubjectMismatch"} 1',
    ];
    await eventually(
      async () => {
        const { body } = await hub.get("/metrics");
        return counted.filter((line) => !body.includes(`message_problems_total{${line}`));
      },
      (missing) => missing.length === 0,
    );
    // The garbage is replaced by what the agent keeps, and the document by the hub's own.
    await eventually(
      () => hub.get("/v1/clusters/alpha"),
      ({ body }) => body.inSync,
    );
    await hub.hub.stop();
    hub = await harness.hub();
    expect((await hub.get("/v1/clusters/alpha/namespaces/default/instances/main")).body).toMatchObject({
      version: "1.0.0",
      availability: { current: true },
    });
  });

  it.each(["digests", "republish"] as const)("though the answer about %s meant nothing at first, and says so", async (question) => {
    const agent = await harness.agent("alpha", { heartbeatIntervalMs: 200 });
    agent.report("main", status());
    await eventually(names, isExactly("alpha/main"));
    agent.garbledAnswers.add(question);
    agent.loseSubjects.add(subjects.report("alpha", "default", "main"));
    agent.report("main", status({ version: "2.0.0" }));
    const version = async (): Promise<string> => (await hub.get("/v1/clusters/alpha/namespaces/default/instances/main")).body.version;
    await eventually(
      () => hub.get("/metrics"),
      ({ body }) => /repairs_total\{result="Refused"\} [1-9]/u.test(body),
      10_000,
    );
    expect(await version()).toBe("1.0.0");
    agent.garbledAnswers.clear();
    await eventually(version, (found) => found === "2.0.0", 10_000);
  });

  it("says that a cluster is offline after three missed heartbeats, and online with the next one", async () => {
    const agent = await harness.agent("alpha", { heartbeatIntervalMs: 200 });
    const state = async (): Promise<string> => (await hub.get("/v1/clusters/alpha")).body.state;
    await eventually(state, (found) => found === "Online");
    agent.silence();
    expect(await eventually(state, (found) => found === "Offline", 2_500)).toBe("Offline");
    agent.beat();
    expect(await eventually(state, (found) => found === "Online")).toBe("Online");
  });

  it("finishes a rollout over a NATS server that is killed, and reaches every cluster after the store was wiped", async () => {
    const agents = await Promise.all(
      ["alpha", "beta"].map((name) =>
        harness.agent(name, { heartbeatIntervalMs: 500, onDocument: obey({ workMs: 2_000, offers: () => ["1.2.0"] }) }),
      ),
    );
    for (const agent of agents) {
      agent.report("main", status({ availabilityDigest: agent.offer("main", offer("1.0.0", ["1.1.0", "1.2.0"])) }));
    }
    await eventually(names, isExactly("alpha/main", "beta/main"));
    expect((await hub.send("PUT", "/v1/clusters/alpha/labels", { labels: { tier: "gold" } })).status).toBe(200);
    const first = await startRollout(hub);
    await eventually(
      () => hub.get(`/v1/rollouts/${first}`),
      ({ body }) => body.counts?.Running === 2,
    );

    await harness.nats.kill("SIGKILL");
    expect((await hub.get("/readyz")).status).toBe(503);
    expect((await hub.post(`/v1/rollouts/${first}/pause`, {})).status).toBe(503);
    await harness.nats.restart({ wipeStore: true });

    const { body } = await eventually(
      () => hub.get(`/v1/rollouts/${first}`),
      (answer) => answer.body.phase !== "Running",
      20_000,
    );
    expect(body).toMatchObject({ phase: "Succeeded", counts: { Succeeded: 2 } });
    await eventually(
      () => hub.get("/readyz"),
      (answer) => answer.status === 200,
    );
    const next = await startRollout(hub, { version: "1.2.0" });
    expect(await ended(hub, next, { timeoutMs: 20_000 })).toMatchObject({ phase: "Succeeded" });
    // What only the hub knew is in the store again.
    await hub.hub.stop();
    hub = await harness.hub();
    expect((await hub.get(`/v1/rollouts/${first}`)).body.phase).toBe("Succeeded");
    expect((await hub.get("/v1/clusters/alpha")).body.labels).toEqual({ tier: "gold" });
  });

  it("is obeyed again after it has lost everything, and takes back what nobody knows any more", async () => {
    const agent = await harness.agent("alpha", { heartbeatIntervalMs: 200, onDocument: obey({ workMs: 60_000 }) });
    agent.report("main", status({ availabilityDigest: agent.offer("main", offer("1.0.0", ["1.1.0"])) }));
    await eventually(names, isExactly("alpha/main"));
    const lost = await startRollout(hub);
    await eventually(
      () => agent.document,
      (document) => document?.intents[0]?.mode === "Apply",
    );
    const { revision = 0 } = agent.document ?? {};

    await hub.hub.stop();
    await harness.nats.kill("SIGKILL");
    await harness.nats.restart({ wipeStore: true });
    hub = await harness.hub();

    const document = await eventually(
      () => agent.document,
      (newest) => newest !== undefined && newest.revision > revision,
      20_000,
    );
    expect(document?.intents).toEqual([]);
    expect((await hub.get(`/v1/rollouts/${lost}`)).status).toBe(404);
    await eventually(names, isExactly("alpha/main"));
    const next = await startRollout(hub);
    await eventually(
      () => agent.document,
      (newest) => newest?.intents[0]?.rollout === next && newest.intents[0].mode === "Apply",
    );
  });
});
