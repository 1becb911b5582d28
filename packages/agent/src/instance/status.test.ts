import { describe, expect, it } from "vitest";
import { annotations, findCondition } from "../resources/mod.ts";
import { anInstance, anInstaller, anOperation, installed, versionOwnedBy } from "./state.fixture.ts";
import { mostTries } from "./failure-book.ts";
import {
  describeFailure,
  describeOperation,
  describeStart,
  failingSituation,
  installedSituation,
  nextStatus,
  nothingPending,
  operationSituation,
  pendingSituation,
  restSituation,
  withHistory,
} from "./status.ts";

const NOW = "2030-01-01T00:00:00.000Z";
const well = { notReady: [], failed: [] };
const unchanged = { changed: [], contested: [] };

describe("nextStatus", () => {
  it("tells of the generation and of the target that it was made for", () => {
    const instance = anInstance({ metadata: { generation: 7 }, spec: { version: "1.0.0" } });
    const status = nextStatus(
      instance,
      restSituation("Discovered", { code: "UnknownService", message: "none" }, true, []),
      undefined,
      {},
      NOW,
    );
    expect(status).toMatchObject({ observedGeneration: 7, targetVersion: "1.0.0", phase: "Discovered", phaseChangedAt: NOW });
    expect(findCondition(status.conditions, "Stalled")).toMatchObject({ status: "True", reason: "UnknownService", observedGeneration: 7 });
    expect(findCondition(status.conditions, "Reconciling")).toBeUndefined();
  });

  it("keeps when a phase began, and what it is not told of", () => {
    const instance = installed("1.0.0", { status: { phaseChangedAt: "2029-01-01T00:00:00Z", history: [] } });
    const status = nextStatus(instance, installedSituation(anInstaller("1.0.0"), well, unchanged, []), undefined, {}, NOW);
    expect(status).toMatchObject({ phaseChangedAt: "2029-01-01T00:00:00Z", version: "1.0.0", history: [], definitionsDigest: "d" });
  });

  it("removes what is set to undefined", () => {
    const instance = installed("1.0.0", { status: { operation: anOperation(["1.0.0", "2.0.0"]) } });
    const status = nextStatus(
      instance,
      installedSituation(anInstaller("1.0.0"), well, unchanged, []),
      undefined,
      { operation: undefined },
      NOW,
    );
    expect(status).not.toHaveProperty("operation");
  });

  it("says what has failed when what is installed is well, and from when on only a change helps", () => {
    const situation = installedSituation(anInstaller("1.0.0"), well, unchanged, []);
    const failing = { count: 2, lastAt: 0, problem: { code: "HookFailed", message: "helm upgrade: it failed" } };
    const status = nextStatus(installed("1.0.0"), failingSituation(situation, failing), undefined, {}, NOW);
    const message = "helm upgrade: it failed; it was tried 2 times";
    expect(findCondition(status.conditions, "Ready")).toMatchObject({ status: "False", reason: "HookFailed", message });
    expect(findCondition(status.conditions, "Reconciling")).toMatchObject({ status: "True" });
    const stopped = nextStatus(installed("1.0.0"), failingSituation(situation, { ...failing, count: mostTries }), undefined, {}, NOW);
    expect(findCondition(stopped.conditions, "Reconciling")).toBe(undefined);
    expect(findCondition(stopped.conditions, "Stalled")).toMatchObject({
      reason: "HookFailed",
      message: expect.stringContaining(`tried ${mostTries} times; it is tried again when the spec, a secret, or the annotation`),
    });
  });

  it.each([
    ["ConfigInvalid", "ConfigValid"],
    ["SecretsMissing", "SecretsAvailable"],
  ])("says of %s in %s as well", (code, type) => {
    const missing = code === "SecretsMissing" ? ["the Secret a/b does not exist"] : [];
    const status = nextStatus(anInstance(), restSituation("Discovered", { code, message: "why" }, true, missing), undefined, {}, NOW);
    expect(findCondition(status.conditions, type === "ConfigValid" ? "ConfigValid" : "SecretsAvailable")).toMatchObject({
      status: "False",
      reason: code,
    });
    expect(findCondition(status.conditions, type === "ConfigValid" ? "SecretsAvailable" : "ConfigValid")).toMatchObject({ status: "True" });
  });
});

it("says that windows cannot be read also where nothing waits for them", () => {
  const instance = installed("1.0.0", { spec: { upgradePolicy: { windows: [{ cron: "never", duration: "1h" }] } } });
  const { conditions } = nextStatus(instance, installedSituation(anInstaller("1.0.0"), well, "ignored", []), undefined, {}, NOW);
  expect(findCondition(conditions, "ConfigValid")).toMatchObject({
    status: "False",
    reason: "ConfigInvalid",
    message: expect.stringContaining("spec.upgradePolicy.windows[0].cron"),
  });
  expect(findCondition(conditions, "Ready")).toMatchObject({ status: "True" });
});

it.each<[what: string, manager: string, operation: "Apply" | "Update", spec: object, inFleet: boolean, expected: object | undefined]>([
  ["says so where Flux owns the version", "kustomize-controller", "Apply", {}, true, { status: "True", reason: "OwnedByOther" }],
  ["says nothing where a person does", "kubectl-edit", "Update", {}, true, undefined],
  ["says nothing where the fleet is ignored", "kustomize-controller", "Apply", { fleet: "Ignore" }, true, undefined],
  ["says nothing without a fleet", "kustomize-controller", "Apply", {}, false, undefined],
])("the condition FleetBlocked %s", (_, manager, operation, spec, inFleet, expected) => {
  const instance = installed("1.0.0", { metadata: { managedFields: [versionOwnedBy(manager, operation)] }, spec });
  const situation = { ...installedSituation(anInstaller("1.0.0"), well, "ignored", []), inFleet };
  const found = findCondition(nextStatus(instance, situation, undefined, {}, NOW).conditions, "FleetBlocked");
  expect(found === undefined ? undefined : { status: found.status, reason: found.reason }).toEqual(expected);
  expect(found?.message ?? manager).toContain(manager);
});

describe("an installed version that is not the one asked for", () => {
  const healthy = installedSituation(anInstaller("1.0.0"), well, "ignored", []);
  const broken = installedSituation(anInstaller("1.0.0"), { notReady: ["Deployment web"], failed: [] }, "ignored", []);
  const closed = { phase: "Ready", reason: { code: "WindowClosed", message: "later" }, stalled: false } as const;
  const rolledBack = { phase: "Failed", reason: { code: "RolledBack", message: "it failed" }, stalled: true } as const;

  it.each([
    ["waits", healthy, closed, { phase: "Ready", ready: { status: "False", code: "WindowClosed" }, reconciling: true, stalled: false }],
    ["is not ready itself, which matters more", broken, closed, { ready: { code: "ObjectsNotReady" }, reconciling: true, stalled: false }],
    ["has stopped", healthy, rolledBack, { phase: "Failed", ready: { code: "RolledBack" }, reconciling: false, stalled: true }],
    ["has stopped, whatever else", broken, rolledBack, { ready: { code: "RolledBack" }, reconciling: false, stalled: true }],
  ])("%s", (_, observed, pending, situation) => {
    expect(pendingSituation(observed, pending)).toMatchObject(situation);
  });
});

describe("the condition Drifted", () => {
  const driftedOf = (drifted: Parameters<typeof installedSituation>[2], before = installed("1.0.0")) =>
    findCondition(
      nextStatus(before, installedSituation(anInstaller("1.0.0"), well, drifted, []), undefined, {}, NOW).conditions,
      "Drifted",
    );

  it("names what was changed, and how many more", () => {
    expect(driftedOf(unchanged)).toMatchObject({ status: "False" });
    const changed = ["ConfigMap a/b: missing", "ConfigMap a/c: /data/x (kubectl-edit)"];
    const message = "ConfigMap a/b: missing; ConfigMap a/c: /data/x (kubectl-edit)";
    expect(driftedOf({ changed, contested: [] })).toMatchObject({ status: "True", reason: "Changed", message });
    const many = Array.from({ length: 7 }, (_, index) => `ConfigMap a/${index}`);
    expect(driftedOf({ changed: many, contested: [] })?.message).toMatch(/a\/4; and 2 more$/u);
  });

  it("says first what is contested", () => {
    expect(driftedOf({ changed: ["ConfigMap a/b: missing"], contested: ["ConfigMap a/c: /data/x (tug)"] })).toMatchObject({
      status: "True",
      reason: "DriftContested",
      message: "changed again whenever it was put back: ConfigMap a/c: /data/x (tug); ConfigMap a/b: missing",
    });
  });

  it("is unknown where nobody wants to know", () => {
    expect(driftedOf("ignored")).toMatchObject({ status: "Unknown", reason: "Ignored" });
  });

  it("stays as it was while it is not looked at", () => {
    const condition = {
      type: "Drifted",
      status: "True",
      reason: "Changed",
      message: "x",
      lastTransitionTime: "2029-01-01T00:00:00Z",
    } as const;
    const before = installed("1.0.0", { status: { conditions: [condition] } });
    const status = nextStatus(before, operationSituation(anOperation(["1.0.0", "2.0.0"]), []), undefined, {}, NOW);
    expect(findCondition(status.conditions, "Drifted")).toMatchObject(condition);
  });
});

describe("what is said of an operation", () => {
  it.each([
    [anOperation(["1.0.0", "2.0.0", "3.0.0"]), "Upgrade to 3.0.0: step 1 of 2 (1.0.0 → 2.0.0)"],
    [
      anOperation(["1.0.0", "2.0.0", "3.0.0"], { cursor: { step: 1, action: "before/backup" }, message: "Job a/b is running" }),
      "Upgrade to 3.0.0: step 2 of 2 (2.0.0 → 3.0.0), before/backup: Job a/b is running",
    ],
    [anOperation(["1.0.0", "2.0.0"], { cursor: { step: 1 } }), "Upgrade to 2.0.0: step 1 of 1 (1.0.0 → 2.0.0)"],
    [anOperation(["1.0.0", "1.0.0"], { kind: "Configure", cursor: { step: 0, action: "deploy" } }), "Configure 1.0.0, deploy"],
    [anOperation(["", "1.0.0"], { kind: "Install", cursor: { step: 0, action: "ready" } }), "Install 1.0.0, ready"],
  ])("%#", (operation, text) => {
    expect(describeOperation(operation)).toBe(text);
  });
});

describe("the start and the failure of an operation", () => {
  it.each([
    [anOperation(["", "1.0.0"], { kind: "Install", by: "kubectl" }), "Install 1.0.0, asked for by kubectl", "Install 1.0.0 failed: no"],
    [anOperation(["1.0.0", "2.0.0"], {}), "Upgrade from 1.0.0 to 2.0.0", "Upgrade to 2.0.0 failed: no"],
    [
      anOperation(["1.0.0", "2.0.0", "3.0.0"], { cursor: { step: 1, action: "deploy" } }),
      "Upgrade from 1.0.0 to 3.0.0 in 2 steps (2.0.0 → 3.0.0)",
      "Upgrade to 3.0.0 failed in step 2 of 2 (2.0.0 → 3.0.0): no",
    ],
    [anOperation(["1.0.0", "1.0.0"], { kind: "Configure" }), "Configure 1.0.0", "Configure 1.0.0 failed: no"],
  ])("%#", (operation, start, failure) => {
    expect([describeStart(operation), describeFailure(operation, "no")]).toEqual([start, failure]);
  });

  it("tells in Stalled what it takes to go on", () => {
    const failed = restSituation("Failed", { code: "JobFailed", message: "no" }, true, []);
    const { conditions } = nextStatus(anInstance({}), failed, undefined, {}, NOW);
    expect(findCondition(conditions, "Ready")?.message).toBe("no");
    expect(findCondition(conditions, "Stalled")?.message).toBe(
      "nothing is tried again until the spec changes or the annotation portolan.dev/retry is set: no",
    );
  });
});

describe("an installed version", () => {
  it("is ready when its objects are, and says when it was retracted since", () => {
    expect(installedSituation(anInstaller("1.0.0", { retracted: { reason: "loses data" } }), well, unchanged, []).ready).toMatchObject({
      status: "True",
      message: "1.0.0 is installed; this version was retracted: loses data",
    });
  });

  it("is not while any is not, failed ones first", () => {
    const situation = installedSituation(anInstaller("1.0.0"), { notReady: ["b waits"], failed: ["a failed"] }, unchanged, []);
    expect(situation).toMatchObject({ ready: { status: "False", message: "a failed; b waits" }, reconciling: true, stalled: false });
  });
});

it("forgets a failure when the spec was looked at, and marks the wish for another try as heard", () => {
  const instance = installed("1.0.0", { metadata: { annotations: { [annotations.retry]: "x".repeat(300) } } });
  expect(nothingPending(instance)).toEqual({ failure: undefined, lastHandledRetry: "x".repeat(253) });
});

it("keeps the ten newest entries of the history", () => {
  const entry = (to: string) => ({ to, result: "Succeeded", startedAt: NOW, finishedAt: NOW }) as const;
  const history = Array.from({ length: 12 }, (_, index) => entry(`${index}.0.0`)).reduce<ReturnType<typeof withHistory>>(withHistory, []);
  expect(history.map(({ to }) => to)).toEqual(["11.0.0", "10.0.0", "9.0.0", "8.0.0", "7.0.0", "6.0.0", "5.0.0", "4.0.0", "3.0.0", "2.0.0"]);
});
