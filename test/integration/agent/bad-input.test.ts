import type { ServiceInstance } from "@portolan/agent/resources";
import { parseCatalog } from "@portolan/shared/catalog";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { catalog, configMap, installer, service, upgrader } from "./catalog.ts";
import { condition, TestCluster } from "./harness.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = new TestCluster();
});

afterEach(async () => {
  await cluster.close();
});

const app = (version: string, parts = {}) => installer(version, [configMap("app", { version: "${release.version}" })], parts);

const picky = service("picky", {
  config: {
    type: "object",
    additionalProperties: false,
    properties: { replicas: { type: "integer", maximum: 5 }, mode: { type: "string", enum: ["a", "b"] } },
  },
  secrets: [{ name: "token", description: "of the upstream", keys: ["value"], optional: false }],
  installers: [
    app("1.0.0"),
    app("1.1.0", { kubernetes: "<1.20" }),
    app("1.2.0", { retracted: { reason: "loses data", url: "https://example.org/1" } }),
    app("1.3.0", { requires: [{ service: "database", range: ">=2.0.0" }] }),
    app("2.0.0"),
    app("3.0.0", { valuesSchema: { type: "object", properties: { size: { type: "integer" } } } }),
  ],
  upgraders: [upgrader("to-1-x", "1.0.0", ">=1.1.0 <2.0.0"), upgrader("to-2", "1.0.0", "2.0.0"), upgrader("to-3", "2.0.0", "3.0.0")],
});

/** 1.0.0 of the picky service, installed. */
async function install(): Promise<void> {
  await cluster.startAgent({ catalog: catalog(picky) });
  await cluster.kube.create({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "token", namespace: "default" },
    data: { value: Buffer.from("s3cr3t").toString("base64") },
  });
  await cluster.create("one", { service: "picky", version: "1.0.0", secretRefs: [{ name: "token", secretName: "token" }] });
  await cluster.untilReady("one", "1.0.0");
}

const message = async (): Promise<string> => {
  const instance = await cluster.instance("one");
  return instance === undefined ? "" : (condition(instance, "Ready")?.message ?? "");
};

/** What was installed stays as it is, whatever was asked for. */
async function nothingMoved(): Promise<void> {
  await sleep(100);
  expect((await cluster.instance("one"))?.status).toMatchObject({ version: "1.0.0" });
  expect((await cluster.instance("one"))?.status).not.toHaveProperty("operation");
  expect(await cluster.get("v1", "ConfigMap", "app")).toMatchObject({ data: { version: "1.0.0" } });
}

describe("what the API server refuses", () => {
  it.each([
    ["a version that is none", { version: "v1" }, /spec\.version/u],
    ["no service", { service: undefined }, /spec\.service/u],
    ["a drift policy that is none", { driftPolicy: "Maybe" }, /spec\.driftPolicy/u],
    ["a target namespace that is none", { targetNamespace: "No" }, /spec\.targetNamespace/u],
  ])("is %s", async (_, spec, words) => {
    await cluster.startAgent({ catalog: catalog(picky) });
    const object = {
      apiVersion: "portolan.dev/v1alpha1",
      kind: "ServiceInstance",
      metadata: { namespace: "default", name: "one" },
      spec: { service: "picky", ...spec },
    };
    await expect(cluster.kube.create(object)).rejects.toMatchObject({ status: 422, message: expect.stringMatching(words) });
  });

  it("is to take a version back, or to make another service of it", async () => {
    await install();
    await expect(cluster.edit("one", { version: null })).rejects.toMatchObject({
      message: expect.stringContaining("spec.version cannot be unset"),
    });
    await expect(cluster.edit("one", { service: "other" })).rejects.toMatchObject({
      message: expect.stringContaining("spec.service cannot be changed"),
    });
  });
});

describe("a wish that cannot be fulfilled", () => {
  it("for an unknown service says where to look", async () => {
    await cluster.startAgent({ catalog: catalog(picky) });
    await cluster.create("one", { service: "unknown", version: "1.0.0" });
    const instance = await cluster.untilReason("one", "UnknownService");
    expect(condition(instance, "Stalled")?.status).toBe("True");
    expect(await message()).toContain("kubectl get servicedefinitions");
  });

  it.each([
    ["an unknown version", "9.9.9", "UnknownVersion", /9\.9\.9/u],
    ["a version for another Kubernetes", "1.1.0", "KubernetesVersion", /<1\.20/u],
    ["a retracted version", "1.2.0", "Retracted", /loses data/u],
    ["a version that requires another service", "1.3.0", "MissingRequirement", /database/u],
  ])("for %s gives the reason, and changes nothing", async (_, version, reason, words) => {
    await install();
    await cluster.edit("one", { version });
    await cluster.untilReason("one", reason);
    expect(await message()).toMatch(words);
    await nothingMoved();
    await cluster.edit("one", { version: "2.0.0" });
    await cluster.untilReady("one", "2.0.0");
  });

  it("gives every reason at once", async () => {
    const doomed = service("doomed", {
      installers: [
        app("1.0.0"),
        app("2.0.0", { kubernetes: "<1.20", retracted: { reason: "loses data" }, requires: [{ service: "database", range: ">=2" }] }),
      ],
      upgraders: [upgrader("to-2", "1.0.0", "2.0.0")],
    });
    await cluster.startAgent({ catalog: catalog(doomed) });
    await cluster.create("one", { service: "doomed", version: "1.0.0" });
    const ready = await cluster.untilReady("one", "1.0.0");
    for (const words of [/loses data/u, /<1\.20/u, /database/u]) expect(ready.status?.unavailableVersions?.[0]?.message).toMatch(words);
    await cluster.edit("one", { version: "2.0.0" });
    await cluster.until("one", (instance) => condition(instance, "Stalled")?.status === "True", "is refused");
    for (const words of [/loses data/u, /<1\.20/u, /database/u]) expect(await message()).toMatch(words);
  });

  it("for a configuration that is wrong says where, what was expected and what was found", async () => {
    await install();
    await cluster.edit("one", { config: { replicas: 9 } });
    const instance = await cluster.untilReason("one", "ConfigInvalid");
    expect(condition(instance, "ConfigValid")?.status).toBe("False");
    expect(await message()).toMatch(/\/replicas.*5.*9/u);
    await cluster.edit("one", { config: { replicas: 2, more: true } });
    await expect.poll(message).toMatch(/more/u);
    await nothingMoved();
    await cluster.edit("one", { config: { replicas: 2, more: null } });
    await cluster.untilReady("one", "1.0.0");
  });

  it("for an override that no longer fits a later hop is refused before the first", async () => {
    await install();
    await cluster.edit("one", { version: "3.0.0", overrides: { size: "large" } });
    await cluster.untilReason("one", "ConfigInvalid");
    expect(await message()).toMatch(/size.*\(step to 3\.0\.0\)/u);
    await nothingMoved();
    await cluster.edit("one", { overrides: { size: 3 } });
    await cluster.untilReady("one", "3.0.0");
  });

  it("for want of a secret is fulfilled when that comes, without anyone asking again", async () => {
    await cluster.kube.create({ apiVersion: "v1", kind: "Secret", metadata: { name: "empty", namespace: "default" } });
    await cluster.startAgent({ catalog: catalog(picky) });
    await cluster.create("one", { service: "picky", version: "1.0.0", secretRefs: [{ name: "token", secretName: "empty" }] });
    await cluster.untilReason("one", "SecretsMissing");
    expect(await message()).toBe("the Secret default/empty lacks the key value");
    await cluster.edit("one", { secretRefs: [{ name: "token", secretName: "later" }] });
    const later = (instance: ServiceInstance): string | undefined => condition(instance, "SecretsAvailable")?.message;
    await cluster.until("one", (instance) => later(instance) === "the Secret default/later does not exist", "misses the other Secret");
    const data = { value: Buffer.from("s3cr3t").toString("base64") };
    await cluster.kube.create({ apiVersion: "v1", kind: "Secret", metadata: { name: "later", namespace: "default" }, data });
    await cluster.untilReady("one", "1.0.0");
    expect(JSON.stringify(await cluster.instance("one"))).not.toContain("s3cr3t");
  });
});

describe("a risk", () => {
  const risky = service("risky", {
    installers: [app("1.0.0"), app("2.0.0"), app("3.0.0")],
    upgraders: [
      upgrader("to-2", "1.0.0", "2.0.0", {
        risks: [
          { id: "sessions-lost", message: "everybody logs in again", url: "https://example.org/2" },
          { id: "on-old-nodes", message: "needs new nodes", when: "cluster.nodes < 3" },
          { id: "never", message: "applies to nobody", when: "1 > 2" },
        ],
      }),
      upgrader("to-3", "2.0.0", "3.0.0", { risks: [{ id: "data-lost", message: "the index is built anew" }] }),
    ],
  });

  it("on any step is to be accepted by its id before the first begins, also one of which it is not known whether it applies", async () => {
    await cluster.startAgent({ catalog: catalog(risky) });
    await cluster.create("one", { service: "risky", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "3.0.0" });
    await cluster.until("one", (instance) => condition(instance, "Stalled")?.status === "True", "is refused");
    for (const words of [/sessions-lost/u, /https:\/\/example\.org\/2/u, /on-old-nodes/u, /data-lost/u])
      expect(await message()).toMatch(words);
    expect(await message()).not.toContain("never");
    await cluster.edit("one", { upgradePolicy: { acceptRisks: ["sessions-lost", "on-old-nodes"] } });
    await expect.poll(message).not.toMatch(/sessions-lost/u);
    expect(await message()).toMatch(/data-lost/u);
    await nothingMoved();
    await cluster.edit("one", { upgradePolicy: { acceptRisks: ["sessions-lost", "on-old-nodes", "data-lost"] } });
    await cluster.untilReady("one", "3.0.0");
  });
});

describe("services that need each other", () => {
  const database = service("database", {
    installers: ["1.0.0", "2.0.0", "3.0.0"].map((version) => installer(version, [configMap("database", {})])),
    upgraders: [upgrader("to-2", "1.0.0", "2.0.0"), upgrader("to-3", "2.0.0", "3.0.0")],
  });
  const web = service("web", {
    installers: [installer("1.0.0", [configMap("web", {})], { requires: [{ service: "database", range: ">=2.0.0 <3.0.0" }] })],
  });

  it("wait for the one that is needed, and keep it from a version that breaks the other", async () => {
    await cluster.startAgent({ catalog: catalog(database, web) });
    await cluster.create("one", { service: "database", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.create("web", { service: "web", version: "1.0.0" });
    const refused = await cluster.untilReason("web", "MissingRequirement");
    expect(condition(refused, "Ready")?.message).toMatch(/1\.0\.0 requires database >=2\.0\.0 <3\.0\.0; default\/one has 1\.0\.0/u);
    // Nobody asks again: it goes on when the other one is there.
    await cluster.edit("one", { version: "2.0.0" });
    await cluster.untilReady("one", "2.0.0");
    await cluster.untilReady("web", "1.0.0");
    await cluster.edit("one", { version: "3.0.0" });
    await cluster.untilReason("one", "BreaksDependent");
    expect(await message()).toMatch(/web 1\.0\.0 \(default\/web\) requires database >=2\.0\.0 <3\.0\.0/u);
    expect((await cluster.instance("one"))?.status?.version).toBe("2.0.0");
    await cluster.kube.delete({ apiVersion: "portolan.dev/v1alpha1", kind: "ServiceInstance", namespace: "default", name: "web" });
    await cluster.untilReady("one", "3.0.0");
  });
});

describe("a mapping that cannot be evaluated", () => {
  const throwing = { values: { size: "${int(config.size)}" } };
  const mapped = service("mapped", {
    config: { type: "object", properties: { size: { type: "string", default: "3" } } },
    installers: [app("1.0.0"), app("2.0.0"), app("3.0.0", throwing)],
    upgraders: [upgrader("to-2", "1.0.0", "2.0.0"), upgrader("to-3", "2.0.0", "3.0.0")],
  });

  it("is told with its place before anything begins, and the other versions stay what they are", async () => {
    await cluster.startAgent({ catalog: catalog(mapped) });
    await cluster.create("one", { service: "mapped", version: "3.0.0", config: { size: "large" } });
    const refused = await cluster.untilReason("one", "ConfigInvalid");
    expect(await message()).toMatch(/mapping of 3\.0\.0: .*size/u);
    expect(refused.status?.history).toBeUndefined();
    await cluster.edit("one", { version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
  });

  it("of a later step keeps the first one from beginning", async () => {
    await cluster.startAgent({ catalog: catalog(mapped) });
    await cluster.create("one", { service: "mapped", version: "1.0.0", config: { size: "large" } });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "3.0.0" });
    await cluster.untilReason("one", "ConfigInvalid");
    expect(await message()).toMatch(/mapping of 3\.0\.0/u);
    await nothingMoved();
    await cluster.edit("one", { config: { size: "4" } });
    await cluster.untilReady("one", "3.0.0");
  });
});

describe("a service with more than a status can hold", () => {
  it("is shown as far as there is room, with the totals, and moves all the same", async () => {
    const numbers = Array.from({ length: 60 }, (_, index) => index + 1);
    // In all steps the same, or nobody could accept them.
    const risks = Array.from({ length: 50 }, (_, index) => ({ id: `risk-${index}`.padEnd(128, "x"), message: "may break" }));
    const vast = service("vast", {
      installers: [
        ...numbers.map((number) => app(`${number}.0.0`)),
        ...numbers.map((number) => app(`${number}.5.0`, { retracted: { reason: "y".repeat(1_024) } })),
      ],
      upgraders: numbers.slice(1).map((number) => upgrader(`to-${number}`, `${number - 1}.0.0`, `${number}.0.0`, { risks })),
    });
    await cluster.startAgent({ catalog: catalog(vast) });
    const acceptRisks = risks.map(({ id }) => id);
    await cluster.create("one", { service: "vast", version: "1.0.0", upgradePolicy: { acceptRisks } });
    const { status } = await cluster.untilReady("one", "1.0.0");
    expect(status?.availability).toMatchObject({ available: 32, unavailable: 87 });
    expect(status?.availableVersions?.[0]).toMatchObject({ version: "2.0.0", steps: ["2.0.0"] });
    expect(status?.availableVersions?.length).toBeLessThan(30);
    expect(status?.unavailableVersions).toHaveLength(20);
    expect(Buffer.byteLength(JSON.stringify(await cluster.instance("one")))).toBeLessThan(512 * 1024);
    await cluster.edit("one", { version: "60.0.0" });
    await cluster.untilReason("one", "TooManySteps");
    expect(await message()).toContain("go to 33.0.0 first");
    await nothingMoved();
    await cluster.edit("one", { version: "33.0.0" });
    await cluster.untilReady("one", "33.0.0");
  });
});

describe("a manifest that the API server will not take", () => {
  it("is refused with the server's words before anything begins", async () => {
    const wrong = service("wrong", { installers: [installer("1.0.0", [configMap("Not A Name", {})])] });
    await cluster.startAgent({ catalog: catalog(wrong) });
    await cluster.create("one", { service: "wrong", version: "1.0.0" });
    const instance = await cluster.untilReason("one", "Invalid");
    expect(condition(instance, "Stalled")?.message).toContain("Not A Name");
    expect(instance.status).not.toHaveProperty("history");
  });

  it("for a typing mistake in a field is refused instead of being dropped silently", async () => {
    const typo = service("typo", {
      installers: [
        installer("1.0.0", [
          { source: "x.yaml", object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" }, daat: { a: "b" } } },
        ]),
      ],
    });
    await cluster.startAgent({ catalog: catalog(typo) });
    await cluster.create("one", { service: "typo", version: "1.0.0" });
    expect(condition(await cluster.untilReason("one", "Invalid"), "Stalled")?.message).toContain("daat");
  });

  it("for two objects of one name is refused before any is written", async () => {
    const twice = service("twice", { installers: [installer("1.0.0", [configMap("x", { a: "1" }), configMap("x", { a: "2" })])] });
    await cluster.startAgent({ catalog: catalog(twice) });
    await cluster.create("one", { service: "twice", version: "1.0.0" });
    expect(condition(await cluster.untilReason("one", "DuplicateObject"), "Stalled")?.message).toContain("ConfigMap.v1 x");
    expect(await cluster.get("v1", "ConfigMap", "x")).toBeUndefined();
  });

  it("in a later step ends the operation there, with the server's words", async () => {
    const later = service("later", {
      installers: [
        installer("1.0.0", [configMap("a", {})]),
        installer("2.0.0", [configMap("b", {})]),
        installer("3.0.0", [configMap("Not A Name", {})]),
      ],
      upgraders: [upgrader("to-2", "1.0.0", "2.0.0"), upgrader("to-3", "2.0.0", "3.0.0")],
    });
    await cluster.startAgent({ catalog: catalog(later) });
    await cluster.create("one", { service: "later", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "3.0.0" });
    const { status } = await cluster.untilFailed("one");
    expect(status).toMatchObject({ version: "2.0.0", failure: { reason: "Invalid", action: "deploy" } });
    expect(status?.failure?.message).toContain("Not A Name");
  });
});

describe("a broken part of a catalog", () => {
  it("does not keep the rest away", async () => {
    const { catalog: parsed, problems } = parseCatalog({
      services: [
        {
          name: "half",
          installers: [
            {
              version: "1.0.0",
              deployer: {
                type: "manifests",
                objects: [{ source: "a", object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "half" } } }],
              },
            },
            { version: "not a version", deployer: { type: "manifests", objects: [] } },
          ],
          upgraders: [{ name: "bad", direction: "sideways", from: "*", to: "*" }],
        },
      ],
    });
    expect(problems).toHaveLength(2);
    await cluster.startAgent({ catalog: parsed });
    await cluster.create("one", { service: "half", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
  });
});
