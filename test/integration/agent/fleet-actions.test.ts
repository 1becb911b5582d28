import type { Agent } from "@portolan/agent/agent";
import type { Intent, InstanceTemplate } from "@portolan/shared/wire";
import { startNatsServer, type NatsServer } from "@portolan/simulator/nats-server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { catalog, configMap, installer, service, webService } from "./catalog.ts";
import { forbidding } from "./forbidding.ts";
import { eventually, instanceRef, TestCluster } from "./harness.ts";
import { joining, ScriptedHub } from "./scripted-hub.ts";

const HUB = "portolan-hub";

/** Needs a service of the name `web`. */
const shopService = service("shop", {
  installers: [installer("1.0.0", [configMap("shop", {})], { requires: [{ service: "web", range: ">=1.0.0" }] })],
});

/** Needs a Secret. */
const vaultService = service("vault", {
  secrets: [{ name: "seal", description: "of the vault", keys: ["key"], optional: false }],
  installers: [installer("1.0.0", [configMap("vault", {})])],
});

let nats: NatsServer;
let cluster: TestCluster;
let hub: ScriptedHub;
let clusters = 0;

beforeAll(async () => {
  nats = await startNatsServer();
});

afterAll(async () => {
  await nats.stop();
});

beforeEach(async () => {
  cluster = new TestCluster(`actions-${++clusters}`);
  const { metadata } = (await cluster.kube.get({ apiVersion: "v1", kind: "Namespace", name: "kube-system" })) ?? {};
  hub = await ScriptedHub.start(nats.url, cluster.embedded.name, () => ({ clusterUid: metadata?.uid ?? "", registrationId: "r1" }));
});

afterEach(async () => {
  await cluster.close();
  await hub.stop();
});

async function startAgent(transport = cluster.embedded.transport): Promise<Agent> {
  return await cluster.startAgent({
    transport,
    catalog: catalog(webService, shopService, vaultService),
    fleet: joining(nats.url, cluster),
  });
}

let intents = 0;

const base = (mode: "Check" | "Apply" = "Apply", name = "one", namespace = "default") =>
  ({ id: `i${++intents}`, namespace, name, mode, service: "web", acceptRisks: [] }) as const;

/** Checks what is wished, then has it done as it was checked. Gives the state of the check. */
async function carryOut(intent: Intent): Promise<NonNullable<ReturnType<ScriptedHub["state"]>>> {
  const question = { ...intent, id: `${intent.id}-check`, mode: "Check" as const };
  await hub.say({ intents: [question] });
  const answer = await hub.untilState(question.id, "Checked");
  await hub.say({ intents: [{ ...intent, ...(answer.planHash === undefined ? {} : { planHash: answer.planHash }) }] });
  await hub.untilState(intent.id, "Done");
  return answer;
}

const install = (template: InstanceTemplate = {}, name?: string, namespace?: string): Intent => ({
  ...base("Apply", name, namespace),
  action: "Install",
  version: "1.0.0",
  template,
});
const configure = (template: InstanceTemplate): Intent => ({ ...base(), action: "Configure", template });
const removal = (deletionPolicy?: "Orphan"): Intent => ({
  ...base(),
  action: "Remove",
  ...(deletionPolicy === undefined ? {} : { deletionPolicy }),
});

async function untilAnswered(intent: Intent): Promise<NonNullable<ReturnType<ScriptedHub["state"]>>> {
  await hub.say({ intents: [intent] });
  await eventually(() => ["Refused", "Checked", "Done"].includes(hub.state(intent.id)?.phase ?? ""), "the intent is answered");
  const state = hub.state(intent.id);
  if (state === undefined) throw new Error("it was there a moment ago");
  return state;
}

describe("an intent to install", () => {
  it("is told what it would make, makes the instance under the hub's name, and is done when it is ready", async () => {
    await startAgent();
    const intent = install({ config: { greeting: "moin" }, labels: { team: "web" } });
    const checked = await carryOut(intent);
    expect(checked).toMatchObject({
      check: { steps: ["1.0.0"], disruptive: false, irreversible: false, changes: { changed: 0, deleted: 0 } },
    });
    expect(checked.check?.changes?.objects).toContain("+ ConfigMap default/web");
    const { metadata, spec } = await cluster.untilReady("one", "1.0.0");
    expect(spec).toMatchObject({ service: "web", version: "1.0.0", config: { greeting: "moin" } });
    expect(metadata.labels).toMatchObject({ team: "web" });
    expect(metadata.managedFields?.find(({ manager }) => manager === HUB)).toMatchObject({ operation: "Apply" });
    expect(await cluster.get("v1", "ConfigMap", "web")).toMatchObject({ data: { greeting: "moin" } });
  });

  it("changes nothing while it only checks, and makes its namespace when it is carried out", async () => {
    await startAgent();
    const namespace = { apiVersion: "v1", kind: "Namespace", name: "fresh" };
    const check: Intent = { ...install({}, "one", "fresh"), mode: "Check" };
    expect(await untilAnswered(check)).toMatchObject({ phase: "Checked" });
    expect(await cluster.kube.get(namespace)).toBeUndefined();
    await carryOut(install({}, "one", "fresh"));
    expect(await cluster.kube.get(namespace)).toBeDefined();
    expect(await cluster.kube.get({ ...instanceRef("one"), namespace: "fresh" })).toMatchObject({ status: { phase: "Ready" } });
  });

  it("is refused where there is another instance of the name, and done where there is that very one", async () => {
    await startAgent();
    await cluster.create("one", { service: "web", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    expect(await untilAnswered({ ...install(), mode: "Check" })).toMatchObject({ phase: "Done" });
    expect(await untilAnswered({ ...install({ config: { greeting: "no" } }), mode: "Check" })).toMatchObject({
      phase: "Refused",
      reason: { code: "AlreadyExists" },
    });
  });

  it.each<[what: string, parts: object, code: string]>([
    ["a service that no catalog has", { service: "unheard" }, "UnknownService"],
    ["a version that no catalog has", { version: "9.9.9" }, "UnknownVersion"],
    ["a configuration that does not fit", { template: { config: { greeting: 7 } } }, "ConfigInvalid"],
    [
      "what the API server does not let in",
      { template: { targetNamespace: "default", secretRefs: [{ name: "x".repeat(254), secretName: "s" }] } },
      "Invalid",
    ],
    ["a requirement that is not met", { service: "shop" }, "MissingRequirement"],
    ["a Secret that is not there", { service: "vault", template: { secretRefs: [{ name: "seal", secretName: "s" }] } }, "SecretsMissing"],
  ])("is refused for %s, by a typed reason, and makes nothing", async (_, parts, code) => {
    await startAgent();
    const intent: Intent = { ...base("Check"), action: "Install", version: "1.0.0", template: {}, ...parts };
    expect(await untilAnswered(intent)).toMatchObject({ phase: "Refused", reason: { code } });
    expect(await cluster.instance("one")).toBeUndefined();
  });

  it("is refused where the agent may not do what it takes, and says what is missing", async () => {
    await startAgent(forbidding(cluster.embedded.transport, ({ verb, resource }) => verb === "patch" && resource === "deployments"));
    expect(await untilAnswered({ ...install(), mode: "Check" })).toMatchObject({
      phase: "Refused",
      reason: { code: "MissingPermissions", message: expect.stringContaining("patch deployments.apps in default") },
    });
    expect(await cluster.instance("one")).toBeUndefined();
  });
});

describe("an intent to configure", () => {
  async function installed(): Promise<void> {
    await startAgent();
    await carryOut(install({ config: { greeting: "moin" } }));
  }

  it("is told what would change, changes that and nothing else, and is done when it runs so", async () => {
    await installed();
    await cluster.edit("one", { overrides: { extra: "kept" } });
    await cluster.untilReady("one", "1.0.0");
    const checked = await carryOut(configure({ config: { greeting: "servus" } }));
    expect(checked.check).toMatchObject({
      steps: ["1.0.0"],
      changes: { created: 0, changed: 1, deleted: 0, objects: ["~ ConfigMap default/web"] },
    });
    const { spec } = await cluster.untilReady("one", "1.0.0");
    expect(spec).toMatchObject({ version: "1.0.0", config: { greeting: "servus" }, overrides: { extra: "kept" } });
    expect(await cluster.get("v1", "ConfigMap", "web")).toMatchObject({ data: { greeting: "servus" } });
  });

  it("is not carried out when the instance is not any more what it was when it was checked", async () => {
    await installed();
    const intent = configure({ config: { greeting: "servus" } });
    const { planHash } = await untilAnswered({ ...intent, id: "question", mode: "Check" });
    await cluster.edit("one", { overrides: { extra: "new" } });
    await cluster.untilReady("one", "1.0.0");
    expect(await untilAnswered({ ...intent, ...(planHash === undefined ? {} : { planHash }) })).toMatchObject({
      phase: "Refused",
      reason: { code: "PlanChanged" },
    });
  });

  it("is refused where GitOps owns the field, takes over what a person has edited, and leaves alone what it does not name", async () => {
    await installed();
    await cluster.edit("one", { config: { greeting: "edited" } });
    await cluster.untilReady("one", "1.0.0");
    await carryOut(configure({ config: { greeting: "servus" } }));
    const object = { apiVersion: "portolan.dev/v1alpha1", kind: "ServiceInstance", metadata: { namespace: "default", name: "one" } };
    await cluster.kube.apply(
      { ...object, spec: { service: "web", config: { greeting: "git" } } },
      { fieldManager: "kustomize-controller", force: true },
    );
    await cluster.untilReady("one", "1.0.0");
    expect(await untilAnswered({ ...configure({ config: { greeting: "hub" } }), mode: "Check" })).toMatchObject({
      phase: "Refused",
      reason: { code: "OwnedByOther", message: expect.stringContaining("kustomize-controller") },
    });
  });

  it("is refused for what does not fit the service's schema", async () => {
    await installed();
    expect(await untilAnswered({ ...configure({ config: { greeting: 7 } }), mode: "Check" })).toMatchObject({
      phase: "Refused",
      reason: { code: "ConfigInvalid" },
    });
  });
});

describe("an intent to remove", () => {
  it("is told how much would be gone, takes the instance and its service away, and is done when it is gone", async () => {
    await startAgent();
    await carryOut(install());
    const checked = await carryOut(removal());
    expect(checked.check).toMatchObject({ steps: [], disruptive: true, irreversible: true, changes: { deleted: 3 } });
    expect(await cluster.instance("one")).toBeUndefined();
    expect(await cluster.get("v1", "ConfigMap", "web")).toBeUndefined();
    await eventually(() => hub.report("one") === "tombstone", "the hub is told that it is gone");
  });

  it("leaves what runs when it is told so", async () => {
    await startAgent();
    await carryOut(install());
    expect((await carryOut(removal("Orphan"))).check).toMatchObject({ disruptive: false, irreversible: false });
    expect(await cluster.instance("one")).toBeUndefined();
    expect(await cluster.get("v1", "ConfigMap", "web")).toBeDefined();
  });

  it("is done where there is nothing", async () => {
    await startAgent();
    expect(await untilAnswered(removal())).toMatchObject({ phase: "Done" });
  });

  it("is refused while another service requires it, or GitOps would make it again", async () => {
    await startAgent();
    await carryOut(install());
    await cluster.create("shop", { service: "shop", version: "1.0.0" });
    await cluster.untilReady("shop", "1.0.0");
    expect(await untilAnswered({ ...removal(), mode: "Check" })).toMatchObject({
      phase: "Refused",
      reason: { code: "RequiredByOthers", message: expect.stringContaining("default/shop") },
    });
    await cluster.kube.delete(instanceRef("shop"));
    await eventually(async () => (await cluster.instance("shop")) === undefined, "the other service is gone");
    const object = { apiVersion: "portolan.dev/v1alpha1", kind: "ServiceInstance", metadata: { namespace: "default", name: "one" } };
    await cluster.kube.apply({ ...object, spec: { service: "web" } }, { fieldManager: "argocd-controller", force: true });
    expect(await untilAnswered({ ...removal(), mode: "Check" })).toMatchObject({ phase: "Refused", reason: { code: "OwnedByOther" } });
  });
});
