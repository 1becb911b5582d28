import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { catalog, configMap, installer, manifest, service, upgrader, webService } from "./catalog.ts";
import type { KubeObject, ObjectRef } from "@portolan/agent/kube";
import { asServiceInstance } from "@portolan/agent/resources";
import { condition, eventually, instanceRef, TestCluster, withOwnFaults } from "./harness.ts";

let cluster: TestCluster;

/** Stands for an object that is gone. */
const none: KubeObject = { apiVersion: "", kind: "", metadata: { name: "" } };

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

const labelsOfWeb = async () => (await cluster.get("v1", "ConfigMap", "web"))?.metadata.labels ?? {};

describe("an instance that is deleted", () => {
  it("takes its service along, and what was kept for it", async () => {
    await install();
    await cluster.kube.delete(instanceRef("one"));
    await cluster.untilGone(instanceRef("one"));
    expect((await cluster.kube.list("apps/v1", "Deployment")).items).toEqual([]);
    // What belongs to the instance is collected when it is gone.
    await vi.waitFor(async () => expect((await cluster.kube.list("v1", "ConfigMap", { namespace: "default" })).items).toEqual([]));
  });

  it("leaves its service to itself where the policy is Orphan", async () => {
    await install({ deletionPolicy: "Orphan" });
    await cluster.kube.delete(instanceRef("one"));
    await cluster.untilGone(instanceRef("one"));
    expect(await cluster.get("apps/v1", "Deployment", "web")).toBeDefined();
    expect(await labelsOfWeb()).not.toHaveProperty(["applyset.kubernetes.io/part-of"]);
    expect(await labelsOfWeb()).not.toHaveProperty(["portolan.dev/instance-id"]);
  });

  it("leaves it too when it is the CRD that is deleted: whoever takes Portolan away keeps the services", async () => {
    await install();
    await cluster.kube.delete({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      name: "serviceinstances.portolan.dev",
    });
    await cluster.untilGone({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      name: "serviceinstances.portolan.dev",
    });
    expect(await cluster.get("apps/v1", "Deployment", "web")).toBeDefined();
    expect(await labelsOfWeb()).not.toHaveProperty(["portolan.dev/instance-id"]);
  });

  it("goes at once when nothing was installed", async () => {
    await cluster.startAgent({ catalog: catalog(webService) });
    await cluster.create("one", { service: "web" });
    await cluster.untilReason("one", "NoVersion");
    await cluster.kube.delete(instanceRef("one"));
    expect(await cluster.instance("one")).toBeUndefined();
  });

  it("waits for others that hold it, without touching what was uninstalled again", async () => {
    await install();
    await cluster.kube.patch(instanceRef("one"), {
      type: "json",
      patch: [{ op: "add", path: "/metadata/finalizers/-", value: "example.org/other" }],
    });
    await cluster.kube.delete(instanceRef("one"));
    await cluster.until(
      "one",
      ({ metadata }) => metadata.finalizers?.length === 1 && metadata.finalizers[0] === "example.org/other",
      "is held by others only",
    );
    expect(await cluster.get("v1", "ConfigMap", "web")).toBeUndefined();
    await sleep(200);
    expect(await cluster.get("v1", "ConfigMap", "web")).toBeUndefined();
    await cluster.kube.patch(instanceRef("one"), { type: "json", patch: [{ op: "remove", path: "/metadata/finalizers" }] });
    await cluster.untilGone(instanceRef("one"));
  });

  it("waits for members that take their time", async () => {
    await install();
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "web" };
    await cluster.kube.patch(ref, { type: "merge", patch: { metadata: { finalizers: ["example.org/slow"] } } });
    await cluster.kube.delete(instanceRef("one"));
    await cluster.until("one", ({ status }) => status?.phase === "Removing", "is Removing");
    expect(await cluster.kube.get(ref)).toBeDefined();
    await cluster.kube.patch(ref, { type: "merge", patch: { metadata: { finalizers: null } } });
    await cluster.untilGone(instanceRef("one"));
  });

  it("takes a hold that was taken from it again, and loses sight of nothing by that", async () => {
    const account = manifest({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "old" } });
    const versions = [installer("1.0.0", [configMap("web", {}), account]), installer("2.0.0", [configMap("web", {})])];
    await cluster.startAgent({
      catalog: catalog(service("web", { installers: versions, upgraders: [upgrader("to-2", "1.0.0", "2.0.0")] })),
    });
    await cluster.create("one", { service: "web", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.kube.patch(instanceRef("one"), { type: "merge", patch: { metadata: { finalizers: null } } });
    await cluster.until("one", ({ metadata }) => metadata.finalizers?.includes("portolan.dev/uninstall") === true, "is held again");
    await cluster.edit("one", { version: "2.0.0" });
    await cluster.untilReady("one", "2.0.0");
    expect(await cluster.get("v1", "ServiceAccount", "old")).toBeUndefined();
  });
});

describe("a service that cannot be uninstalled", () => {
  const held = { apiVersion: "v1", kind: "ConfigMap", namespace: "elsewhere", name: "web" };

  /** In a namespace of its own, with objects elsewhere, of which one never goes. */
  async function installHeld(namespacePatienceMs?: number): Promise<ObjectRef> {
    await cluster.kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "doomed" } });
    await cluster.startAgent({ catalog: catalog(webService), ...(namespacePatienceMs === undefined ? {} : { namespacePatienceMs }) });
    await cluster.create("one", { service: "web", version: "1.0.0", targetNamespace: "elsewhere" }, { namespace: "doomed" });
    const ref = { ...instanceRef("one"), namespace: "doomed" };
    await eventually(async () => asServiceInstance((await cluster.kube.get(ref)) ?? none).status?.phase === "Ready", "it is Ready");
    await cluster.kube.patch(held, { type: "merge", patch: { metadata: { finalizers: ["example.org/never"] } } });
    return ref;
  }

  const words = async (ref: ObjectRef): Promise<string> =>
    condition(asServiceInstance((await cluster.kube.get(ref)) ?? none), "Ready")?.message ?? "";

  it("holds its instance, which says what it waits for and what would let it go", async () => {
    const ref = await installHeld();
    await cluster.kube.delete(ref);
    await eventually(async () => (await words(ref)).includes("spec.deletionPolicy: Orphan"), "it says what to do");
    expect(await words(ref)).toMatch(/^1 objects are still being deleted/u);
    await cluster.kube.patch(ref, { type: "merge", patch: { spec: { deletionPolicy: "Orphan" } } });
    await cluster.untilGone(ref);
    expect(await cluster.kube.get(held)).toBeDefined();
  });

  it("does not hold a namespace that goes away for ever", async () => {
    const ref = await installHeld(2_500);
    await cluster.kube.delete({ apiVersion: "v1", kind: "Namespace", name: "doomed" });
    await eventually(async () => (await words(ref)).includes("the namespace doomed is going away"), "it says until when");
    await cluster.untilGone({ apiVersion: "v1", kind: "Namespace", name: "doomed" });
    expect(await cluster.kube.get(held)).toBeDefined();
    const told = async () =>
      (await cluster.kube.list("events.k8s.io/v1", "Event", { namespace: "default" })).items.map((each) => each["note"]);
    await eventually(async () => (await told()).some((note) => String(note).includes("doomed/one was let go of")), "an Event tells of it");
  });

  it("because that is refused, says so", async () => {
    const { transport, faults } = withOwnFaults(cluster);
    await cluster.startAgent({ catalog: catalog(webService), transport });
    await cluster.create("one", { service: "web", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    const repair = faults.add({
      match: ({ method, path }) => method === "DELETE" && path.includes("/deployments/"),
      respond: { status: 403, message: "not yours" },
    });
    await cluster.kube.delete(instanceRef("one"));
    const stuck = await cluster.untilReason("one", "UninstallFailed");
    expect(condition(stuck, "Ready")?.message).toContain("not yours");
    repair();
    await cluster.untilGone(instanceRef("one"));
  });
});

describe("two instances", () => {
  it("of a service for a whole cluster cannot be installed both: the older one stays, and makes room when it goes", async () => {
    const single = service("single", { scope: "Cluster", installers: [installer("1.0.0", [configMap("app", {})])] });
    await cluster.startAgent({ catalog: catalog(single) });
    await cluster.create("one", { service: "single", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.create("two", { service: "single", version: "1.0.0" });
    const refused = await cluster.untilReason("two", "AlreadyInstalled");
    expect(refused.status?.conditions?.[0]?.message).toContain("default/one");
    await cluster.kube.delete(instanceRef("one"));
    await cluster.untilReady("two", "1.0.0");
  });

  it("cannot take each other's objects", async () => {
    const [first, second] = ["first", "second"].map((name) =>
      service(name, { installers: [installer("1.0.0", [configMap("shared", { by: name })])] }),
    );
    if (first === undefined || second === undefined) throw new Error("there are two");
    await cluster.startAgent({ catalog: catalog(first, second) });
    await cluster.create("one", { service: "first", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.create("two", { service: "second", version: "1.0.0" });
    const refused = await cluster.untilReason("two", "OwnedByAnotherInstance");
    expect(condition(refused, "Stalled")?.message).toBe("ConfigMap default/shared belongs to the ServiceInstance default/one");
    expect(await cluster.get("v1", "ConfigMap", "shared")).toMatchObject({ data: { by: "first" } });
  });
});
