import { startHub } from "@portolan/hub/hub";
import { connectBus, type Bus } from "@portolan/shared/bus";
import { generateKeyPair, loadSigningKey } from "@portolan/shared/signing";
import { encodeEvent, subjects, type FleetEvent } from "@portolan/shared/wire";
import { startNatsServer } from "@portolan/simulator/nats-server";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { eventually, Harness, TestHub } from "./harness.ts";
import { WatchClient } from "./watch-client.ts";

interface Listed {
  readonly items: { readonly [name: string]: unknown }[];
  readonly continue?: string;
}

const emptyCatalog = { services: [] };

describe("the audit record", () => {
  let harness: Harness;
  let hub: TestHub;

  beforeAll(async () => {
    harness = await Harness.start();
    hub = await harness.hub();
    await harness.agent("alpha");
    await eventually(
      () => hub.get("/v1/clusters/alpha"),
      ({ status }) => status === 200,
    );
  });
  afterAll(() => harness.stop());

  const list = async (query = "", of = hub): Promise<Listed> => {
    const { status, body } = await of.get(`/v1/audit?${query}`);
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body;
  };
  const actionsOf = ({ items }: Listed) => items.map(({ action }) => action);
  const put = async (labels: object, actor?: string) =>
    fetch(`${hub.hub.url}/v1/clusters/alpha/labels`, {
      method: "PUT",
      headers: { "content-type": "application/json", ...(actor === undefined ? {} : { "x-portolan-actor": actor }) },
      body: JSON.stringify({ labels }),
    });

  it("has who did what, before and after, newest first, by filters and pages, for every hub and after a restart", async () => {
    const startedAt = new Date().toISOString();
    expect((await put({ env: "test" }, "ann@desk")).status).toBe(200);
    expect((await put({ env: "prod" })).status).toBe(200);
    await hub.post("/v1/catalogs", { name: "base", catalog: emptyCatalog });
    await hub.send("DELETE", "/v1/catalogs/base");
    await eventually(list, ({ items }) => items.length === 4);

    const all = await list();
    expect(all.items).toMatchObject([
      { action: "CatalogWithdrawn", name: "base", before: { digest: expect.any(String) } },
      { action: "CatalogPublished", name: "base", after: { digest: expect.any(String) } },
      { action: "ClusterLabelsSet", cluster: "alpha", actor: "anonymous", before: { env: "test" }, after: { env: "prod" } },
      { action: "ClusterLabelsSet", cluster: "alpha", actor: "ann@desk", before: {}, after: { env: "test" } },
    ]);
    expect(all).not.toHaveProperty("continue");
    const { body: metrics } = await hub.get("/metrics");
    expect(metrics).toContain("portolan_hub_audit_entries_waiting 0");
    expect(metrics).toContain("portolan_hub_audit_entries_lost_total 0");
    expect(metrics).toContain("portolan_hub_webhooks_waiting 0");

    expect(actionsOf(await list("actor=ann@desk"))).toEqual(["ClusterLabelsSet"]);
    expect((await list("cluster=alpha")).items).toHaveLength(2);
    expect((await list("cluster=beta")).items).toHaveLength(0);
    expect((await list("rollout=none")).items).toHaveLength(0);
    expect((await list(`since=${startedAt}`)).items).toHaveLength(4);
    expect((await list(`until=${startedAt}`)).items).toHaveLength(0);

    const first = await list("limit=3");
    expect(first.items).toEqual(all.items.slice(0, 3));
    expect((await list(`limit=3&continue=${first.continue}`)).items).toEqual(all.items.slice(3));
    expect(await hub.get("/v1/audit?continue=nonsense")).toMatchObject({ status: 400, body: { code: "InvalidContinue" } });
    expect(await hub.get("/v1/audit?since=yesterday")).toMatchObject({ status: 400, body: { code: "InvalidRequest" } });

    const another = await harness.hub();
    expect(
      await eventually(
        () => list("", another).catch(() => undefined),
        (found) => found !== undefined,
      ),
    ).toEqual(all);
  });

  it("records nothing for what was refused, and lets nobody speak as the system", async () => {
    const before = await list();
    expect((await hub.send("DELETE", "/v1/catalogs/unknown")).status).toBe(404);
    for (const actor of ["system:hub", "with space", "x".repeat(300)]) {
      const response = await put({ env: "other" }, actor);
      expect(await response.json()).toMatchObject({ status: 400, code: "InvalidRequest" });
    }
    expect((await hub.get("/v1/clusters/alpha")).body.labels).toEqual({ env: "prod" });
    expect(await list()).toEqual(before);
  });

  it("keeps what nobody can delete, and survives the broker's restart", async () => {
    await expect(withBus(harness.nats.url, (bus) => bus.purgeSubject("PORTOLAN_AUDIT", "portolan.v1.audit.*", 1_000))).rejects.toThrow(
      /purge/u,
    );
    const before = await list();
    await harness.nats.kill("SIGKILL");
    await harness.nats.restart();
    await eventually(
      () => put({ env: "after" }),
      ({ status }) => status === 200,
    );
    const after = await eventually(list, ({ items }) => items.length === before.items.length + 1);
    expect(after.items.slice(1)).toEqual(before.items);
  });
});

describe("the events of the fleet", () => {
  it("can be asked for newest first, and are told to watchers once when they come", async () => {
    const harness = await Harness.start();
    onTestFinished(() => harness.stop());
    const first = await harness.hub();
    const agent = await harness.agent("alpha");
    const event = (name: string, service: string, atUnixMs: number): FleetEvent => ({
      cluster: "alpha",
      incarnation: agent.incarnation,
      namespace: "default",
      name,
      service,
      atUnixMs,
      type: "OperationStarted",
    });
    const tell = (told: FleetEvent) => agent.publish(subjects.event("alpha", told.namespace, told.name), encodeEvent(told));
    await tell(event("a", "certificates", 1_000));
    await tell(event("b", "identity", 2_000));
    await tell(event("a", "certificates", 3_000));
    const namesOf = async (hub: TestHub, query: string) =>
      (await hub.get(`/v1/events?${query}`)).body.items.map(({ name, at }: { name: string; at: string }) => `${name} ${Date.parse(at)}`);
    await eventually(
      () => namesOf(first, ""),
      (names) => names.length === 3,
    );

    // A hub that comes later reads them, and does not tell its watchers what happened before.
    const startedAtMs = 1_700_000_000_000;
    const later = await startHub({ servers: harness.nats.url, port: 0, signingKey: harness.signingKey, now: () => startedAtMs });
    onTestFinished(() => later.stop());
    const hub = new TestHub(later);
    await eventually(
      () => namesOf(hub, ""),
      (names) => names.join() === "a 3000,b 2000,a 1000",
    );
    expect(await namesOf(hub, "name=a")).toEqual(["a 3000", "a 1000"]);
    expect(await namesOf(hub, "service=identity")).toEqual(["b 2000"]);
    expect(await namesOf(hub, "cluster=beta")).toEqual([]);
    expect(await namesOf(hub, "namespace=default&since=1970-01-01T00:00:02Z&until=1970-01-01T00:00:03Z")).toEqual(["b 2000"]);
    const { body } = await hub.get("/v1/events?limit=2");
    expect(await namesOf(hub, `limit=2&continue=${body.continue}`)).toEqual(["a 1000"]);

    // Ids of a hub's events begin at the time of its start in µs: this watcher is given everything since then.
    const watcher = await WatchClient.open(later.url, "/v1/watch?kinds=events", { "last-event-id": String(startedAtMs * 1_000) });
    onTestFinished(() => watcher.close());
    await tell(event("c", "identity", 4_000));
    await eventually(
      () => watcher.events.filter(({ name }) => name === "event").map(({ data }) => data.name),
      (names) => names.length > 0,
    );
    expect(watcher.events.filter(({ name }) => name === "event").map(({ data }) => data.name)).toEqual(["c"]);
  });
});

/** A key pair made for these tests; it opens nothing else. */
const AGENT_KEY = "UBZTJZX6GNZPIPI4TMU6D7PJJQN5LIJEJAYHAX6FHWYTIK2262EJAMP7";
const AGENT_SEED = "SUAG7FVV4KNPJYDTER3I22QCMFOPGZR323FHMRG7Z3PGNJWZJD6JDGG7JM";
const AGENT_CREDENTIALS = Buffer.from(
  `-----BEGIN NATS USER JWT-----\nnot.looked.at\n------END NATS USER JWT------\n\n` +
    `-----BEGIN USER NKEY SEED-----\n${AGENT_SEED}\n------END USER NKEY SEED------\n`,
);

/** Who comes without a key is the hub; the agent may do what an agent of eu-1 does. */
const PERMISSIONS = `
authorization {
  users: [
    { user: hub, password: hub }
    { nkey: ${AGENT_KEY}, permissions: {
      publish: ["${subjects.heartbeat("eu-1")}", "$JS.API.DIRECT.GET.PORTOLAN_INTENTS.${subjects.intent("eu-1")}"]
      subscribe: ["${subjects.intent("eu-1")}", "_INBOX_eu-1.>"]
    } }
  ]
}
no_auth_user: hub`;

describe("an agent's credential", () => {
  it("cannot write the record, nor delete it", async () => {
    const nats = await startNatsServer({ extraConfiguration: PERMISSIONS });
    onTestFinished(() => nats.stop());
    const hub = await startHub({ servers: nats.url, port: 0, signingKey: loadSigningKey(generateKeyPair().privateKeyPem) });
    onTestFinished(() => hub.stop());
    await hub.ready();
    const agent = await connectBus({ servers: nats.url, name: "agent", inboxPrefix: "_INBOX_eu-1", credentials: AGENT_CREDENTIALS });
    onTestFinished(() => agent.close());

    await expect(agent.publishStored(subjects.heartbeat("eu-1"), new Uint8Array([1]))).resolves.toMatchObject({
      stream: "PORTOLAN_REPORTS",
    });
    const forged = Buffer.from(JSON.stringify({ id: "forged", atMs: 1, actor: "system:hub", action: "RolloutApproved" }));
    await expect(agent.publishStored(subjects.audit("RolloutApproved"), forged)).rejects.toMatchObject({
      code: "Rejected",
      message: expect.stringContaining("portolan.v1.audit.RolloutApproved"),
    });
    await expect(agent.publishStored("$JS.API.STREAM.DELETE.PORTOLAN_AUDIT", new Uint8Array())).rejects.toMatchObject({ code: "Rejected" });
    const api = new TestHub(hub);
    const { body } = await eventually(
      () => api.get("/v1/audit"),
      ({ status }) => status === 200,
    );
    expect(body.items).toEqual([]);
  });
});

async function withBus<T>(url: string, use: (bus: Bus) => Promise<T>): Promise<T> {
  const bus = await connectBus({ servers: url, name: "test" });
  try {
    return await use(bus);
  } finally {
    await bus.close();
  }
}
