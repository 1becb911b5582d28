import { valueAt } from "@portolan/agent/fields";
import type { ServiceInstanceSpec, ServiceInstanceStatus } from "@portolan/agent/resources";
import type { Catalog, Installer, ManifestTemplate } from "@portolan/shared/catalog";
import { canonicalJson, sha256Hex } from "@portolan/shared/json";
import { startNatsServer, type NatsServer } from "@portolan/simulator/nats-server";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { catalog, configMap, hook, installer, job, manifest, service, upgrader } from "./catalog.ts";
import { condition, eventually, TestCluster } from "./harness.ts";
import { digestsIn, followTimeline, guess, LogLines, published, recordMetrics, recordWrites } from "./published.ts";
import { joining, ScriptedHub } from "./scripted-hub.ts";

let nats: NatsServer;
let cluster: TestCluster;
let hub: ScriptedHub;
let logs: LogLines;
let timeline: readonly Uint8Array[];
let writes: readonly string[];
let metrics: readonly string[];
let clusters = 0;

beforeAll(async () => {
  nats = await startNatsServer();
});

afterAll(async () => {
  await nats.stop();
});

beforeEach(async () => {
  cluster = new TestCluster(`secret-${++clusters}`);
  hub = await ScriptedHub.start(nats.url, cluster.embedded.name, () => ({ clusterUid: "", registrationId: "r1" }));
  timeline = followTimeline(hub);
  logs = new LogLines();
});

afterEach(async () => {
  await cluster.close();
  await hub.stop();
});

async function startAgent(services: Catalog) {
  const recorded = recordWrites(cluster.embedded.transport);
  const measured = recordMetrics();
  [writes, metrics] = [recorded.writes, measured.said];
  return await cluster.startAgent({
    catalog: services,
    transport: recorded.transport,
    metrics: measured.metrics,
    logger: logs.logger,
    fleet: joining(nats.url, cluster, logs.logger),
  });
}

const secretRef = { apiVersion: "v1", kind: "Secret", namespace: "default", name: "door" };

async function keep(pin: string): Promise<void> {
  const data = { pin: Buffer.from(pin).toString("base64") };
  await cluster.kube.apply(
    { apiVersion: "v1", kind: "Secret", metadata: { name: "door", namespace: "default" }, data },
    { fieldManager: "test" },
  );
}

const needs = { secrets: [{ name: "door", description: "of the house", keys: ["pin"], optional: false }] };
const version = (name: string, objects: readonly ManifestTemplate[] = [], parts: Partial<Installer> = {}) =>
  installer(name, [configMap("app", { pin: "${values.pin}", version: name }), ...objects], {
    values: { pin: "${secrets.door.pin}" },
    ...parts,
  });
const doors = service("doors", {
  ...needs,
  installers: [version("1.0.0"), version("2.0.0")],
  upgraders: [upgrader("to-2", "1.0.0", "2.0.0", { before: [hook({ name: "backup", action: "job", job: job() })] })],
});
const spec = (parts: Partial<ServiceInstanceSpec> = {}): ServiceInstanceSpec => ({
  service: "doors",
  version: "1.0.0",
  secretRefs: [{ name: "door", secretName: "door" }],
  ...parts,
});
const pinInUse = async (): Promise<unknown> => valueAt(await cluster.get("v1", "ConfigMap", "app"), "data", "pin");
const reasonsOfEvents = async (): Promise<readonly unknown[]> =>
  (await cluster.kube.list("events.k8s.io/v1", "Event")).items.map(({ reason }) => reason);

describe("a secret", () => {
  it("that is missing is said, and waited for without polling; without it nothing begins", async () => {
    await startAgent(catalog(doors));
    await cluster.create("one", spec());
    const waiting = await cluster.untilReason("one", "SecretsMissing");
    expect(condition(waiting, "SecretsAvailable")).toMatchObject({
      status: "False",
      message: "the Secret default/door does not exist",
    });
    const asked = Date.now();
    await keep("1234");
    await cluster.untilReady("one", "1.0.0");
    // A poll came every five seconds.
    expect(Date.now() - asked).toBeLessThan(4_000);
    expect(await pinInUse()).toBe("1234");
  });

  it.each(["Correct", "Warn", "Ignore"] as const)(
    "that changes is used at once, also where drift is a matter of %s",
    async (driftPolicy) => {
      await keep("1234");
      await startAgent(catalog(doors));
      await cluster.create("one", spec({ driftPolicy }));
      const before = await cluster.untilReady("one", "1.0.0");
      await keep("4321");
      await expect.poll(pinInUse, { interval: 5, timeout: 4_000 }).toBe("4321");
      const after = await cluster.until(
        "one",
        ({ status }) => status?.secretsDigest !== before.status?.secretsDigest,
        "has another digest",
      );
      expect(after.status?.history).toHaveLength(1);
      expect(condition(after, "Ready")?.status).toBe("True");
      expect(condition(after, "Drifted")?.status).not.toBe("True");
      await expect.poll(reasonsOfEvents).toContain("SecretsChanged");
      expect(await reasonsOfEvents()).not.toContain("DriftCorrected");
    },
  );

  it("that has changed while no agent was there is used when one comes; one that has not is not deployed again", async () => {
    await keep("1234");
    const agent = await startAgent(catalog(doors));
    await cluster.create("one", spec({ driftPolicy: "Ignore" }));
    await cluster.untilReady("one", "1.0.0");
    await agent.stop();
    await cluster.kube.patch(
      { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "app" },
      { type: "merge", patch: { data: { version: "by hand" } } },
      { fieldManager: "kubectl-edit" },
    );
    const second = await startAgent(catalog(doors));
    await eventually(() => logs.lines.filter((line) => line.includes("the agent is running")).length === 2, "it runs");
    await expect.poll(() => hub.heartbeat !== undefined).toBe(true);
    await second.stop();
    expect(valueAt(await cluster.get("v1", "ConfigMap", "app"), "data", "version")).toBe("by hand");
    await keep("4321");
    await startAgent(catalog(doors));
    await expect.poll(pinInUse, { interval: 5, timeout: 5_000 }).toBe("4321");
  });

  it("that goes away is said, and what runs stays as it is", async () => {
    await keep("1234");
    await startAgent(catalog(doors));
    await cluster.create("one", spec());
    await cluster.untilReady("one", "1.0.0");
    await cluster.kube.delete(secretRef);
    await cluster.untilReason("one", "SecretsMissing");
    expect(await pinInUse()).toBe("1234");
    await keep("4321");
    await cluster.untilReady("one", "1.0.0");
    expect(await pinInUse()).toBe("4321");
  });

  it("that is optional may be missing, and so may its keys", async () => {
    const value = "${has(secrets.door) && has(secrets.door.pin) ? secrets.door.pin : 'none'}";
    const optional = service("doors", {
      secrets: [{ name: "door", description: "", keys: ["pin"], optional: true }],
      installers: [installer("1.0.0", [configMap("app", { pin: value, short: "${secrets.?door.?pin.orValue('none')}" })])],
    });
    await startAgent(catalog(optional));
    await cluster.create("one", spec());
    await cluster.untilReady("one", "1.0.0");
    expect(await cluster.get("v1", "ConfigMap", "app")).toMatchObject({ data: { pin: "none", short: "none" } });
    await cluster.kube.create({ ...secretRef, metadata: { name: "door", namespace: "default" }, data: {} });
    await cluster.untilReady("one", "1.0.0");
    await keep("1234");
    await expect.poll(pinInUse, { interval: 5, timeout: 4_000 }).toBe("1234");
  });
});

/** Everything that an agent does with a secret in a life: missing, used, changed, upgraded, refused. */
async function live(pin: string, later: string): Promise<{ readonly uid: string; readonly status: ServiceInstanceStatus }> {
  await startAgent(catalog(doors));
  await cluster.create("one", spec());
  await cluster.untilReason("one", "SecretsMissing");
  await keep(pin);
  await cluster.untilReady("one", "1.0.0");
  await keep(later);
  await expect.poll(pinInUse, { timeout: 5_000 }).toBe(later);
  await cluster.edit("one", { version: "2.0.0" });
  const { status = {}, metadata } = await cluster.untilReady("one", "2.0.0");
  await eventually(() => hub.report("one") !== undefined && timeline.length > 0, "it was reported");
  return { uid: metadata.uid ?? "", status };
}

describe("a PIN of four digits", () => {
  const candidates = Array.from({ length: 10_000 }, (_, index) => String(index).padStart(4, "0"));
  /** What may have been hashed with a PIN in it: values, objects, configurations, however they are written. */
  const textsWith =
    (uid: string) =>
    (pin: string): readonly string[] => {
      const values = { door: { pin } };
      const base64 = Buffer.from(pin).toString("base64");
      const data = [{ pin }, { pin, version: "1.0.0" }, { pin, version: "2.0.0" }];
      const objects: readonly object[] = [
        values,
        ...data,
        { values, missing: [] },
        { secrets: values },
        { door: { pin: base64 } },
        { pin: base64 },
        { config: {}, overrides: {}, secrets: values, targetNamespace: "" },
        ["default/one", uid, values],
        ...data.map((each) => ({ data: each })),
      ];
      return [
        pin,
        `${pin}\n`,
        base64,
        JSON.stringify(pin),
        ...objects.flatMap((object) => [canonicalJson(object), JSON.stringify(object)]),
      ];
    };

  it("cannot be guessed from any digest that is published", async () => {
    const [pin, later] = ["4831", "7302"];
    const { uid, status } = await live(pin, later);
    expect(status.secretsDigest).toMatch(/^[0-9a-f]{64}$/u);
    const text = await published(cluster, { logs, hub, timeline, writes, metrics });
    // It is looked at where it could be.
    for (const outlet of [
      /serviceinstances\/one\/status/u,
      /configmaps\/portolan-one-[0-9a-f]+-0\?/u,
      /configmaps\/portolan-one-[0-9a-f]+-operation\?/u,
      /POST [^ ]*\/events/u,
      /portolan\.v1\.availability\./u,
      /portolan\.v1\.report\./u,
      /portolan\.v1\.heartbeat\./u,
      /OperationStarted|UpgradeStarted/u,
      /^serviceinstance /mu,
    ]) {
      expect(text).toMatch(outlet);
    }
    for (const digest of [status.configDigest, status.definitionsDigest, status.secretsDigest, status.inventory?.digest]) {
      expect(digestsIn(text).has(digest?.slice(0, 16) ?? "")).toBe(true);
    }
    expect(guess(digestsIn(text), candidates, textsWith(uid))).toEqual([]);
    // What would be found if it were there.
    const careless = `${text} ${sha256Hex(canonicalJson({ door: { pin } })).slice(0, 20)}`;
    expect(guess(digestsIn(careless), candidates, textsWith(uid))).toEqual([pin]);
  });

  it("makes no difference to any digest but the keyed one", async () => {
    const digestsOf = ({
      configDigest,
      definitionsDigest,
      catalogDigest,
      inventory,
      availability,
      availableVersions,
    }: ServiceInstanceStatus) => ({
      configDigest,
      definitionsDigest,
      catalogDigest,
      inventory,
      availability,
      availableVersions,
    });
    const { status: first } = await live("4831", "7302");
    await cluster.close();
    cluster = new TestCluster(cluster.embedded.name);
    const { status: second } = await live("1111", "2222");
    expect(digestsOf(second)).toEqual(digestsOf(first));
    expect(second.secretsDigest).not.toBe(first.secretsDigest);
  });
});

describe("a planted value", () => {
  const planted = "Pl4nted/Value with spaces-0123456789abcdefghijklmnopqrstuvwxyz";
  const labelled = manifest({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "labelled", labels: { a: "${secrets.door.pin}" } } });
  const named = manifest({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "${secrets.door.pin}" } });
  const typed = manifest({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "typed" }, data: { "${secrets.door.pin}": "x" } });
  const secret = manifest({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "kept", labels: { a: "${secrets.door.pin}" } },
  });
  const patched = upgrader("to-2", "1.0.0", "2.0.0", {
    before: [
      hook({
        name: "label",
        action: "patch",
        target: { apiVersion: "v1", kind: "ConfigMap", name: "app" },
        type: "merge",
        patch: { metadata: { labels: { a: "${secrets.door.pin}" } } },
      }),
    ],
  });

  it.each<[string, Partial<Parameters<typeof service>[1]>]>([
    ["a mapping that cannot use it", { installers: [version("2.0.0", [], { values: { pin: "${int(secrets.door.pin)}" } })] }],
    ["a manifest that cannot use it", { installers: [version("2.0.0", [configMap("b", { n: "${string(int(secrets.door.pin))}" })])] }],
    [
      "a schema that it does not fit",
      { installers: [version("2.0.0", [], { valuesSchema: { properties: { pin: { maxLength: 3, type: "integer" } } } })] },
    ],
    ["a label that the API server refuses", { installers: [version("2.0.0", [labelled])] }],
    ["a name that the API server refuses", { installers: [version("2.0.0", [named])] }],
    ["a key that the API server refuses", { installers: [version("2.0.0", [typed])] }],
    ["a Secret that the API server refuses", { installers: [version("2.0.0", [secret])] }],
    ["a patch that the API server refuses", { installers: [version("1.0.0"), version("2.0.0")], upgraders: [patched] }],
  ])("is shown nowhere: %s", async (_, parts) => {
    await keep(planted);
    await startAgent(catalog(service("doors", { ...needs, ...parts })));
    const walks = parts.upgraders !== undefined;
    await cluster.create("one", spec({ version: walks ? "1.0.0" : "2.0.0" }));
    if (walks) {
      await cluster.untilReady("one", "1.0.0");
      await cluster.edit("one", { version: "2.0.0" });
    }
    const refused = await cluster.until(
      "one",
      (instance) => condition(instance, "Stalled")?.status === "True" || instance.status?.failure !== undefined,
      "is refused",
    );
    const reason = condition(refused, "Ready")?.reason;
    await eventually(() => {
      const report = hub.report("one");
      return typeof report === "object" && report.reason === reason;
    }, `the fleet hears of ${reason}`);
    const text = await published(cluster, { logs, hub, timeline, writes, metrics });
    for (const form of [planted, planted.slice(0, 16), encodeURIComponent(planted), Buffer.from(planted).toString("base64")]) {
      expect(text).not.toContain(form);
    }
    // It was not simply kept quiet.
    expect(condition(refused, "Ready")?.message).not.toBe("");
  });
});
