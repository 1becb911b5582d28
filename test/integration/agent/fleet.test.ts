import type { Agent } from "@portolan/agent/agent";
import { API_VERSION, type ServiceInstanceSpec } from "@portolan/agent/resources";
import { FLEET_STREAMS } from "@portolan/shared/bus";
import {
  decodeDigestList,
  decodeRepublishReply,
  encodeDigestListRequest,
  encodeRepublishRequest,
  subjects,
  type Incarnation,
  type Intent,
  type IntentBase,
} from "@portolan/shared/wire";
import { startNatsServer, type NatsServer } from "@portolan/simulator/nats-server";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { catalog, configMap, gatedService, hook, installer, job, service, upgrader, webService } from "./catalog.ts";
import { condition, eventually, instanceRef, TestCluster } from "./harness.ts";
import { joining, ScriptedHub } from "./scripted-hub.ts";

let nats: NatsServer;
let cluster: TestCluster;
let hub: ScriptedHub;
let incarnation: Incarnation;
let clusters = 0;

beforeAll(async () => {
  nats = await startNatsServer();
});

afterAll(async () => {
  await nats.stop();
});

beforeEach(async () => {
  // One broker for all tests; every test has a cluster of its own name.
  cluster = new TestCluster(`north-${++clusters}`);
  const { metadata } = (await cluster.kube.get({ apiVersion: "v1", kind: "Namespace", name: "kube-system" })) ?? {};
  incarnation = { clusterUid: metadata?.uid ?? "", registrationId: "r1" };
  hub = await ScriptedHub.start(nats.url, cluster.embedded.name, () => incarnation);
});

afterEach(async () => {
  await cluster.close();
  await hub.stop();
});

async function startAgent(services = catalog(webService, gatedService)): Promise<Agent> {
  return await cluster.startAgent({
    catalog: services,
    fleet: joining(nats.url, cluster),
  });
}

async function install(): Promise<Agent> {
  const agent = await startAgent();
  await cluster.create("one", { service: "web", version: "1.0.0" });
  await cluster.untilReady("one", "1.0.0");
  return agent;
}

describe("an intent", () => {
  it("changes the version and nothing else that the fleet has set before", async () => {
    await install();
    const metadata = { namespace: "default", name: "one" };
    const owned = { apiVersion: API_VERSION, kind: "ServiceInstance", metadata, spec: { service: "web", config: { greeting: "moin" } } };
    await cluster.kube.apply(owned, { fieldManager: "portolan-hub", force: true });
    await cluster.untilReady("one", "1.0.0");
    const intent = await hub.intentTo("one", "1.1.0");
    await hub.say({ intents: [intent] });
    await hub.untilState(intent.id, "Done");
    expect((await cluster.instance("one"))?.spec).toMatchObject({ version: "1.1.0", config: { greeting: "moin" } });
    expect(await cluster.get("v1", "ConfigMap", "web")).toMatchObject({ data: { version: "1.1.0", greeting: "moin" } });
  });

  it("moves an instance along the cluster's own plan, and its state is told on the way", async () => {
    await install();
    const intent = await hub.intentTo("one", "2.0.0");
    const seen = new Set<string>();
    const revision = await hub.say({ intents: [intent] });
    await eventually(() => {
      const phase = hub.state(intent.id)?.phase;
      if (phase !== undefined) seen.add(phase);
      return phase === "Done";
    }, "the intent is done");
    expect(seen.has("Running")).toBe(true);
    expect(hub.heartbeat).toMatchObject({ intentRevision: revision });
    await eventually(() => {
      const report = hub.report("one");
      return (
        typeof report === "object" &&
        report.version === "2.0.0" &&
        report.ready &&
        report.intentId === intent.id &&
        report.versionOwner === undefined
      );
    }, "the report says so");
    const { status, metadata } = await cluster.untilReady("one", "2.0.0");
    expect(hub.state(intent.id)).toMatchObject({ generation: metadata.generation });
    expect(status?.history?.[0]).toMatchObject({ to: "2.0.0", by: `intent ${intent.id}` });
    expect(metadata.managedFields?.find(({ manager }) => manager === "portolan-hub")).toMatchObject({
      operation: "Apply",
      fieldsV1: { "f:spec": { "f:version": {} } },
    });
  });

  it("that only checks is answered with the plan, and changes nothing", async () => {
    await install();
    const { planHash, ...intent } = await hub.intentTo("one", "2.0.0", { mode: "Check" });
    await hub.say({ intents: [intent] });
    const state = await hub.untilState(intent.id, "Checked");
    expect(state).toMatchObject({ planHash });
    expect(state).not.toHaveProperty("generation");
    expect((await cluster.instance("one"))?.spec.version).toBe("1.0.0");
  });

  it.each<[what: string, spec: Partial<ServiceInstanceSpec>, parts: Partial<IntentBase>, code: string]>([
    ["an instance that does not exist", {}, { name: "none" }, "UnknownInstance"],
    ["another service", {}, { service: "gated" }, "ServiceMismatch"],
    ["another plan than was agreed to", {}, { planHash: "0".repeat(64) }, "PlanChanged"],
    ["a time that is over", {}, { notAfterUnixMs: 1 }, "Expired"],
    ["an instance that ignores the fleet", { fleet: "Ignore" }, {}, "FleetIgnored"],
    ["a suspended instance", { suspend: true }, {}, "Suspended"],
  ])("for %s is refused by a typed reason", async (_, spec, parts, code) => {
    await install();
    const intent = { ...(await hub.intentTo("one", "2.0.0")), ...parts };
    await cluster.edit("one", spec);
    await hub.say({ intents: [intent] });
    expect(await hub.untilState(intent.id, "Refused")).toMatchObject({ reason: { code } });
    expect((await cluster.instance("one"))?.spec.version).toBe("1.0.0");
  });

  /** An intent to 2.0.0 has failed; the instance asks for it still. */
  async function failedMove(): Promise<Intent> {
    const failing = service("web", {
      installers: [installer("1.0.0", [configMap("app", {})]), installer("2.0.0", [configMap("app", {})])],
      upgraders: [
        upgrader("to-2", "1.0.0", "2.0.0", {
          before: [hook({ name: "backup", action: "job", job: job({ "portolan.test/fails": "true" }) })],
        }),
      ],
    });
    await startAgent(catalog(failing));
    await cluster.create("one", { service: "web", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    const first = await hub.intentTo("one", "2.0.0", { id: "first" });
    await hub.say({ intents: [first] });
    expect(await hub.untilState("first", "Failed")).toMatchObject({ reason: { code: "JobFailed" } });
    return first;
  }

  it("to what is installed takes back a wish that has failed", async () => {
    const first = await failedMove();
    const { planHash: _plan, ...back } = { ...first, version: "1.0.0" };
    await hub.say({ intents: [{ ...back, id: "question", mode: "Check" }] });
    const { planHash = "", check } = await hub.untilState("question", "Checked");
    expect(check).toMatchObject({ steps: [], disruptive: false, changes: { created: 0, changed: 0, deleted: 0 } });
    await hub.say({ intents: [{ ...back, id: "back", planHash }] });
    await hub.untilState("back", "Done");
    expect((await cluster.untilReady("one", "1.0.0")).spec.version).toBe("1.0.0");
  });

  it("asks for another try where the same version has failed before", async () => {
    const first = await failedMove();
    await hub.say({ intents: [{ ...first, id: "second" }] });
    await expect.poll(async () => (await cluster.jobs()).length, { timeout: 5_000 }).toBe(2);
    await hub.untilState("second", "Failed");
  });
});

describe("the cluster's own policy", () => {
  const write = async (text: string): Promise<void> => {
    const metadata = { namespace: "portolan-system", name: "portolan-policy" };
    await cluster.kube.apply(
      { apiVersion: "v1", kind: "ConfigMap", metadata, data: { "policy.yaml": text } },
      { fieldManager: "test", force: true },
    );
  };

  it("is a veto over the hub, from the moment that it is written, and over nobody else", async () => {
    await install();
    const intent = await hub.intentTo("one", "2.0.0", { id: "first" });
    await write("allow: {actions: [install, downgrade]}");
    await hub.say({ intents: [intent] });
    expect(await hub.untilState("first", "Refused")).toMatchObject({
      reason: { code: "ForbiddenByPolicy", message: expect.stringContaining("upgrade") },
    });
    await write("allow: {action: [upgrade]}");
    await hub.say({ intents: [{ ...intent, id: "second" }] });
    expect(await hub.untilState("second", "Refused")).toMatchObject({
      reason: { code: "PolicyInvalid", message: expect.stringContaining("portolan-system/portolan-policy: allow.action") },
    });
    expect((await cluster.instance("one"))?.spec.version).toBe("1.0.0");
    await cluster.edit("one", { version: "1.1.0" });
    await cluster.untilReady("one", "1.1.0");
    await write("allow: {services: [web], namespaces: [default], actions: [upgrade]}");
    const third = await hub.intentTo("one", "2.0.0", { id: "third" });
    await hub.say({ intents: [third] });
    await hub.untilState("third", "Done");
  });
});

describe("who owns the version", () => {
  const owned = async (manager: string, how: "apply" | "update"): Promise<void> => {
    const object = {
      apiVersion: "portolan.dev/v1alpha1",
      kind: "ServiceInstance",
      metadata: { name: "one", namespace: "default" },
      spec: { service: "web", version: "1.0.0" },
    };
    if (how === "apply") await cluster.kube.apply(object, { fieldManager: manager });
    else await cluster.kube.create(object, { fieldManager: manager });
  };

  it.each([
    ["Flux", "kustomize-controller", "apply"],
    ["kubectl apply --server-side", "kubectl", "apply"],
    ["Argo CD", "argocd-controller", "update"],
  ] as const)("%s keeps it, and is named", async (_, manager, how) => {
    await startAgent();
    await owned(manager, how);
    await cluster.untilReady("one", "1.0.0");
    const intent = await hub.intentTo("one", "2.0.0");
    await hub.say({ intents: [intent] });
    expect((await hub.untilState(intent.id, "Refused")).reason).toMatchObject({
      code: "OwnedByOther",
      message: expect.stringContaining(manager),
    });
    // A person sees it before the hub has asked, and as long as it is so.
    const blocked = async () => (await cluster.instance("one"))?.status?.conditions?.find(({ type }) => type === "FleetBlocked");
    await expect
      .poll(blocked)
      .toMatchObject({ status: "True", reason: "OwnedByOther", message: expect.stringContaining(`spec.version belongs to ${manager}`) });
    await cluster.edit("one", { fleet: "Ignore" });
    await expect.poll(blocked).toBeUndefined();
  });

  it("a person's edit is taken over with an Event that names who it was, and a later edit wins again", async () => {
    await startAgent();
    await owned("kubectl-client-side-apply", "update");
    await cluster.untilReady("one", "1.0.0");
    const intent = await hub.intentTo("one", "1.1.0");
    await hub.say({ intents: [intent] });
    await hub.untilState(intent.id, "Done");
    await expect
      .poll(
        async () =>
          (await cluster.kube.list("events.k8s.io/v1", "Event", { namespace: "default" })).items.find(
            ({ reason }) => reason === "TakenOver",
          )?.["note"],
      )
      .toContain("taken over from kubectl-client-side-apply");
    await cluster.edit("one", { version: "2.0.0" });
    await cluster.untilReady("one", "2.0.0");
    expect(await hub.untilState(intent.id, "Refused")).toMatchObject({ reason: { code: "Superseded" } });
  });
});

describe("a Hold", () => {
  async function startTwoHops() {
    const agent = await startAgent();
    await cluster.create("one", { service: "gated", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    const intent = await hub.intentTo("one", "3.0.0", { service: "gated" });
    await hub.say({ intents: [intent] });
    await cluster.untilAction("one", 0, "before/gate");
    return { agent, intent };
  }

  it("during the first of two hops keeps the second from ever starting, also after the agent was restarted", async () => {
    const { agent, intent } = await startTwoHops();
    await hub.untilAcknowledged(await hub.say({ intents: [{ ...intent, mode: "Hold" }] }));
    await expect.poll(async () => (await cluster.instance("one"))?.spec.version).toBe("2.0.0");
    await agent.stop();
    await cluster.openGate("one", "3.0.0");
    await startAgent();
    await cluster.openGate("one", "2.0.0");
    expect(await hub.untilState(intent.id, "Held")).toMatchObject({ reason: { message: "stopped at 2.0.0" } });
    const { status } = await cluster.untilReady("one", "2.0.0");
    expect(status?.history?.[0]).toMatchObject({ from: "1.0.0", to: "3.0.0", result: "Held" });
    await sleep(300);
    expect((await cluster.instance("one"))?.status).toMatchObject({ version: "2.0.0" });
  });

  it("during the last hop comes too late, and says so", async () => {
    const { intent } = await startTwoHops();
    await cluster.openGate("one", "2.0.0");
    await cluster.untilAction("one", 1, "before/gate");
    await hub.untilAcknowledged(await hub.say({ intents: [{ ...intent, mode: "Hold" }] }));
    await cluster.openGate("one", "3.0.0");
    expect(await hub.untilState(intent.id, "Done")).not.toHaveProperty("reason");
    await cluster.untilReady("one", "3.0.0");
  });

  it("of what has not begun is held at once", async () => {
    await install();
    const intent = await hub.intentTo("one", "2.0.0", { mode: "Hold" });
    await hub.say({ intents: [intent] });
    expect(await hub.untilState(intent.id, "Held")).toMatchObject({ reason: { code: "NotStarted" } });
    expect((await cluster.instance("one"))?.spec.version).toBe("1.0.0");
  });
});

describe("a document that is not for this agent, or not any more", () => {
  it("is refused by its reason, and the next good one is taken", async () => {
    const agent = await install();
    const intents = [await hub.intentTo("one", "2.0.0")];
    await hub.publish(hub.document({ intents }), { forged: true });
    await hub.untilRefused("BadSignature");
    expect(agent.fleet).toEqual({ fleet: "Connected", refusal: expect.stringMatching(/^BadSignature: /u) });
    await hub.publishBytes(Buffer.from("not protobuf at all"));
    await hub.publishBytes(Buffer.alloc(300 * 1024));
    await hub.untilRefused("TooLarge");
    await hub.publish(hub.document({ intents, cluster: "south" }));
    await hub.untilRefused("WrongCluster");
    await hub.publish(hub.document({ intents, incarnation: { ...incarnation, clusterUid: "another" } }));
    await hub.untilRefused("WrongIncarnation");
    await hub.publish(hub.document({ intents, issuedAtUnixMs: Date.now() + 3_600_000 }));
    await hub.untilRefused("ClockSkew");
    expect((await cluster.instance("one"))?.spec.version).toBe("1.0.0");
    await hub.say({ intents });
    await hub.untilState("one-to-2.0.0", "Done");
    expect(hub.heartbeat).not.toHaveProperty("refusal");
    expect(agent.fleet).toEqual({ fleet: "Connected" });
  });

  it("cannot be played back, also not to an agent that was restarted", async () => {
    const agent = await install();
    const intent = await hub.intentTo("one", "2.0.0");
    await hub.say({ intents: [intent] });
    await hub.untilState(intent.id, "Done");
    const replay = await hub.storedDocument();
    const newest = await hub.say();
    await hub.untilAcknowledged(newest);
    await cluster.edit("one", { version: "1.1.0" });
    await cluster.untilReady("one", "1.1.0");
    await hub.publishBytes(replay);
    await hub.untilRefused("OldRevision");
    await agent.stop();
    await startAgent();
    const { intentRevision } = await hub.untilRefused("OldRevision");
    expect(intentRevision).toBe(newest);
    await sleep(200);
    expect((await cluster.instance("one"))?.spec.version).toBe("1.1.0");
  });
});

describe("the fleet's catalogs", () => {
  const newer = service("web", {
    ...webService,
    installers: [installer("3.0.0", [configMap("web", { version: "3" })])],
    upgraders: [upgrader("to-3", "2.0.0", "3.0.0")],
  });
  const versions = async (): Promise<readonly string[]> =>
    ((await cluster.instance("one"))?.status?.availableVersions ?? []).map(({ version }) => version);

  it("bring versions into every status when they are published, and take them away when they are withdrawn", async () => {
    await install();
    await eventually(() => hub.heartbeat?.catalogDigest !== undefined, "there is a heartbeat");
    const before = hub.heartbeat?.catalogDigest;
    const reference = await hub.publishCatalog("next", catalog(newer));
    await hub.say({ catalogSet: [reference] });
    await expect.poll(versions).toContain("3.0.0");
    await expect.poll(() => hub.heartbeat?.catalogDigest).not.toBe(before);
    const definition = { apiVersion: "portolan.dev/v1alpha1", kind: "ServiceDefinition", name: "web" };
    await expect.poll(async () => (await cluster.kube.get(definition))?.["spec"]).toMatchObject({ latest: "3.0.0" });
    const intent = await hub.intentTo("one", "3.0.0");
    await hub.say({ catalogSet: [reference], intents: [intent] });
    await hub.untilState(intent.id, "Done");
    await hub.say();
    await expect.poll(() => hub.heartbeat?.catalogDigest).toBe(before);
    // What is installed is looked after all the same, by what was kept of it.
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "web" };
    await cluster.kube.patch(ref, { type: "merge", patch: { data: { version: "tampered" } } });
    await expect.poll(async () => await cluster.kube.get(ref)).toMatchObject({ data: { version: "3" } });
    await cluster.untilReady("one", "3.0.0");
  });

  it("take the availability of their services away with them", async () => {
    await startAgent(catalog());
    await cluster.create("one", { service: "web" });
    const reference = await hub.publishCatalog("next", catalog(newer));
    await hub.say({ catalogSet: [reference] });
    await expect.poll(() => hub.availability("one")?.available.map(({ version }) => version)).toEqual(["3.0.0"]);
    const definition = { apiVersion: "portolan.dev/v1alpha1", kind: "ServiceDefinition", name: "web" };
    await expect.poll(async () => (await cluster.kube.get(definition))?.["spec"]).toMatchObject({ versions: [{ catalog: "next" }] });
    await hub.say();
    await expect.poll(() => hub.availability("one")).toBeUndefined();
    await cluster.untilGone(definition);
    await eventually(() => hub.heartbeat?.reportsDigest === hub.digest && hub.heartbeat.reportsCount === 1, "only the report is left");
  });

  it("that are missing are told of, and used when they come", async () => {
    await install();
    const late = await hub.publishCatalog("late", catalog(newer));
    const missing = { name: "missing", digest: "0".repeat(64) };
    await hub.say({ catalogSet: [missing, late] });
    await expect
      .poll(() => hub.heartbeat?.catalogProblems)
      .toEqual([expect.stringContaining("missing: the catalog 000000000000 is not in the stream")]);
    await expect.poll(versions).toContain("3.0.0");
  });

  it("that have nothing to do with a plan refuse nothing while they come", async () => {
    await install();
    const intent = await hub.intentTo("one", "2.0.0");
    const unrelated = await hub.publishCatalog("unrelated", catalog(service("other", { installers: [installer("1.0.0", [])] })));
    await hub.say({ catalogSet: [unrelated], intents: [intent] });
    expect(await hub.untilState(intent.id, "Done")).not.toHaveProperty("reason");
  });
});

describe("what the fleet knows", () => {
  it("is what the digest in a heartbeat covers, down to the last tombstone", async () => {
    await install();
    await cluster.create("two", { service: "gated" });
    const agrees = (): boolean => hub.heartbeat?.reportsDigest === hub.digest && hub.heartbeat.reportsCount === 4;
    await eventually(agrees, "the digests agree");
    await cluster.kube.delete(instanceRef("one"));
    await cluster.untilGone(instanceRef("one"));
    await eventually(() => hub.report("one") === "tombstone" && hub.availability("one") === undefined, "the tombstone is there");
    await eventually(() => hub.heartbeat?.reportsDigest === hub.digest, "the digests agree again");
    expect(hub.heartbeat?.reportsCount).toBe(2);
  });

  it("is mended on request: the list behind the digest, and what got lost", async () => {
    await install();
    await eventually(() => hub.heartbeat?.reportsDigest === hub.digest && hub.report("one") !== undefined, "the digests agree");
    const { name } = cluster.embedded;
    const list = decodeDigestList(await hub.bus.request(subjects.digests(name), encodeDigestListRequest(), { timeoutMs: 2_000 }));
    expect(list).toMatchObject({ cluster: name, incarnation });
    const lost = subjects.report(name, "default", "one");
    expect(list.entries.map(({ subject }) => subject).toSorted()).toEqual([subjects.availability(name, "default", "one"), lost]);
    hub.payloads.delete(lost);
    const reply = await hub.bus.request(subjects.republish(name), encodeRepublishRequest({ subjects: [lost] }), { timeoutMs: 2_000 });
    expect(decodeRepublishReply(reply)).toEqual({ published: 1 });
    await eventually(() => hub.report("one") !== undefined, "the report is there again");
  });

  it("says of labels what values are made from, also when the agent starts without the fleet", async () => {
    const labelled = service("labelled", {
      installers: [installer("1.0.0", [configMap("app", { stage: "${has(cluster.labels.stage) ? cluster.labels.stage : 'none'}" })])],
    });
    const agent = await startAgent(catalog(labelled));
    await hub.untilAcknowledged(await hub.say({ labels: { stage: "prod" } }));
    await cluster.create("one", { service: "labelled", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    const stage = async (): Promise<unknown> => (await cluster.get("v1", "ConfigMap", "app"))?.["data"];
    expect(await stage()).toEqual({ stage: "prod" });
    await expect
      .poll(async () => await cluster.get("v1", "ConfigMap", "portolan-agent", "portolan-system"))
      .toMatchObject({ data: { labels: '{"stage":"prod"}' } });
    await agent.stop();
    await cluster.startAgent({ catalog: catalog(labelled) });
    await sleep(300);
    expect(await stage()).toEqual({ stage: "prod" });
  });
});

/** Last: they leave the broker as new. */
describe("without its broker", () => {
  it("an upgrade goes on, and what was said meanwhile is heard afterwards", async () => {
    const agent = await startAgent();
    await cluster.create("one", { service: "gated", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    const intent = await hub.intentTo("one", "3.0.0", { service: "gated" });
    await hub.say({ intents: [intent] });
    await cluster.untilAction("one", 0, "before/gate");
    await nats.kill("SIGKILL");
    await eventually(() => agent.fleet.fleet === "Disconnected", "the agent knows that it is not connected");
    await cluster.openGate("one", "2.0.0");
    await cluster.untilAction("one", 1, "before/gate");
    await nats.restart();
    await eventually(() => hub.bus.connected, "the hub is connected");
    await hub.untilAcknowledged(await hub.say({ intents: [intent], labels: { since: "then" } }));
    await eventually(() => {
      const report = hub.report("one");
      return typeof report === "object" && report.operation?.step === 1;
    }, "the report has caught up");
    await cluster.openGate("one", "3.0.0");
    expect(await hub.untilState(intent.id, "Done")).not.toHaveProperty("reason");
  });

  it("with its store wiped, everything is told again", async () => {
    await install();
    await eventually(() => hub.heartbeat?.reportsDigest === hub.digest && hub.report("one") !== undefined, "the digests agree");
    await nats.restart({ wipeStore: true });
    await eventually(() => hub.bus.connected, "the hub is connected");
    await hub.bus.ensureStreams(FLEET_STREAMS);
    await eventually(() => hub.report("one") !== undefined && hub.availability("one") !== undefined, "everything is there again");
    await eventually(() => hub.heartbeat?.reportsDigest === hub.digest, "the digests agree again");
    expect(condition(await cluster.untilReady("one", "1.0.0"), "Ready")?.status).toBe("True");
  });
});
