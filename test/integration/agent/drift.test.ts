import { listAt, valueAt } from "@portolan/agent/fields";
import { isBeingDeleted } from "@portolan/agent/kube";
import type { JsonObject } from "@portolan/shared/catalog";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { boatDefinition, catalog, configMap, deployment, hook, installer, manifest, service, upgrader, webService } from "./catalog.ts";
import { condition, TestCluster } from "./harness.ts";

const config = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "web" };

let cluster: TestCluster;

beforeEach(() => {
  cluster = new TestCluster();
});

afterEach(async () => {
  await cluster.close();
});

async function install(spec: object = {}): Promise<void> {
  await cluster.startAgent({ catalog: catalog(webService) });
  await cluster.create("one", { service: "web", version: "1.0.0", ...spec });
  await cluster.untilReady("one", "1.0.0");
}

async function tamper(): Promise<void> {
  await cluster.kube.patch(config, { type: "merge", patch: { data: { greeting: "tampered" } } }, { fieldManager: "kubectl-edit" });
}

const greeting = async (): Promise<unknown> => valueAt(await cluster.kube.get(config), "data", "greeting");

/** Writes to one object that are seen within a while. */
async function versionsSeen(ref: typeof config, ms: number): Promise<number> {
  const seen = new Set<unknown>();
  for (const until = Date.now() + ms; Date.now() < until; await sleep(5)) seen.add((await cluster.kube.get(ref))?.metadata.resourceVersion);
  return seen.size;
}

describe("what another hand has changed", () => {
  it("is put back by default, as soon as it is seen", async () => {
    await install();
    await tamper();
    await expect.poll(greeting, { interval: 5, timeout: 5_000 }).toBe("hello");
  });

  it("is made anew when it was deleted, also with its namespace", async () => {
    await install({ targetNamespace: "web" });
    await cluster.kube.delete({ apiVersion: "apps/v1", kind: "Deployment", namespace: "web", name: "web" });
    await expect.poll(async () => await cluster.get("apps/v1", "Deployment", "web", "web"), { timeout: 5_000 }).toBeDefined();
    const before = await cluster.kube.get({ apiVersion: "v1", kind: "Namespace", name: "web" });
    await cluster.kube.delete({ apiVersion: "v1", kind: "Namespace", name: "web" });
    await expect
      .poll(async () => (await cluster.kube.get({ apiVersion: "v1", kind: "Namespace", name: "web" }))?.metadata.uid, { timeout: 10_000 })
      .not.toBe(before?.metadata.uid);
    await expect.poll(async () => await cluster.get("apps/v1", "Deployment", "web", "web"), { timeout: 10_000 }).toBeDefined();
    await cluster.untilReady("one", "1.0.0");
  });

  it("is told of and left where the policy is Warn", async () => {
    await install({ driftPolicy: "Warn" });
    await tamper();
    const warned = await cluster.until("one", (instance) => condition(instance, "Drifted")?.status === "True", "has drifted");
    expect(condition(warned, "Drifted")?.message).toBe("ConfigMap default/web: /data/greeting (kubectl-edit)");
    expect(await greeting()).toBe("tampered");
    await cluster.edit("one", { driftPolicy: "Correct" });
    await cluster.until("one", (instance) => condition(instance, "Drifted")?.status === "False", "has drifted no more");
    expect(await greeting()).toBe("hello");
  });

  it("is nobody's business where the policy is Ignore", async () => {
    await install({ driftPolicy: "Ignore" });
    await tamper();
    await sleep(300);
    expect(await greeting()).toBe("tampered");
    const instance = await cluster.untilReady("one", "1.0.0");
    expect(condition(instance, "Drifted")).toMatchObject({ status: "Unknown", reason: "Ignored" });
  });

  it("is left while the instance is suspended", async () => {
    await install();
    await cluster.edit("one", { suspend: true });
    await cluster.untilReason("one", "Suspended");
    await tamper();
    await sleep(300);
    expect(await greeting()).toBe("tampered");
  });

  it("is not what the API server and others have added", async () => {
    await install();
    await cluster.kube.patch(
      config,
      { type: "merge", patch: { metadata: { annotations: { "example.org/note": "x" } }, data: { more: "y" } } },
      { fieldManager: "other" },
    );
    await sleep(300);
    expect(await cluster.kube.get(config)).toMatchObject({ data: { more: "y" }, metadata: { annotations: { "example.org/note": "x" } } });
  });
});

describe("somebody who undoes every correction", () => {
  it("is named, and corrected less and less often", async () => {
    await install();
    const stop = new AbortController();
    const tugOfWar = async (): Promise<number> => {
      let tugs = 0;
      for (; !stop.signal.aborted; await sleep(20)) {
        if ((await greeting()) !== "hello") continue;
        await cluster.kube.patch(config, { type: "merge", patch: { data: { greeting: "tug" } } }, { fieldManager: "tug" });
        tugs += 1;
      }
      return tugs;
    };
    const tugging = tugOfWar();
    // At once, and after 1, 2, 4 and 8 s: the fifth one in a row.
    const contested = await cluster.until("one", (each) => condition(each, "Drifted")?.reason === "DriftContested", "is contested", 40_000);
    expect(condition(contested, "Drifted")?.message).toBe(
      "changed again whenever it was put back: ConfigMap default/web: /data/greeting (tug)",
    );
    stop.abort();
    expect(await tugging).toBeLessThan(9);
    // Nobody objects any more: the next correction stands.
    await expect.poll(greeting, { timeout: 40_000 }).toBe("hello");
  });
});

describe("what is left to others", () => {
  const scalable = (version: string, replicas: number) =>
    installer(version, [
      deployment("web", { image: `example.org/web:${version}`, selector: "app", replicas }),
      configMap("web", { tuned: version, version }),
    ]);
  const scaling = service("scaling", {
    installers: [scalable("1.0.0", 1), scalable("2.0.0", 2)],
    upgraders: [upgrader("to-2", "1.0.0", "2.0.0")],
  });
  const web = { apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: "web" };
  const replicas = async (): Promise<unknown> => valueAt(await cluster.kube.get(web), "spec", "replicas");
  const image = async (): Promise<unknown> =>
    valueAt(listAt(await cluster.kube.get(web), "spec", "template", "spec", "containers")[0], "image");
  const scaleBy = async (fieldManager: string, to: number): Promise<void> => {
    await cluster.kube.patch(web, { type: "merge", patch: { spec: { replicas: to } } }, { subresource: "scale", fieldManager });
  };
  const upgrade = async (): Promise<void> => {
    await cluster.edit("one", { version: "2.0.0" });
    await cluster.untilReady("one", "2.0.0");
    expect(await image()).toBe("example.org/web:2.0.0");
  };

  it("is the number of replicas that an autoscaler has set, also through an upgrade; what a person sets is put back", async () => {
    await cluster.startAgent({ catalog: catalog(scaling) });
    await cluster.create("one", { service: "scaling", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await scaleBy("kubectl", 3);
    await expect.poll(replicas, { interval: 5, timeout: 5_000 }).toBe(1);
    await scaleBy("kube-controller-manager", 5);
    // A change that is put back shows that the agent has looked since.
    const version = async (): Promise<unknown> => valueAt(await cluster.kube.get(config), "data", "version");
    await cluster.kube.patch(config, { type: "merge", patch: { data: { version: "x" } } }, { fieldManager: "kubectl-edit" });
    await expect.poll(version, { interval: 5, timeout: 5_000 }).toBe("1.0.0");
    expect(await replicas()).toBe(5);
    await upgrade();
    expect(await replicas()).toBe(5);
    expect(condition(await cluster.untilReady("one", "2.0.0"), "Drifted")?.status).toBe("False");
  });

  it("is what the instance ignores: neither put back, nor changed by an upgrade, nor lost with its owner", async () => {
    const driftIgnore = [{ kind: "Deployment", pointers: ["/spec/replicas"] }, { pointers: ["/data/tuned"] }];
    await cluster.startAgent({ catalog: catalog(scaling) });
    await cluster.create("one", { service: "scaling", version: "1.0.0", driftIgnore });
    await cluster.untilReady("one", "1.0.0");
    await cluster.kube.patch(
      config,
      { type: "merge", patch: { data: { tuned: "by hand", version: "x" } } },
      { fieldManager: "kubectl-edit" },
    );
    const data = async (): Promise<unknown> => valueAt(await cluster.kube.get(config), "data");
    await expect.poll(data, { interval: 5, timeout: 5_000 }).toEqual({ tuned: "by hand", version: "1.0.0" });
    await upgrade();
    expect(await data()).toEqual({ tuned: "by hand", version: "2.0.0" });
    // The agent was its only owner.
    expect(await replicas()).toBe(1);
    await cluster.edit("one", { driftIgnore: null });
    await expect.poll(data, { interval: 5, timeout: 5_000 }).toEqual({ tuned: "2.0.0", version: "2.0.0" });
    await expect.poll(replicas, { interval: 5, timeout: 5_000 }).toBe(2);
  });
});

describe("what was installed", () => {
  it("is looked after as it was installed, whatever the catalogs have made of its version, and of the secrets it needs", async () => {
    const needs = (name: string) => [{ name, description: "", keys: [], optional: false }];
    const version = (data: JsonObject) => [installer("1.0.0", [configMap("app", data)])];
    const before = service("web", { secrets: needs("old"), installers: version({ password: "${secrets.old.password}" }) });
    const since = service("web", { secrets: needs("new"), installers: version({ other: "content" }) });
    const data = { password: Buffer.from("hunter2").toString("base64") };
    await cluster.kube.create({ apiVersion: "v1", kind: "Secret", metadata: { name: "db", namespace: "default" }, data });
    const agent = await cluster.startAgent({ catalog: catalog(before) });
    await cluster.create("one", { service: "web", version: "1.0.0", secretRefs: [{ name: "old", secretName: "db" }] });
    await cluster.untilReady("one", "1.0.0");
    await agent.stop();
    await cluster.startAgent({ catalog: catalog(since) });
    const ref = { ...config, name: "app" };
    await cluster.kube.delete(ref);
    await expect.poll(async () => await cluster.kube.get(ref), { timeout: 5_000 }).toMatchObject({ data: { password: "hunter2" } });
    expect(await cluster.untilReady("one", "1.0.0")).not.toHaveProperty("status.failure");
  });
});

describe("objects that are stored in another form than they are applied", () => {
  const secret = manifest({ apiVersion: "v1", kind: "Secret", metadata: { name: "password" }, stringData: { password: "hunter2" } });
  const quantities = manifest({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [{ name: "main", image: "x", resources: { requests: { cpu: "0.5", memory: "1024Mi" } } }] },
  });
  const stored = service("stored", { installers: [installer("1.0.0", [secret, quantities])] });
  const ref = { apiVersion: "v1", kind: "Secret", namespace: "default", name: "password" };

  it("are not corrected over and over", async () => {
    await cluster.startAgent({ catalog: catalog(stored) });
    await cluster.create("one", { service: "stored", version: "1.0.0" });
    const ready = await cluster.untilReady("one", "1.0.0");
    expect(condition(ready, "Drifted")?.status).toBe("False");
    // Another look, as at every change nearby.
    await cluster.annotate("one", { look: "again" });
    expect(await versionsSeen(ref, 500)).toBe(1);
    expect(await versionsSeen({ ...ref, kind: "Pod", name: "p" }, 100)).toBe(1);
  });

  it("are corrected when they were changed", async () => {
    await cluster.startAgent({ catalog: catalog(stored) });
    await cluster.create("one", { service: "stored", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.kube.patch(
      ref,
      { type: "merge", patch: { data: { password: Buffer.from("other").toString("base64") } } },
      { fieldManager: "kubectl-edit" },
    );
    const password = Buffer.from("hunter2").toString("base64");
    await expect.poll(async () => await cluster.kube.get(ref), { timeout: 5_000 }).toMatchObject({ data: { password } });
  });
});

describe("what cannot be put back", () => {
  it("is said, and tried again, without a storm", async () => {
    await install();
    // Made anew by another hand with a selector that no apply can change.
    const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: "web" };
    const labels = { other: "selector" };
    await cluster.edit("one", { suspend: true });
    await cluster.untilReason("one", "Suspended");
    const before = await cluster.kube.get(ref);
    await cluster.kube.delete(ref);
    const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "x" }] } };
    const mine = { ...before?.metadata.labels, ...labels };
    await cluster.kube.create({
      ...ref,
      metadata: { ...ref, labels: mine },
      spec: { replicas: 1, selector: { matchLabels: labels }, template },
    });
    await cluster.edit("one", { suspend: false });
    const stuck = await cluster.untilReason("one", "ImmutableField");
    expect(condition(stuck, "Ready")?.message).toMatch(/selector/u);
    expect(stuck.status?.version).toBe("1.0.0");
    await cluster.kube.delete(ref);
    await cluster.untilReady("one", "1.0.0");
  });

  it("is said when the kind is gone, and put back when it returns", async () => {
    const crd = boatDefinition({ "x-kubernetes-preserve-unknown-fields": true });
    await cluster.kube.apply(crd, { fieldManager: "test" });
    const boats = service("boats", {
      installers: [installer("1.0.0", [manifest({ apiVersion: "example.org/v1", kind: "Boat", metadata: { name: "first" } })])],
    });
    await cluster.startAgent({ catalog: catalog(boats) });
    await cluster.create("one", { service: "boats", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.kube.delete({ apiVersion: crd.apiVersion, kind: crd.kind, name: crd.metadata.name });
    const lost = await cluster.untilReason("one", "NoKindMatch");
    expect(condition(lost, "Ready")).toMatchObject({ status: "False", message: expect.stringContaining("Boat.example.org/v1") });
    await cluster.kube.apply(crd, { fieldManager: "test" });
    await cluster.untilReady("one", "1.0.0");
    expect(await cluster.get("example.org/v1", "Boat", "first")).toBeDefined();
  });
});

describe("pruning", () => {
  const claim = manifest({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  });
  const space = manifest({ apiVersion: "v1", kind: "Namespace", metadata: { name: "space" } });
  const crd = manifest(boatDefinition({ "x-kubernetes-preserve-unknown-fields": true }));
  const refs = {
    claim: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace: "default", name: "data" },
    space: { apiVersion: "v1", kind: "Namespace", name: "space" },
    crd: { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name: "boats.example.org" },
  };
  const pruning = service("pruning", {
    installers: [
      installer("1.0.0", [
        configMap("app", {}),
        configMap("old", {}),
        deployment("old", { image: "x", selector: "app" }),
        claim,
        space,
        crd,
      ]),
      installer("2.0.0", [configMap("app", {})]),
    ],
    upgraders: [
      upgrader("to-2", "1.0.0", "2.0.0", {
        before: [hook({ name: "bound", action: "wait", target: { apiVersion: "v1", kind: "ConfigMap", name: "app" }, until: "true" })],
      }),
    ],
  });

  it("takes what a version has no more, but no claims, namespaces and CRDs: with them data would go", async () => {
    await cluster.startAgent({ catalog: catalog(pruning) });
    await cluster.create("one", { service: "pruning", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "2.0.0" });
    await cluster.untilReady("one", "2.0.0");
    expect(await cluster.get("v1", "ConfigMap", "old")).toBeUndefined();
    expect(await cluster.get("apps/v1", "Deployment", "old")).toBeUndefined();
    const kept = await Promise.all(Object.values(refs).map(async (ref) => await cluster.kube.get(ref)));
    expect(kept.map((object) => object !== undefined && !isBeingDeleted(object))).toEqual([true, true, true]);
  });

  it("does not lose sight of them: an uninstallation takes the claim, and lets the others go", async () => {
    await cluster.startAgent({ catalog: catalog(pruning) });
    await cluster.create("one", { service: "pruning", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "2.0.0" });
    await cluster.untilReady("one", "2.0.0");
    await cluster.kube.delete({ apiVersion: "portolan.dev/v1alpha1", kind: "ServiceInstance", namespace: "default", name: "one" });
    await cluster.untilGone({ apiVersion: "portolan.dev/v1alpha1", kind: "ServiceInstance", namespace: "default", name: "one" });
    await cluster.untilGone(refs.claim);
    expect((await cluster.kube.get(refs.space))?.metadata.labels ?? {}).not.toHaveProperty(["portolan.dev/instance-id"]);
    expect((await cluster.kube.get(refs.crd))?.metadata.labels ?? {}).not.toHaveProperty(["portolan.dev/instance-id"]);
  });
});
