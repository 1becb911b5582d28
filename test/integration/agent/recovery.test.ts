import type { KubeObject } from "@portolan/agent/kube";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { catalog, webService } from "./catalog.ts";
import { instanceRef, isReady, TestCluster } from "./harness.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = new TestCluster();
});

afterEach(async () => {
  await cluster.close();
});

/** What a backup holds of the instance: no status, nothing that the API server keeps of it. */
async function backup(): Promise<KubeObject> {
  const object = await cluster.kube.get(instanceRef("one"));
  if (object === undefined) throw new Error("there is an instance");
  const { apiVersion, kind, metadata, spec } = object;
  const { name, namespace = "default", labels = {}, annotations = {}, finalizers = [] } = metadata;
  return { apiVersion, kind, metadata: { name, namespace, labels, annotations, finalizers }, spec };
}

async function uids(): Promise<readonly string[]> {
  const lists = await Promise.all([
    cluster.kube.list("v1", "ConfigMap", { namespace: "default" }),
    cluster.kube.list("apps/v1", "Deployment"),
  ]);
  return lists
    .flatMap(({ items }) => items)
    .filter(({ metadata }) => metadata.labels?.["applyset.kubernetes.io/part-of"] !== undefined)
    .map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.uid ?? ""}`)
    .toSorted();
}

/** Installs a version, stops the agent, and takes the instance away as if it had never been. */
async function installAndLose(version: string): Promise<KubeObject> {
  const agent = await cluster.startAgent({ catalog: catalog(webService) });
  await cluster.create("one", { service: "web", version });
  await cluster.untilReady("one", version);
  await agent.stop();
  const saved = await backup();
  await cluster.kube.patch(instanceRef("one"), { type: "merge", patch: { metadata: { finalizers: null } } });
  await cluster.kube.delete(instanceRef("one"), { propagation: "Orphan" });
  await cluster.untilGone(instanceRef("one"));
  return saved;
}

const versioned = (saved: KubeObject, version: string): KubeObject => ({ ...saved, spec: { service: "web", version } });

describe("an instance from a backup", () => {
  it("installs itself at its version in a new cluster", async () => {
    const saved = await installAndLose("1.1.0");
    await cluster.close();
    cluster = new TestCluster();
    await cluster.startAgent({ catalog: catalog(webService) });
    await cluster.kube.create(saved);
    await cluster.untilReady("one", "1.1.0");
    expect(await cluster.get("v1", "ConfigMap", "web")).toMatchObject({ data: { version: "1.1.0" } });
  });

  it("adopts what is there already, and makes nothing anew", async () => {
    const saved = await installAndLose("1.1.0");
    const before = await uids();
    await cluster.kube.create(saved);
    await cluster.startAgent({ catalog: catalog(webService) });
    const ready = await cluster.untilReady("one", "1.1.0");
    expect(await uids()).toEqual(before);
    expect(ready.status?.history).toMatchObject([{ from: "1.1.0", to: "1.1.0", result: "Succeeded" }]);
    // It is as much its own as before.
    await cluster.kube.delete(instanceRef("one"));
    await cluster.untilGone(instanceRef("one"));
    expect(await uids()).toEqual([]);
  });

  it("adopts it also without the metadata that the agent had written", async () => {
    const saved = await installAndLose("1.1.0");
    const before = await uids();
    await cluster.startAgent({ catalog: catalog(webService) });
    await cluster.create("one", { service: "web", version: "1.1.0" }, { namespace: saved.metadata.namespace ?? "" });
    await cluster.untilReady("one", "1.1.0");
    expect(await uids()).toEqual(before);
  });

  it("that wants a later version than is there goes its way, with the hooks on it", async () => {
    const saved = await installAndLose("1.1.0");
    await cluster.startAgent({ catalog: catalog(webService) });
    await cluster.kube.create(versioned(saved, "2.0.0"));
    const ready = await cluster.untilReady("one", "2.0.0");
    expect(ready.status?.history).toMatchObject([{ from: "1.1.0", to: "2.0.0", result: "Succeeded" }]);
    expect(await cluster.jobs()).toHaveLength(2);
  });

  it("that wants an earlier one goes back where there is a way, and else says that there is none", async () => {
    const saved = await installAndLose("2.0.0");
    await cluster.startAgent({ catalog: catalog(webService) });
    await cluster.kube.create(versioned(saved, "1.0.0"));
    const stuck = await cluster.untilReason("one", "NoRoute");
    expect(stuck.status).toMatchObject({ version: "2.0.0" });
    await cluster.edit("one", { version: "1.1.0" });
    await cluster.untilReady("one", "1.1.0");
  });
});

describe("a status that is wiped", () => {
  it("is rebuilt while nobody notices", async () => {
    await cluster.startAgent({ catalog: catalog(webService) });
    await cluster.create("one", { service: "web", version: "1.1.0" });
    await cluster.untilReady("one", "1.1.0");
    const before = await uids();
    const wipe = [{ op: "replace" as const, path: "/status", value: {} }];
    await cluster.kube.patch(instanceRef("one"), { type: "json", patch: wipe }, { subresource: "status", fieldManager: "someone" });
    await cluster.until(
      "one",
      (instance) => isReady(instance, "1.1.0") && instance.status?.history?.[0]?.from === "1.1.0",
      "is Ready again",
    );
    expect(await uids()).toEqual(before);
  });
});
