import type { KubeRequest } from "@portolan/agent/kube";
import type { ManifestTemplate } from "@portolan/shared/catalog";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { catalog, configMap, deployment, hook, installer, job, manifest, service, upgrader, webService } from "./catalog.ts";
import { forbidding } from "./forbidding.ts";
import { condition, TestCluster, withOwnFaults } from "./harness.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = new TestCluster();
});

afterEach(async () => {
  await cluster.close();
});

const definition = (plural: string, kind: string) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.example.org` },
  spec: {
    group: "example.org",
    scope: "Namespaced",
    names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
});

const crd = (plural: string, kind: string): ManifestTemplate => manifest(definition(plural, kind));

const boat = manifest({ apiVersion: "example.org/v1", kind: "Boat", metadata: { name: "x" } });
const sail = manifest({ apiVersion: "example.org/v1", kind: "Sail", metadata: { name: "x" } });

const message = async (name = "one"): Promise<string> => {
  const instance = await cluster.instance(name);
  return instance === undefined ? "" : (condition(instance, "Ready")?.message ?? "");
};

describe("before the first step begins", () => {
  it("a kind that a later step needs and nothing brings is told of, and waited for", async () => {
    const later = service("later", {
      installers: [installer("1.0.0", [configMap("a", {})]), installer("2.0.0", [configMap("b", {})]), installer("3.0.0", [boat])],
      upgraders: [upgrader("to-2", "1.0.0", "2.0.0"), upgrader("to-3", "2.0.0", "3.0.0")],
    });
    await cluster.startAgent({ catalog: catalog(later) });
    await cluster.create("one", { service: "later", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "3.0.0" });
    await cluster.untilReason("one", "UnknownKind");
    expect(await message()).toMatch(/Boat\.example\.org\/v1 \(Boat x, step to 3\.0\.0\).*no CustomResourceDefinition/u);
    expect((await cluster.instance("one"))?.status).toMatchObject({ version: "1.0.0" });

    await cluster.kube.create(definition("boats", "Boat"));
    // Asked for, so that nobody waits for the next look.
    await cluster.annotate("one", { "portolan.dev/retry": "now" });
    await cluster.untilReady("one", "3.0.0");
  });

  it("a kind that the same or an earlier step brings is as good as there", async () => {
    const self = service("self", {
      installers: [
        installer("1.0.0", [boat, crd("boats", "Boat")]),
        installer("2.0.0", [boat, crd("boats", "Boat"), crd("sails", "Sail")]),
        installer("3.0.0", [sail, crd("boats", "Boat"), crd("sails", "Sail")]),
      ],
      upgraders: [upgrader("to-2", "1.0.0", "2.0.0"), upgrader("to-3", "2.0.0", "3.0.0")],
    });
    await cluster.startAgent({ catalog: catalog(self) });
    await cluster.create("one", { service: "self", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "3.0.0" });
    await cluster.untilReady("one", "3.0.0");
    expect(await cluster.get("example.org/v1", "Sail", "x")).toBeDefined();
  });

  it.each([
    [
      "its objects",
      (a: Readonly<Record<string, string>>) => a["verb"] === "patch" && a["resource"] === "deployments",
      /patch deployments\.apps in default/u,
    ],
    [
      "a hook",
      (a: Readonly<Record<string, string>>) => a["verb"] === "create" && a["resource"] === "jobs",
      /create jobs\.batch in default/u,
    ],
    [
      "a hook's deletion",
      (a: Readonly<Record<string, string>>) => a["verb"] === "delete" && a["resource"] === "deployments",
      /delete deployments/u,
    ],
  ])("a permission that is missing for %s is named, and nothing has begun", async (_, denied, words) => {
    let withheld = false;
    const transport = forbidding(cluster.embedded.transport, (attributes) => withheld && denied(attributes));
    await cluster.startAgent({ catalog: catalog(webService), transport });
    await cluster.create("one", { service: "web", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    withheld = true;
    await cluster.edit("one", { version: "2.0.0" });
    const refused = await cluster.untilReason("one", "MissingPermissions");
    expect(await message()).toMatch(words);
    expect(condition(refused, "Stalled")?.status).toBe("True");
    expect(refused.status).toMatchObject({ version: "1.0.0" });
    expect(refused.status).not.toHaveProperty("operation");
    expect(await cluster.jobs()).toEqual([]);

    withheld = false;
    await cluster.annotate("one", { "portolan.dev/retry": "now" });
    await cluster.untilReady("one", "2.0.0");
  });

  it("a role that names the objects is enough", async () => {
    const transport = forbidding(
      cluster.embedded.transport,
      (a) => a["resource"] === "configmaps" && a["verb"] !== "create" && a["name"] !== "app",
    );
    const small = service("small", { installers: [installer("1.0.0", [configMap("app", {})])] });
    await cluster.startAgent({ catalog: catalog(small), transport });
    await cluster.create("one", { service: "small", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    expect(await cluster.get("v1", "ConfigMap", "app")).toBeDefined();
  });

  it("a field that cannot be changed is named, with the hook that is needed, and nobody tries in a loop", async () => {
    let tries = 0;
    const { transport, faults } = withOwnFaults(cluster);
    faults.add({
      match: ({ method, path }: KubeRequest) => (method === "PATCH" && path.includes("/deployments/web") ? (tries++, false) : false),
      respond: "drop",
    });
    const stuck = service("stuck", {
      installers: [
        installer("1.0.0", [deployment("web", { image: "a:1", selector: "app" })]),
        installer("2.0.0", [deployment("web", { image: "a:2", selector: "name" })]),
      ],
      upgraders: [upgrader("to-2", "1.0.0", "2.0.0")],
    });
    await cluster.startAgent({ catalog: catalog(stuck), transport });
    await cluster.create("one", { service: "stuck", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    tries = 0;
    await cluster.edit("one", { version: "2.0.0" });
    await cluster.untilReason("one", "ImmutableField");
    expect(await message()).toMatch(/Deployment default\/web: spec\.selector cannot be changed.*`delete` hook/u);
    await sleep(500);
    expect(tries).toBeLessThanOrEqual(2);
    await cluster.edit("one", { version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
  });

  it("an object that another server-side applier looks after is left to it, by name", async () => {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "default", name: "app" }, data: { by: "flux" } };
    const small = service("small", { installers: [installer("1.0.0", [configMap("app", { by: "us" })])] });
    await cluster.kube.apply(object, { fieldManager: "kustomize-controller" });
    await cluster.startAgent({ catalog: catalog(small) });
    await cluster.create("one", { service: "small", version: "1.0.0" });
    await cluster.untilReason("one", "OwnedByOther");
    expect(await message()).toContain("ConfigMap default/app is applied by kustomize-controller");
    expect(await cluster.get("v1", "ConfigMap", "app")).toMatchObject({ data: { by: "flux" } });
  });

  it("what a Job or a deletion before will have changed is not held against it", async () => {
    const jobs = service("jobs", {
      installers: [
        installer("1.0.0", [deployment("web", { image: "a:1", selector: "app" })]),
        installer("2.0.0", [deployment("web", { image: "a:2", selector: "name" })]),
      ],
      upgraders: [upgrader("to-2", "1.0.0", "2.0.0", { before: [hook({ name: "clear", action: "job", job: job() })] })],
    });
    await cluster.startAgent({ catalog: catalog(jobs) });
    await cluster.create("one", { service: "jobs", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "2.0.0" });
    // The Job did not take it away, so it is the step that fails, with the same words.
    const { status } = await cluster.untilFailed("one");
    expect(status?.failure).toMatchObject({ reason: "ImmutableField", action: "deploy" });
    expect(status?.failure?.message).toMatch(/spec\.selector cannot be changed/u);
  });
});
