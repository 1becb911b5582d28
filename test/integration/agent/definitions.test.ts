import { keepDefinitions, readDefinitions } from "@portolan/agent/operation";
import { asServiceInstance } from "@portolan/agent/resources";
import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { configMap, installer, service } from "./catalog.ts";
import { TestCluster } from "./harness.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = new TestCluster();
});

afterEach(async () => {
  await cluster.close();
});

it("definitions that one ConfigMap cannot hold are cut, put together again, and lost when a part of them is", async () => {
  // Nothing that compression could make small again.
  const noise = randomBytes(600 * 1024).toString("hex");
  const definitions = service("large", { installers: [installer("1.0.0", [configMap("noise", { noise })])] });
  const metadata = { namespace: "default", name: "one", uid: "11111111-2222-4333-8444-555555555555" };
  const instance = asServiceInstance({
    apiVersion: "portolan.dev/v1alpha1",
    kind: "ServiceInstance",
    metadata,
    spec: { service: "large" },
  });
  const digest = await keepDefinitions(cluster.kube, { instance, applySetId: "applyset-x-v1" }, definitions);

  const chunk = (index: number) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    namespace: "default",
    name: `portolan-one-${digest.slice(0, 16)}-${index}`,
  });
  expect(await cluster.kube.get(chunk(1))).toBeDefined();
  expect(await readDefinitions(cluster.kube, instance, digest)).toEqual(definitions);

  await cluster.kube.delete(chunk(1));
  expect(await readDefinitions(cluster.kube, instance, digest)).toBeUndefined();
});
