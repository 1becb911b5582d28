import { valueAt } from "@portolan/agent/fields";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  boatDefinition,
  catalog,
  configMap,
  gatedService,
  hook,
  installer,
  job,
  manifest,
  service,
  upgrader,
  webService,
} from "./catalog.ts";
import { condition, TestCluster } from "./harness.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = new TestCluster();
});

afterEach(async () => {
  await cluster.close();
});

describe("an instance", () => {
  it("is installed, upgraded over two hops and taken back again", async () => {
    await cluster.startAgent({ catalog: catalog(webService) });
    await cluster.create("one", { service: "web", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    expect(await cluster.get("v1", "ConfigMap", "legacy")).toBeDefined();

    await cluster.edit("one", { version: "2.0.0" });
    const upgraded = await cluster.untilReady("one", "2.0.0");
    expect(upgraded.status?.history?.[0]).toMatchObject({ from: "1.0.0", to: "2.0.0", result: "Succeeded", by: "kubectl-edit" });
    expect(await cluster.get("v1", "ConfigMap", "legacy")).toBeUndefined();
    expect(await cluster.get("v1", "ConfigMap", "modern")).toBeDefined();
    expect(await cluster.jobs()).toHaveLength(2);

    await cluster.edit("one", { version: "1.1.0" });
    await cluster.untilReady("one", "1.1.0");
    expect(await cluster.get("apps/v1", "Deployment", "web")).toMatchObject({ spec: { selector: { matchLabels: { app: "web" } } } });
    expect(await cluster.get("v1", "ConfigMap", "modern")).toBeUndefined();
  });

  it("shows what it could go to, and installs nothing without a version", async () => {
    await cluster.startAgent({ catalog: catalog(webService) });
    await cluster.create("one", { service: "web" });
    const { status } = await cluster.untilReason("one", "NoVersion");
    expect(status?.phase).toBe("Discovered");
    expect(status?.availableVersions?.map(({ version, direction }) => [version, direction])).toEqual([
      ["2.0.0", "install"],
      ["1.1.0", "install"],
      ["1.0.0", "install"],
    ]);
    expect(await cluster.get("v1", "ConfigMap", "web")).toBeUndefined();
    expect((await cluster.kube.list("portolan.dev/v1alpha1", "ServiceDefinition")).items).toMatchObject([
      { metadata: { name: "web" }, spec: { latest: "2.0.0", totalVersions: 3 } },
    ]);
  });

  it("runs with another configuration after an edit, without a hop", async () => {
    await cluster.startAgent({ catalog: catalog(webService) });
    await cluster.create("one", { service: "web", version: "2.0.0" });
    await cluster.untilReady("one", "2.0.0");
    await cluster.edit("one", { config: { greeting: "moin" }, overrides: { replicas: 2 } });
    const { status } = await cluster.untilReady("one", "2.0.0");
    expect(await cluster.get("v1", "ConfigMap", "web")).toMatchObject({ data: { greeting: "moin" } });
    expect(await cluster.get("apps/v1", "Deployment", "web")).toMatchObject({ spec: { replicas: 2 } });
    expect(status?.history?.map(({ from, to }) => [from, to])).toEqual([
      ["2.0.0", "2.0.0"],
      [undefined, "2.0.0"],
    ]);
  });

  it("installs a CRD together with an object of the kind that it defines", async () => {
    const crd = manifest(boatDefinition({ "x-kubernetes-preserve-unknown-fields": true }));
    const boat = manifest({ apiVersion: "example.org/v1", kind: "Boat", metadata: { name: "first" }, spec: { sails: 2 } });
    const boats = service("boats", { installers: [installer("1.0.0", [boat, crd])] });
    await cluster.startAgent({ catalog: catalog(boats) });
    await cluster.create("one", { service: "boats", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    expect(await cluster.get("example.org/v1", "Boat", "first")).toMatchObject({ spec: { sails: 2 } });
  });

  it("goes into a target namespace of its own, which is made, and prunes the old one when that is changed", async () => {
    await cluster.startAgent({ catalog: catalog(webService) });
    await cluster.create("one", { service: "web", version: "1.0.0", targetNamespace: "web" });
    await cluster.untilReady("one", "1.0.0");
    expect(await cluster.get("v1", "ConfigMap", "web", "web")).toBeDefined();
    await cluster.edit("one", { targetNamespace: "elsewhere" });
    await cluster.untilReady("one", "1.0.0");
    expect(await cluster.get("v1", "ConfigMap", "web", "elsewhere")).toBeDefined();
    expect(await cluster.get("v1", "ConfigMap", "web", "web")).toBeUndefined();
    expect(await cluster.kube.get({ apiVersion: "v1", kind: "Namespace", name: "web" })).toBeDefined();
  });
});

describe("a hook", () => {
  const app = (version: string) => installer(version, [configMap("app", { version: "${release.version}" })]);

  /** Installs 1.0.0 of a service, does what the test prepares, and asks for 2.0.0. */
  async function upgradeWith(parts: Parameters<typeof upgrader>[3], prepare?: () => Promise<unknown>): Promise<void> {
    const hooked = service("hooked", { installers: [app("1.0.0"), app("2.0.0")], upgraders: [upgrader("to-2", "1.0.0", "2.0.0", parts)] });
    await cluster.startAgent({ catalog: catalog(hooked) });
    await cluster.create("one", { service: "hooked", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await prepare?.();
    await cluster.edit("one", { version: "2.0.0" });
  }

  const other = { apiVersion: "v1", kind: "ConfigMap", name: "other" };
  const makeOther = async (): Promise<unknown> =>
    await cluster.kube.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "other", namespace: "default" }, data: { a: "1" } });

  it("apply makes objects that stay when the step is over", async () => {
    await upgradeWith({
      after: [hook({ name: "grant", action: "apply", objects: [configMap("grant-${release.name}", { to: "${release.version}" })] })],
    });
    await cluster.untilReady("one", "2.0.0");
    expect(await cluster.get("v1", "ConfigMap", "grant-one")).toMatchObject({ data: { to: "2.0.0" } });
  });

  it("patch changes one object, by a merge patch and by a JSON patch", async () => {
    await upgradeWith(
      {
        before: [
          hook({ name: "merge", action: "patch", target: other, type: "merge", patch: { data: { b: "${release.version}" } } }),
          hook({ name: "json", action: "patch", target: other, type: "json", patch: [{ op: "replace", path: "/data/a", value: "2" }] }),
        ],
      },
      makeOther,
    );
    await cluster.untilReady("one", "2.0.0");
    expect(await cluster.get("v1", "ConfigMap", "other")).toMatchObject({ data: { a: "2", b: "2.0.0" } });
  });

  it("patch that the API server refuses as nonsense fails the operation with its words", async () => {
    await upgradeWith(
      { before: [hook({ name: "bad", action: "patch", target: other, type: "json", patch: [{ op: "remove", path: "/none" }] })] },
      makeOther,
    );
    const { status } = await cluster.untilFailed("one");
    expect(status?.failure).toMatchObject({ action: "before/bad", step: "1.0.0 → 2.0.0" });
    expect(await cluster.get("v1", "ConfigMap", "app")).toMatchObject({ data: { version: "1.0.0" } });
  });

  it("scale sets the replicas and waits until they are there", async () => {
    const labels = { app: "store" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "example.org/store:1" }] } };
    await upgradeWith(
      {
        before: [
          hook({ name: "stop", action: "scale", target: { apiVersion: "apps/v1", kind: "Deployment", name: "store" }, replicas: 0 }),
        ],
      },
      async () =>
        await cluster.kube.create({
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "store", namespace: "default" },
          spec: { replicas: 2, selector: { matchLabels: labels }, template },
        }),
    );
    await cluster.untilReady("one", "2.0.0");
    const store = await cluster.get("apps/v1", "Deployment", "store");
    expect(store).toMatchObject({ spec: { replicas: 0 } });
    expect(store?.["status"]).not.toHaveProperty("replicas", 2);
  });

  it("scale waits until the replicas that are wanted are ready, and says how many there are", async () => {
    const labels = { app: "store" };
    const spec = { containers: [{ name: "main", image: "example.org/store:1" }] };
    const template = { metadata: { labels, annotations: { "portolan.test/never-ready": "true" } }, spec };
    const store = { apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: "store" };
    await upgradeWith(
      {
        before: [
          hook({ name: "start", action: "scale", target: { apiVersion: "apps/v1", kind: "Deployment", name: "store" }, replicas: 2 }),
        ],
      },
      async () =>
        await cluster.kube.create({
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "store", namespace: "default" },
          spec: { replicas: 0, selector: { matchLabels: labels }, template },
        }),
    );
    const says = "Deployment default/store has 0 of 2 replicas";
    await cluster.until("one", ({ status }) => status?.operation?.message === says, "waits for replicas");
    const annotations = { "portolan.test/never-ready": null };
    await cluster.kube.patch(store, { type: "merge", patch: { spec: { template: { metadata: { annotations } } } } });
    await cluster.untilReady("one", "2.0.0");
    expect(await cluster.kube.get(store)).toMatchObject({ status: { readyReplicas: 2 } });
  });

  it("scale of what does not exist fails the operation", async () => {
    await upgradeWith({
      before: [hook({ name: "stop", action: "scale", target: { apiVersion: "apps/v1", kind: "Deployment", name: "none" }, replicas: 0 })],
    });
    const { status } = await cluster.untilFailed("one");
    expect(status?.failure).toMatchObject({
      reason: "NotFound",
      message: expect.stringContaining("Deployment.apps/v1 default/none does not exist"),
    });
  });

  it("job that fails ends the operation before anything is deployed", async () => {
    await upgradeWith({ before: [hook({ name: "backup", action: "job", job: job({ "portolan.test/fails": "true" }) })] });
    const { status } = await cluster.untilFailed("one");
    expect(status?.failure).toMatchObject({ reason: "JobFailed", action: "before/backup" });
    expect(status?.version).toBe("1.0.0");
    expect(await cluster.get("v1", "ConfigMap", "app")).toMatchObject({ data: { version: "1.0.0" } });
  });

  it("wait holds while a field is not there yet, and goes on when it is", async () => {
    await upgradeWith(
      { before: [hook({ name: "migrated", action: "wait", target: other, until: "object.data.migrated == 'yes'" })] },
      makeOther,
    );
    const waiting = await cluster.until("one", ({ status }) => status?.operation?.message !== undefined, "says what it waits for");
    expect(waiting.status?.operation?.message).toContain("object.data.migrated == 'yes'");
    await cluster.kube.patch({ ...other, namespace: "default" }, { type: "merge", patch: { data: { migrated: "yes" } } });
    await cluster.untilReady("one", "2.0.0");
  });

  it("takes no longer than its timeout", async () => {
    await upgradeWith({ before: [hook({ name: "never", action: "wait", target: other, until: "object != null", timeoutSeconds: 1 })] });
    const { status } = await cluster.untilFailed("one");
    expect(status?.failure).toMatchObject({ reason: "Timeout", message: expect.stringContaining("before/never took longer than 1 s") });
  });

  it("delete takes all that a selector finds, and nothing else", async () => {
    const make = async (name: string, labels: Readonly<Record<string, string>>): Promise<unknown> =>
      await cluster.kube.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default", labels } });
    await upgradeWith(
      {
        before: [
          hook({
            name: "old",
            action: "delete",
            target: { apiVersion: "v1", kind: "ConfigMap", labels: { age: "old" } },
            propagation: "Background",
          }),
        ],
      },
      async () => {
        await make("old-1", { age: "old" });
        await make("old-2", { age: "old" });
        await make("young", { age: "young" });
      },
    );
    await cluster.untilReady("one", "2.0.0");
    expect(
      await Promise.all(["old-1", "old-2", "young"].map(async (name) => (await cluster.get("v1", "ConfigMap", name)) !== undefined)),
    ).toEqual([false, false, true]);
  });

  it("delete of a kind that the cluster does not have is done at once", async () => {
    await upgradeWith({
      before: [
        hook({
          name: "none",
          action: "delete",
          target: { apiVersion: "gone.example.org/v1", kind: "Gone", name: "x" },
          propagation: "Background",
        }),
      ],
    });
    expect((await cluster.untilReady("one", "2.0.0")).status?.failure).toBeUndefined();
  });

  it("migrateStorage rewrites the objects and leaves one stored version", async () => {
    const version = (name: string, storage: boolean) => ({
      name,
      served: true,
      storage,
      schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
    });
    const crd = (storage: string) => ({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "boats.example.org" },
      spec: {
        group: "example.org",
        scope: "Namespaced",
        names: { plural: "boats", singular: "boat", kind: "Boat", listKind: "BoatList" },
        versions: ["v1", "v2"].map((name) => version(name, name === storage)),
      },
    });
    const ref = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name: "boats.example.org" };
    const storedVersions = async (): Promise<unknown> => valueAt(await cluster.kube.get(ref), "status", "storedVersions");
    await upgradeWith({ after: [hook({ name: "migrate", action: "migrateStorage", crd: "boats.example.org" })] }, async () => {
      await cluster.kube.apply(crd("v1"), { fieldManager: "test" });
      await expect
        .poll(
          async () =>
            await cluster.kube.list("example.org/v1", "Boat").then(
              () => true,
              () => false,
            ),
        )
        .toBe(true);
      await cluster.kube.create({ apiVersion: "example.org/v1", kind: "Boat", metadata: { name: "first", namespace: "default" }, size: 1 });
      await cluster.kube.apply(crd("v2"), { fieldManager: "test" });
      await expect.poll(storedVersions).toEqual(["v1", "v2"]);
    });
    await cluster.untilReady("one", "2.0.0");
    expect(await storedVersions()).toEqual(["v2"]);
    const first = await cluster.kube.get({ apiVersion: "example.org/v2", kind: "Boat", name: "first", namespace: "default" });
    expect(first?.metadata.managedFields?.map(({ apiVersion }) => apiVersion)).toEqual(["example.org/v2"]);
  });
});

describe("during an operation", () => {
  async function startTwoHops(): Promise<void> {
    await cluster.startAgent({ catalog: catalog(gatedService) });
    await cluster.create("one", { service: "gated", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "3.0.0" });
    await cluster.untilAction("one", 0, "before/gate");
  }

  const data = async (): Promise<unknown> => (await cluster.get("v1", "ConfigMap", "app"))?.["data"];

  it("an edit of the configuration takes effect at the next step, not in the running one", async () => {
    await startTwoHops();
    await cluster.edit("one", { config: { color: "blue" } });
    await cluster.openGate("one", "2.0.0");
    await cluster.untilAction("one", 1, "before/gate");
    expect(await data()).toEqual({ version: "2.0.0", color: "red" });
    await cluster.openGate("one", "3.0.0");
    await cluster.untilReady("one", "3.0.0");
    expect(await data()).toEqual({ version: "3.0.0", color: "blue" });
  });

  it("another secret takes effect at the next step too, even when it is not there", async () => {
    const needing = service("gated", {
      ...gatedService,
      secrets: [{ name: "token", description: "", keys: [], optional: false }],
      installers: gatedService.installers.map((each) => installer(each.version, [configMap("app", { token: "${secrets.token.value}" })])),
    });
    const secretValue = { value: Buffer.from("t").toString("base64") };
    await cluster.kube.create({ apiVersion: "v1", kind: "Secret", metadata: { name: "here", namespace: "default" }, data: secretValue });
    await cluster.startAgent({ catalog: catalog(needing) });
    await cluster.create("one", { service: "gated", version: "1.0.0", secretRefs: [{ name: "token", secretName: "here" }] });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "3.0.0" });
    await cluster.untilAction("one", 0, "before/gate");
    await cluster.edit("one", { secretRefs: [{ name: "token", secretName: "gone" }] });
    await cluster.openGate("one", "2.0.0");
    const { status } = await cluster.untilReason("one", "SecretsMissing");
    expect(status).toMatchObject({ version: "2.0.0" });
    expect(status).not.toHaveProperty("operation");
  });

  it("an edit in the last step takes effect after it, as a change of configuration", async () => {
    await startTwoHops();
    await cluster.openGate("one", "2.0.0");
    await cluster.untilAction("one", 1, "before/gate");
    await cluster.edit("one", { config: { color: "green" } });
    await cluster.openGate("one", "3.0.0");
    const { status } = await cluster.untilReady("one", "3.0.0");
    expect(await data()).toEqual({ version: "3.0.0", color: "green" });
    expect(status?.history?.map(({ from, to }) => [from, to]).slice(0, 2)).toEqual([
      ["3.0.0", "3.0.0"],
      ["1.0.0", "3.0.0"],
    ]);
  });

  it("a configuration that does not fit the next step stops it there, and nothing is tried until it is mended", async () => {
    await startTwoHops();
    await cluster.edit("one", { config: { color: "purple" } });
    await cluster.openGate("one", "2.0.0");
    const { status } = await cluster.until(
      "one",
      (instance) => condition(instance, "ConfigValid")?.status === "False",
      "finds the configuration invalid",
    );
    expect(status?.version).toBe("2.0.0");
    expect(await data()).toEqual({ version: "2.0.0", color: "red" });
    await cluster.openGate("one", "3.0.0");
    await cluster.edit("one", { config: { color: "green" } });
    await cluster.untilReady("one", "3.0.0");
  });

  it("another target ends it after the running step, and is planned from there", async () => {
    await startTwoHops();
    await cluster.edit("one", { version: "1.0.0" });
    await cluster.openGate("one", "2.0.0");
    const { status } = await cluster.untilReady("one", "1.0.0");
    expect(status?.history?.map(({ from, to, result }) => [from, to, result]).slice(0, 2)).toEqual([
      ["2.0.0", "1.0.0", "Succeeded"],
      ["1.0.0", "3.0.0", "Held"],
    ]);
  });

  it("suspending stops it before the next step, and it goes on afterwards", async () => {
    await startTwoHops();
    await cluster.edit("one", { suspend: true });
    await cluster.openGate("one", "2.0.0");
    await cluster.openGate("one", "3.0.0");
    const { status } = await cluster.untilReason("one", "Suspended");
    expect(status).toMatchObject({ version: "2.0.0", phase: "Suspended", operation: { cursor: { step: 1 } } });
    await cluster.edit("one", { suspend: false });
    await cluster.untilReady("one", "3.0.0");
  });

  it("deletion uninstalls what is there, and the Jobs of hooks with it", async () => {
    const running = service("running", {
      installers: [installer("1.0.0", [configMap("app", {})]), installer("2.0.0", [configMap("app", {})])],
      upgraders: [
        upgrader("to-2", "1.0.0", "2.0.0", {
          before: [hook({ name: "long", action: "job", job: job({ "portolan.test/runs-for": "1h" }) })],
        }),
      ],
    });
    await cluster.startAgent({ catalog: catalog(running) });
    await cluster.create("one", { service: "running", version: "1.0.0", targetNamespace: "elsewhere" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "2.0.0" });
    await cluster.untilAction("one", 0, "before/long");
    await expect.poll(async () => (await cluster.jobs()).length).toBe(1);
    await cluster.kube.delete({ apiVersion: "portolan.dev/v1alpha1", kind: "ServiceInstance", namespace: "default", name: "one" });
    await cluster.untilGone({ apiVersion: "portolan.dev/v1alpha1", kind: "ServiceInstance", namespace: "default", name: "one" });
    expect(await cluster.get("v1", "ConfigMap", "app", "elsewhere")).toBeUndefined();
    expect(await cluster.jobs()).toEqual([]);
  });

  it("withdrawn definitions change nothing: it goes on with what it accepted, also after a restart of the agent", async () => {
    const agent = await cluster.startAgent({ catalog: catalog(gatedService) });
    await cluster.create("one", { service: "gated", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "3.0.0" });
    await cluster.untilAction("one", 0, "before/gate");
    await agent.stop();
    await cluster.startAgent({ catalog: catalog() });
    await cluster.openGate("one", "2.0.0");
    await cluster.openGate("one", "3.0.0");
    const { status } = await cluster.untilReady("one", "3.0.0");
    expect(status?.history?.[0]).toMatchObject({ from: "1.0.0", to: "3.0.0", result: "Succeeded" });
  });

  it("lost definitions end it with a reason, and another try starts from where it stands", async () => {
    const agent = await cluster.startAgent({ catalog: catalog(gatedService) });
    await cluster.create("one", { service: "gated", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "3.0.0" });
    await cluster.untilAction("one", 0, "before/gate");
    await agent.stop();
    const { items } = await cluster.kube.list("v1", "ConfigMap", { namespace: "default", labelSelector: "portolan.dev/definitions" });
    // Those of the installed version, those of the operation, and its record.
    expect(items).toHaveLength(3);
    for (const { metadata } of items) await cluster.kube.delete({ apiVersion: "v1", kind: "ConfigMap", ...metadata });
    await cluster.openGate("one", "2.0.0");
    await cluster.openGate("one", "3.0.0");
    await cluster.startAgent({ catalog: catalog(gatedService) });
    expect((await cluster.untilFailed("one")).status?.failure).toMatchObject({ reason: "DefinitionsLost" });
    await cluster.annotate("one", { "portolan.dev/retry": "1" });
    await cluster.untilReady("one", "3.0.0");
  });
});

describe("after a failure", () => {
  const failing = service("failing", {
    config: { type: "object", properties: { broken: { type: "boolean", default: true } } },
    installers: [
      installer("1.0.0", [configMap("app", { version: "1" })]),
      installer("2.0.0", [configMap("app", { version: "2" }), configMap("new", { version: "2" })]),
    ],
    upgraders: [
      upgrader("to-2", "1.0.0", "2.0.0", {
        after: [hook({ name: "check", action: "job", job: job({ "portolan.test/fails": "${string(config.broken)}" }) })],
      }),
    ],
  });

  async function fail(): Promise<void> {
    await cluster.startAgent({ catalog: catalog(failing) });
    await cluster.create("one", { service: "failing", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "2.0.0" });
    const failed = await cluster.untilFailed("one");
    expect(condition(failed, "Stalled")).toMatchObject({ status: "True", reason: "JobFailed" });
    expect(await cluster.jobs()).toHaveLength(1);
  }

  it("nothing is tried again by itself", async () => {
    await fail();
    await cluster.kube.patch(
      { apiVersion: "portolan.dev/v1alpha1", kind: "ServiceInstance", namespace: "default", name: "one" },
      { type: "merge", patch: { metadata: { labels: { looked: "at" } } } },
    );
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    expect(await cluster.jobs()).toHaveLength(1);
    expect((await cluster.instance("one"))?.status?.phase).toBe("Failed");
  });

  it("a retry annotation asks for one more try, once for each value", async () => {
    await fail();
    await cluster.annotate("one", { "portolan.dev/retry": "first" });
    await expect.poll(async () => (await cluster.jobs()).length, { timeout: 5_000 }).toBe(2);
    await cluster.untilFailed("one");
    await cluster.annotate("one", { "portolan.dev/retry": "x".repeat(400) });
    await expect.poll(async () => (await cluster.jobs()).length, { timeout: 5_000 }).toBe(3);
    await cluster.untilFailed("one");
  });

  it("an edit that mends it is tried", async () => {
    await fail();
    await cluster.edit("one", { config: { broken: false } });
    const { status } = await cluster.untilReady("one", "2.0.0");
    expect(status).not.toHaveProperty("failure");
  });

  it("going back to the installed version puts all of it back, also what was half done", async () => {
    await fail();
    expect(await cluster.get("v1", "ConfigMap", "new")).toBeDefined();
    await cluster.edit("one", { version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    expect(await cluster.get("v1", "ConfigMap", "app")).toMatchObject({ data: { version: "1" } });
    expect(await cluster.get("v1", "ConfigMap", "new")).toBeUndefined();
  });
});
