import type { KubeTransport } from "@portolan/agent/kube";
import type { Hook } from "@portolan/shared/catalog";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { catalog, configMap, deployment, hook, installer, job, service, upgrader } from "./catalog.ts";
import { eventually, TestCluster, withOwnFaults } from "./harness.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = new TestCluster();
});

afterEach(async () => {
  await cluster.close();
});

/** A service whose upgrade has one hook before its step. */
const hooked = (before: Hook) =>
  service("hooked", {
    secrets: [{ name: "db", description: "", keys: ["password"], optional: true }],
    installers: [installer("1.0.0", [configMap("app", {})]), installer("2.0.0", [configMap("app", {})])],
    upgraders: [upgrader("to-2", "1.0.0", "2.0.0", { before: [before] })],
  });

async function upgradeWith(before: Hook, transport: KubeTransport = cluster.embedded.transport): Promise<void> {
  await cluster.startAgent({ catalog: catalog(hooked(before)), transport });
  await cluster.create("one", { service: "hooked", version: "1.0.0", secretRefs: [{ name: "db", secretName: "db" }] });
  await cluster.untilReady("one", "1.0.0");
  await cluster.edit("one", { version: "2.0.0" });
}

const timeoutSeconds = 1;
const held = { apiVersion: "v1", kind: "ConfigMap", name: "held" };
const lazy = { apiVersion: "apps/v1", kind: "Deployment", name: "lazy" };

describe("a hook that takes too long ends the operation at its time", () => {
  it.each<[string, Hook]>([
    ["delete", hook({ name: "slow", timeoutSeconds, action: "delete", target: held, propagation: "Background" })],
    ["apply", hook({ name: "slow", timeoutSeconds, action: "apply", objects: [configMap("refused", {})] })],
    ["patch", hook({ name: "slow", timeoutSeconds, action: "patch", target: { ...held, name: "refused" }, type: "merge", patch: {} })],
    ["scale", hook({ name: "slow", timeoutSeconds, action: "scale", target: lazy, replicas: 2 })],
    ["job", hook({ name: "slow", timeoutSeconds, action: "job", job: job({ "portolan.test/runs-for": "1h" }) })],
    ["wait", hook({ name: "slow", timeoutSeconds, action: "wait", target: { ...held, name: "never" }, until: "object != null" })],
    ["migrateStorage", hook({ name: "slow", timeoutSeconds, action: "migrateStorage", crd: "boats.example.org" })],
  ])("%s", async (_, slow) => {
    const { transport, faults } = withOwnFaults(cluster);
    faults.add({ match: ({ path }) => path.includes("/refused") || path.includes("/boats."), respond: { status: 503, message: "busy" } });
    await cluster.kube.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { namespace: "default", name: "held", finalizers: ["example.org/never"] },
    });
    const { object } = deployment("lazy", { image: "a:1", selector: "app", annotations: { "portolan.test/never-ready": "true" } });
    await cluster.kube.apply(
      { ...object, apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "lazy", namespace: "default" } },
      { fieldManager: "test" },
    );
    await upgradeWith(slow, transport);
    const { status } = await cluster.untilFailed("one");
    expect(status).toMatchObject({ version: "1.0.0", failure: { reason: "Timeout", action: "before/slow" } });
    expect(status?.failure?.message).toMatch(/before\/slow took longer than 1 s: ./u);
  });
});

/** Gives every Job a failed pod with this log, which the embedded API has not. */
function logging(transport: KubeTransport, log: string): KubeTransport {
  const answer = (contentType: string, body: string): Awaited<ReturnType<KubeTransport>> => ({
    status: 200,
    headers: { "content-type": contentType },
    body: (async function* read() {
      yield await Promise.resolve(Buffer.from(body));
    })(),
  });
  const pod = { metadata: { namespace: "default", name: "p" }, status: { phase: "Failed" } };
  return async (request) => {
    if (request.path.includes("/pods/p/log")) return answer("text/plain", log);
    if (request.path.includes("/pods?")) {
      return answer(
        "application/json",
        JSON.stringify({ kind: "PodList", apiVersion: "v1", metadata: { resourceVersion: "1" }, items: [pod] }),
      );
    }
    return await transport(request);
  };
}

describe("a Job that fails", () => {
  it("tells the end of its log in the status and in an Event, without the values of secrets", async () => {
    const password = "p4ssw0rd-of-the-db";
    const data = { password: Buffer.from(password).toString("base64") };
    await cluster.kube.create({ apiVersion: "v1", kind: "Secret", metadata: { namespace: "default", name: "db" }, data });
    const failing = hook({ name: "backup", action: "job", job: job({ "portolan.test/fails": "true" }) });
    await upgradeWith(failing, logging(cluster.embedded.transport, `connecting as admin:${password}\nno such table: users\n`));
    const { status } = await cluster.untilFailed("one");
    expect(status?.failure).toMatchObject({ reason: "JobFailed", action: "before/backup" });
    expect(status?.failure?.message).toMatch(/the end of its log:\nconnecting as admin:\[redacted\]\nno such table: users$/u);
    const notes = async () => (await cluster.kube.list("events.k8s.io/v1", "Event")).items.map((each) => String(each["note"]));
    await eventually(async () => (await notes()).some((note) => note.includes("no such table: users")), "an Event tells of it");
    expect(JSON.stringify([status, await notes()])).not.toContain(password);
  });
});
