import { afterEach, beforeEach, expect, it } from "vitest";
import { catalog, configMap, installer, service } from "./catalog.ts";
import { asServiceInstance } from "@portolan/agent/resources";
import { noMetrics } from "@portolan/agent/controller";
import { condition, eventually, TestCluster } from "./harness.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = new TestCluster();
});

afterEach(async () => {
  await cluster.close();
});

const small = service("small", {
  config: { type: "object", additionalProperties: false, properties: { size: { type: "integer", maximum: 5 } } },
  installers: [installer("1.0.0", [configMap("${release.name}", {})])],
});

it("a thousand invalid instances do not keep the good ones from being installed, changed and removed", { timeout: 120_000 }, async () => {
  const indexes = Array.from({ length: 1_000 }, (_, index) => index);
  await Promise.all(
    indexes.map(async (index) => {
      await cluster.kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: `bad-${index}` } });
    }),
  );
  let reconciles = 0;
  await cluster.startAgent({ catalog: catalog(small), metrics: { ...noMetrics, reconciled: () => (reconciles += 1) } });
  await Promise.all(
    indexes.map(
      async (index) =>
        await cluster.create("bad", { service: "small", version: "1.0.0", config: { size: 9 } }, { namespace: `bad-${index}` }),
    ),
  );
  await cluster.create("good", { service: "small", version: "1.0.0", config: { size: 1 } });
  await cluster.untilReady("good", "1.0.0");
  await cluster.edit("good", { config: { size: 2 } });
  await cluster.untilReady("good", "1.0.0");
  const bad = async () =>
    (await cluster.kube.list("portolan.dev/v1alpha1", "ServiceInstance", { fieldSelector: "metadata.name=bad" })).items.map(
      asServiceInstance,
    );
  const said = async () => (await bad()).filter((each) => condition(each, "Ready")?.reason === "ConfigInvalid").length;
  await eventually(async () => (await said()) === 1_000, "each of them says what is wrong", 60_000);
  const good = await cluster.instance("good");
  // Each one for what happens to itself: what happens to one in another namespace is nothing to the others.
  expect(reconciles).toBeLessThan(3 * 1_001);
  expect(good === undefined ? undefined : condition(good, "Ready")?.status).toBe("True");
});
