import type { ServiceDefinition } from "@portolan/shared/catalog";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { catalog, configMap, deployment, hook, installer, job, service, upgrader } from "./catalog.ts";
import { condition, TestCluster, withOwnFaults } from "./harness.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = new TestCluster();
});

afterEach(async () => {
  await cluster.close();
});

const fails = (name: string) => hook({ name, action: "job", job: job({ "portolan.test/fails": "true" }) });
const version = (of: string) =>
  installer(of, [
    configMap("app", { version: "${release.version}" }),
    configMap(`only-${of}`, {}),
    deployment("app", { image: "example.org/app:${release.version}", selector: "app" }),
  ]);
const deleteApp = hook({
  name: "delete-app",
  action: "delete",
  target: { apiVersion: "apps/v1", kind: "Deployment", name: "app" },
  propagation: "Background",
});

/** 1.0.0 → 2.0.0 → 3.0.0 and back step by step; where it fails is up to the test. */
function staged(parts: {
  readonly to3?: Parameters<typeof upgrader>[3];
  readonly back2?: Parameters<typeof upgrader>[3] | "none";
}): ServiceDefinition {
  const back2 = parts.back2 ?? {};
  return service("staged", {
    installers: [version("1.0.0"), version("2.0.0"), version("3.0.0")],
    upgraders: [
      upgrader("to-2", "1.0.0", "2.0.0"),
      upgrader("to-3", "2.0.0", "3.0.0", parts.to3),
      upgrader("back-to-1", "2.0.0", "1.0.0", { direction: "downgrade" }),
      ...(back2 === "none" ? [] : [upgrader("back-to-2", "3.0.0", "2.0.0", { direction: "downgrade", ...back2 })]),
    ],
  });
}

async function upgradeTo3(definition: ServiceDefinition): Promise<void> {
  await cluster.startAgent({ catalog: catalog(definition) });
  await cluster.create("one", { service: "staged", version: "1.0.0", upgradePolicy: { onFailure: "Rollback" } });
  await cluster.untilReady("one", "1.0.0");
  await cluster.edit("one", { version: "3.0.0" });
}

const history = async (): Promise<readonly string[]> =>
  ((await cluster.instance("one"))?.status?.history ?? []).map(({ from = "", to, result }) => `${from} → ${to} ${result}`);

const only = async (): Promise<readonly string[]> =>
  (await cluster.kube.list("v1", "ConfigMap", { namespace: "default" })).items
    .map(({ metadata }) => metadata.name)
    .filter((name) => name.startsWith("only-"));

describe("an upgrade that fails", () => {
  it("goes back along the catalog's downgrades to where it started, and stays there", async () => {
    await upgradeTo3(staged({ to3: { after: [fails("check")] } }));
    const { spec, status } = await cluster.untilReason("one", "RolledBack");
    expect(spec.version).toBe("3.0.0");
    expect(status).toMatchObject({
      phase: "Failed",
      version: "1.0.0",
      targetVersion: "3.0.0",
      failure: {
        reason: "RolledBack",
        message: expect.stringMatching(
          /^rolled back to 1\.0\.0 after JobFailed: Upgrade to 3\.0\.0 failed in step 2 of 2 \(2\.0\.0 → 3\.0\.0\): after\/check/u,
        ),
      },
    });
    expect(status).not.toHaveProperty("operation");
    expect(await history()).toEqual(["3.0.0 → 1.0.0 RolledBack", "1.0.0 → 3.0.0 Failed", " → 1.0.0 Succeeded"]);
    expect(await only()).toEqual(["only-1.0.0"]);
    expect(await cluster.jobs()).toHaveLength(1);

    // What was brought back is looked after, and nothing is tried again by itself.
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "app" };
    await cluster.kube.patch(ref, { type: "merge", patch: { data: { version: "tampered" } } });
    await expect.poll(async () => await cluster.kube.get(ref)).toMatchObject({ data: { version: "1.0.0" } });
    const after = await cluster.untilReason("one", "RolledBack");
    expect(condition(after, "Stalled")?.status).toBe("True");
    expect(await cluster.jobs()).toHaveLength(1);
  });

  it("in a hook before anything was deployed has the old version applied once more", async () => {
    await upgradeTo3(staged({ to3: { before: [deleteApp, fails("backup")] }, back2: "none" }));
    const { status } = await cluster.untilReason("one", "RolledBack");
    expect(status?.version).toBe("1.0.0");
    expect(await cluster.get("apps/v1", "Deployment", "app")).toBeDefined();
    expect((await history())[0]).toBe("2.0.0 → 1.0.0 RolledBack");
  });

  it("halts, with the reason, where no downgrade leads back", async () => {
    await upgradeTo3(staged({ to3: { after: [fails("check")] }, back2: "none" }));
    const { status } = await cluster.untilFailed("one");
    expect(status).toMatchObject({
      version: "2.0.0",
      failure: { reason: "JobFailed", message: expect.stringContaining("not rolled back: there is no way down from 3.0.0 to 1.0.0") },
    });
    expect((await history())[0]).toBe("1.0.0 → 3.0.0 Failed");
  });

  it("halts when its rollback fails too, and is not tried over and over", async () => {
    await upgradeTo3(staged({ to3: { after: [fails("check")] }, back2: { before: [fails("restore")] } }));
    const { status } = await cluster.untilReason("one", "RollbackFailed");
    expect(status).toMatchObject({
      phase: "Failed",
      failure: { action: "before/restore", message: expect.stringContaining("it was being rolled back after JobFailed") },
    });
    await cluster.annotate("one", { look: "again" });
    expect(await history()).toEqual(["3.0.0 → 1.0.0 Failed", "1.0.0 → 3.0.0 Failed", " → 1.0.0 Succeeded"]);
    expect(await cluster.jobs()).toHaveLength(2);
  });

  it("is tried once more after its rollback, when someone asks for it", async () => {
    await upgradeTo3(staged({ to3: { after: [fails("check")] } }));
    await cluster.untilReason("one", "RolledBack");
    await cluster.annotate("one", { "portolan.dev/retry": "1" });
    await expect.poll(async () => (await cluster.jobs()).length, { timeout: 10_000 }).toBe(2);
    await cluster.until(
      "one",
      ({ status }) => status?.history?.length === 5 && status.failure?.reason === "RolledBack",
      "is rolled back again",
    );
  });

  it("leaves its failure behind when the spec goes back as well", async () => {
    await upgradeTo3(staged({ to3: { after: [fails("check")] } }));
    await cluster.untilReason("one", "RolledBack");
    await cluster.edit("one", { version: "1.0.0" });
    expect((await cluster.untilReady("one", "1.0.0")).status).not.toHaveProperty("failure");
  });

  it("is rolled back by the next agent, whose predecessor died in between", async () => {
    const definition = staged({ to3: { after: [fails("check")] } });
    const { transport, faults } = withOwnFaults(cluster);
    const first = await cluster.startAgent({ catalog: catalog(definition), transport });
    await cluster.create("one", { service: "staged", version: "1.0.0", upgradePolicy: { onFailure: "Rollback" } });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "3.0.0" });
    await cluster.until(
      "one",
      ({ status }) => status?.operation?.kind === "Rollback" || status?.operation?.cursor.step === 1,
      "is in its second step or on its way back",
    );
    faults.add({ match: () => true, respond: "drop" });
    await first.stop();
    await cluster.startAgent({ catalog: catalog(definition) });
    const { status } = await cluster.untilReason("one", "RolledBack");
    expect(status?.version).toBe("1.0.0");
    expect(await only()).toEqual(["only-1.0.0"]);
  });
});
