import type { ManifestTemplate } from "@portolan/shared/catalog";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { boatDefinition, catalog, configMap, installer, manifest, service, upgrader } from "./catalog.ts";
import { condition, instanceRef, TestCluster } from "./harness.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = new TestCluster();
});

afterEach(async () => {
  await cluster.close();
});

const crd = (field: string): ManifestTemplate => manifest(boatDefinition({ properties: { [field]: { type: "string" } } }));

const boats = service("boats", {
  installers: ["1.0.0", "2.0.0", "3.0.0"].map((version) =>
    installer(version, [crd(`field${version[0] ?? ""}`), configMap("app", { version })]),
  ),
  upgraders: [
    upgrader("to-2", "1.0.0", "2.0.0"),
    upgrader("to-3", "1.0.0", "3.0.0"),
    upgrader("back", "2.0.0", "1.0.0", { direction: "downgrade" }),
  ],
});

async function definition() {
  const found = await cluster.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", "boats.example.org", "");
  return { text: JSON.stringify(found?.["spec"]), resourceVersion: found?.metadata.resourceVersion };
}

describe("a CustomResourceDefinition of a service", () => {
  it("goes up with it, is left by a downgrade as it is and not taken for drift, and goes on with the next upgrade", async () => {
    await cluster.startAgent({ catalog: catalog(boats) });
    await cluster.create("one", { service: "boats", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    expect((await definition()).text).toContain("field1");
    await cluster.edit("one", { version: "2.0.0" });
    await cluster.untilReady("one", "2.0.0");
    const newest = await definition();
    expect(newest.text).toContain("field2");

    await cluster.edit("one", { version: "1.0.0" });
    const back = await cluster.untilReady("one", "1.0.0");
    expect(await cluster.get("v1", "ConfigMap", "app")).toMatchObject({ data: { version: "1.0.0" } });
    await sleep(300);
    expect(await definition()).toEqual(newest);
    expect(condition(back, "Drifted")?.status).toBe("False");

    await cluster.edit("one", { version: "3.0.0" });
    await cluster.untilReady("one", "3.0.0");
    expect((await definition()).text).toContain("field3");
  });

  it("stays when its service goes, and is not taken back by an older version that comes later", async () => {
    await cluster.startAgent({ catalog: catalog(boats) });
    await cluster.create("one", { service: "boats", version: "2.0.0" });
    await cluster.untilReady("one", "2.0.0");
    await cluster.kube.delete(instanceRef("one"));
    await cluster.untilGone(instanceRef("one"));
    const left = await definition();
    await cluster.create("two", { service: "boats", version: "1.0.0" });
    await cluster.untilReady("two", "1.0.0");
    expect(await definition()).toEqual(left);
  });
});
