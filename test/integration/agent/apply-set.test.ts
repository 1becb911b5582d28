import { afterEach, beforeEach, expect, it } from "vitest";
import { catalog, configMap, installer, manifest, service, upgrader } from "./catalog.ts";
import { TestCluster } from "./harness.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = new TestCluster();
});

afterEach(async () => {
  await cluster.close();
});

const secret = manifest({ apiVersion: "v1", kind: "Secret", metadata: { name: "old", namespace: "elsewhere" }, stringData: { a: "b" } });

/** The second version has one kind and one namespace less. */
const shrinking = service("shrinking", {
  installers: [installer("1.0.0", [configMap("one", {}), secret]), installer("2.0.0", [configMap("one", {}), configMap("two", {})])],
  upgraders: [upgrader("to-2", "1.0.0", "2.0.0")],
});

it("an instance is the parent of an ApplySet (KEP-3659): it says where its members are, and after pruning no more than that", async () => {
  await cluster.kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere" } });
  await cluster.startAgent({ catalog: catalog(shrinking) });
  const crd = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name: "serviceinstances.portolan.dev" };
  expect((await cluster.kube.get(crd))?.metadata.labels).toMatchObject({ "applyset.kubernetes.io/is-parent-type": "true" });

  await cluster.create("one", { service: "shrinking", version: "1.0.0" });
  const before = await cluster.untilReady("one", "1.0.0");
  expect(before.metadata.annotations).toMatchObject({
    "applyset.kubernetes.io/tooling": "portolan/v1alpha1",
    "applyset.kubernetes.io/contains-group-kinds": "ConfigMap,Secret",
    "applyset.kubernetes.io/additional-namespaces": "elsewhere",
  });
  const id = before.metadata.labels?.["applyset.kubernetes.io/id"];
  expect((await cluster.get("v1", "Secret", "old", "elsewhere"))?.metadata.labels).toMatchObject({ "applyset.kubernetes.io/part-of": id });

  await cluster.edit("one", { version: "2.0.0" });
  const after = await cluster.untilReady("one", "2.0.0");
  expect(after.metadata.annotations).toMatchObject({
    "applyset.kubernetes.io/contains-group-kinds": "ConfigMap",
    "applyset.kubernetes.io/additional-namespaces": "",
  });
  expect(after.metadata.labels?.["applyset.kubernetes.io/id"]).toBe(id);
  expect(await cluster.get("v1", "Secret", "old", "elsewhere")).toBeUndefined();
});
