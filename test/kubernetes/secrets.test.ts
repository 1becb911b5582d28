import { Reflector } from "@portolan/agent/controller";
import { valueAt } from "@portolan/agent/fields";
import { KubeClient } from "@portolan/agent/kube";
import { kubeConfigTransport, loadKubeConfig } from "@portolan/agent/kube/kubeconfig";
import { API_VERSION, asServiceInstance } from "@portolan/agent/resources";
import { afterAll, beforeAll, expect, it } from "vitest";
import { catalog, configMap, installer, manifest, service } from "../integration/agent/catalog.ts";
import { condition, eventually, isReady, logger } from "../integration/agent/harness.ts";
import { startInnerAgent } from "../testbed/fleet/inner-agent.ts";
import { startControlPlane, type ControlPlane } from "../testbed/kubernetes/control-plane.ts";
import { describeKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";

const WITHIN_MS = 20_000;

const doors = service("doors", {
  secrets: [{ name: "door", description: "", keys: ["pin"], optional: false }],
  installers: [installer("1.0.0", [configMap("app", { pin: "${secrets.door.pin}", label: "x" })])],
});

describeKubernetes("the secrets of an instance", () => {
  let controlPlane: ControlPlane;
  let admin: KubeClient;
  const undo: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    controlPlane = await startControlPlane({ name: "secrets" });
    admin = new KubeClient({ transport: await open(controlPlane.kubeconfigPath) });
  });

  afterAll(async () => {
    for (const step of undo.splice(0).toReversed()) await step();
    await controlPlane.stop();
  });

  async function open(file: string) {
    const connection = kubeConfigTransport(await loadKubeConfig({ file }));
    undo.push(async () => await connection.close());
    return connection.transport;
  }

  async function keep(pin: string | Buffer, name = "door"): Promise<void> {
    const data = { pin: Buffer.from(pin).toString("base64") };
    await admin.apply({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "default" }, data }, { fieldManager: "test" });
  }

  const instance = (name: string) => ({ apiVersion: API_VERSION, kind: "ServiceInstance", namespace: "default", name });
  const read = async (name: string) => asServiceInstance((await admin.get(instance(name))) ?? { ...instance(name), metadata: { name } });
  const create = async (name: string, secretName: string): Promise<void> => {
    const spec = { service: name, version: "1.0.0", secretRefs: [{ name: "door", secretName }] };
    await admin.create({ apiVersion: API_VERSION, kind: "ServiceInstance", metadata: { name, namespace: "default" }, spec });
  };

  it("can be watched by a role that names them, and no others", async () => {
    const account = { namespace: "default", name: "door-watcher" };
    const client = new KubeClient({ transport: await open(await controlPlane.serviceAccountKubeconfig(account)) });
    const role = { apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name: "door", namespace: "default" } };
    const rules = [{ apiGroups: [""], resources: ["secrets"], resourceNames: ["door"], verbs: ["get", "list", "watch"] }];
    await admin.create({ ...role, kind: "Role", rules });
    await admin.create({
      ...role,
      kind: "RoleBinding",
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "door" },
      subjects: [{ kind: "ServiceAccount", ...account }],
    });
    const watched = (name: string): Reflector => {
      const selection = { namespace: "default", fieldSelector: `metadata.name=${name}`, metadataOnly: true };
      const reflector = new Reflector({ client, apiVersion: "v1", kind: "Secret", ...selection, logger });
      undo.push(async () => await reflector.stop());
      reflector.start();
      return reflector;
    };
    const [door, other] = [watched("door"), watched("other")];
    await expect.poll(() => door.state.phase, { timeout: WITHIN_MS }).toBe("Synced");
    await keep("1234");
    await expect.poll(() => door.cache.size, { timeout: WITHIN_MS }).toBe(1);
    expect(door.cache.list()[0]).not.toHaveProperty("data");
    await expect.poll(() => other.state, { timeout: WITHIN_MS }).toMatchObject({ phase: "Failing", error: { reason: "Forbidden" } });
  });

  it("are used as soon as they change, and what the API server says of them is told without them", async () => {
    await keep("1234");
    undo.push(await startInnerAgent(controlPlane, { catalog: catalog(doors, refused, vaults), logger }));
    await create("doors", "door");
    await eventually(async () => isReady(await read("doors"), "1.0.0"), "it is Ready", WITHIN_MS);
    const pin = async (): Promise<unknown> =>
      valueAt(await admin.get({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "app" }), "data", "pin");
    const start = performance.now();
    await keep("4321");
    await eventually(async () => (await pin()) === "4321", "it is used", WITHIN_MS);
    process.stdout.write(`a secret was used ${Math.round(performance.now() - start)} ms after it had changed\n`);

    const planted = "planted value / that no label may have";
    await keep(planted, "planted");
    await create("refused", "planted");
    await eventually(async () => condition(await read("refused"), "Stalled") !== undefined, "it is refused", WITHIN_MS);
    const shown = JSON.stringify([await read("refused"), (await admin.list("events.k8s.io/v1", "Event")).items]);
    expect(shown).toContain("[redacted]");
    expect(shown).not.toContain(planted);
  });

  it("that are no text are refused by name; their base64 is deployed as the very bytes", async () => {
    const bytes = Buffer.from("feedfeed0001", "hex");
    await keep(bytes, "vault");
    await create("vaults", "vault");
    const message = "the Secret default/vault holds bytes that are no UTF-8 text in pin: put their base64 there";
    await eventually(async () => condition(await read("vaults"), "SecretsAvailable")?.message === message, "it is refused", WITHIN_MS);
    const copy = async () => await admin.get({ apiVersion: "v1", kind: "Secret", namespace: "default", name: "vault-copy" });
    expect(await copy()).toBeUndefined();
    await keep(bytes.toString("base64"), "vault");
    await eventually(async () => isReady(await read("vaults"), "1.0.0"), "it is Ready", WITHIN_MS);
    expect(await copy()).toMatchObject({ data: { pin: bytes.toString("base64") } });
  });
});

const vaults = service("vaults", {
  secrets: doors.secrets,
  installers: [
    installer("1.0.0", [
      manifest({ apiVersion: "v1", kind: "Secret", metadata: { name: "vault-copy" }, data: { pin: "${secrets.door.pin}" } }),
    ]),
  ],
});

const labels = { from: "${secrets.door.pin}" };
const refused = service("refused", {
  secrets: doors.secrets,
  installers: [
    installer("1.0.0", [{ source: "app.yaml", object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "refused", labels } } }]),
  ],
});
