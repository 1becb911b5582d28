import type { Hook, HookAction, Installer } from "@portolan/shared/catalog";
import { scopeOf } from "@portolan/shared/expression";
import { describe, expect, it } from "vitest";
import { anInstaller, anUpgrader } from "../instance/state.fixture.ts";
import type { KubeObject } from "../kube/mod.ts";
import { neededAccesses } from "./accesses.ts";
import { broughtKinds } from "./known-kinds.ts";
import type { KnownKind, PlannedStep } from "./model.ts";
import { stepWork } from "./step-work.ts";

const scope = scopeOf({ release: { name: "one", version: "2.0.0" } });

function step(before: readonly HookAction[] = []): PlannedStep {
  const hooks = before.map((action, index): Hook => ({ name: `h${index}`, timeoutSeconds: 1, ...action }));
  return {
    to: "2.0.0",
    installer: anInstaller("2.0.0"),
    upgrader: anUpgrader("to-2", "1.0.0", "2.0.0", { before: hooks }),
    scope,
    values: {},
  };
}

const kinds = new Map<string, KnownKind>([
  ["v1/ConfigMap", { plural: "configmaps", namespaced: true }],
  ["v1/Secret", { plural: "secrets", namespaced: true }],
  ["apps/v1/Deployment", { plural: "deployments", namespaced: true }],
  ["batch/v1/Job", { plural: "jobs", namespaced: true }],
  ["apiextensions.k8s.io/v1/CustomResourceDefinition", { plural: "customresourcedefinitions", namespaced: false }],
]);

/** `patch configmaps.` … with names after it. */
function accesses(before: readonly HookAction[], objects: readonly KubeObject[] = []): readonly string[] {
  return neededAccesses([stepWork(step(before), { objects, hooks: [] })], kinds, "apps").map(
    ({ access, names }) =>
      `${access.verb} ${access.resource}${access.subresource ?? ""} ${access.namespace ?? "*"} ${[...names].map((name) => name ?? "any").join(",")}`,
  );
}

const NOTHING = { objects: [], hooks: [] };
const deployment = { apiVersion: "apps/v1", kind: "Deployment", name: "${release.name}" };

describe("what must be allowed", () => {
  it("for objects: each permission once, for all names, where they go", () => {
    const objects = [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } },
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b" } },
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", namespace: "other" } },
    ];
    expect(accesses([], objects)).toEqual([
      ...["get", "create", "patch", "delete"].map((verb) => `${verb} configmaps apps a,b`),
      ...["get", "create", "patch", "delete"].map((verb) => `${verb} configmaps other c`),
    ]);
  });

  it("for what outlives a service of manifests no deletion, which helm may do of a chart's templates", () => {
    const crd = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "boats.example.org" } };
    const made = ["get", "create", "patch"].map((verb) => `${verb} customresourcedefinitions * boats.example.org`);
    expect(accesses([], [crd])).toEqual(made);
    const chart: Installer["deployer"] = { type: "helm", chart: "oci://charts.example/web", chartVersion: "1.0.0" };
    const planned = step();
    const deletes = (object: KubeObject): boolean =>
      stepWork({ ...planned, installer: { ...planned.installer, deployer: chart } }, { objects: [object], hooks: [] }).needs.some(
        ({ kind, verb }) => kind === crd.kind && verb === "delete",
      );
    expect(deletes(crd)).toBe(true);
    const kept = { ...crd.metadata, annotations: { "helm.sh/resource-policy": "keep" } };
    expect(deletes({ ...crd, metadata: kept })).toBe(false);
  });

  it("for a release also what helm keeps of it, whatever its revisions are called", () => {
    const chart: Installer["deployer"] = { type: "helm", chart: "oci://charts.example/web", chartVersion: "1.0.0" };
    const planned = step();
    const work = stepWork({ ...planned, installer: { ...planned.installer, deployer: chart } }, NOTHING);
    const needed = neededAccesses([work], kinds, "apps");
    expect(needed.map(({ access }) => access.verb)).toEqual(["get", "list", "create", "update", "patch", "delete"]);
    for (const { access, names } of needed) {
      expect(access).toMatchObject({ group: "", resource: "secrets", namespace: "apps" });
      expect([...names]).toEqual([undefined]);
    }
  });

  it("for a chart's hooks what helm does with them, and of its objects the wait until they are gone", () => {
    const chart: Installer["deployer"] = { type: "helm", chart: "oci://charts.example/web", chartVersion: "1.0.0" };
    const planned = step();
    const work = stepWork(
      { ...planned, installer: { ...planned.installer, deployer: chart } },
      {
        objects: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } }],
        hooks: [{ apiVersion: "batch/v1", kind: "Job", metadata: { name: "schema", namespace: "other" } }],
      },
    );
    const needed = neededAccesses([work], kinds, "apps").filter(({ access }) => access.resource !== "secrets");
    expect(
      needed.map(
        ({ access, names }) => `${access.verb} ${access.resource} ${access.namespace} ${[...names].map((name) => name ?? "any").join(",")}`,
      ),
    ).toEqual([
      ...["create", "patch", "delete"].map((verb) => `${verb} jobs other schema`),
      ...["list", "watch"].map((verb) => `${verb} jobs other any`),
      ...["get", "create", "patch", "delete"].map((verb) => `${verb} configmaps apps a`),
      ...["list", "watch"].map((verb) => `${verb} configmaps apps any`),
    ]);
    // The hook before may bring it.
    expect(work.kinds).not.toContainEqual(expect.objectContaining({ kind: "Job" }));
  });

  it.each<[string, HookAction, readonly string[]]>([
    [
      "delete by name",
      { action: "delete", target: deployment, propagation: "Background" },
      ["get deployments apps one", "delete deployments apps one"],
    ],
    [
      "delete by labels",
      { action: "delete", target: { apiVersion: "apps/v1", kind: "Deployment", labels: { a: "b" } }, propagation: "Background" },
      ["get deployments apps any", "list deployments apps any", "delete deployments apps any"],
    ],
    ["patch", { action: "patch", target: deployment, type: "merge", patch: {} }, ["patch deployments apps one"]],
    [
      "patch once",
      { action: "patch", target: deployment, type: "json", patch: [] },
      ["get deployments apps one", "patch deployments apps one"],
    ],
    ["scale", { action: "scale", target: deployment, replicas: 0 }, ["get deployments apps one", "patch deployments apps one"]],
    ["wait", { action: "wait", target: deployment, until: "true" }, ["get deployments apps one"]],
    [
      "job",
      { action: "job", job: { metadata: { namespace: "jobs" }, spec: {} } },
      ["get jobs jobs any", "create jobs jobs any", "delete jobs jobs any"],
    ],
    [
      "migrateStorage",
      { action: "migrateStorage", crd: "boats.example.org" },
      [
        "get customresourcedefinitions * boats.example.org",
        "patch customresourcedefinitionsstatus * boats.example.org",
        "list boats * any",
        "update boats * any",
      ],
    ],
    [
      "apply",
      { action: "apply", objects: [{ source: "x", object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x" } } }] },
      ["create configmaps apps x", "patch configmaps apps x"],
    ],
  ])("for the hook %s", (_, action, expected) => {
    expect(accesses([action])).toEqual(expected);
  });
});

describe("hooks before a step", () => {
  it.each<[string, HookAction, object]>([
    ["a Job may change anything", { action: "job", job: {} }, { anything: true, objects: [] }],
    ["a deletion changes what it names", { action: "delete", target: deployment, propagation: "Background" }, { anything: false }],
    [
      "a storage migration allows a definition to drop a version",
      { action: "migrateStorage", crd: "boats.example.org" },
      { anything: false, objects: [{ kind: "CustomResourceDefinition", name: "boats.example.org" }] },
    ],
    ["a wait changes nothing", { action: "wait", target: deployment, until: "true" }, { anything: false, objects: [] }],
  ])("%s", (_, action, upset) => {
    expect(stepWork(step([action]), NOTHING).upset).toMatchObject(upset);
  });

  it("need no kind that they only delete", () => {
    const gone = { apiVersion: "old/v1", kind: "Gone", name: "x" };
    expect(stepWork(step([{ action: "delete", target: gone, propagation: "Background" }]), NOTHING).kinds).toEqual([]);
    expect(stepWork(step([{ action: "wait", target: gone, until: "true" }]), NOTHING).kinds).toEqual([
      { apiVersion: "old/v1", kind: "Gone", by: "hook h0" },
    ]);
  });
});

describe("kinds that a plan brings", () => {
  const crd = (served: boolean): KubeObject => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "boats.example.org" },
    spec: { group: "example.org", scope: "Namespaced", names: { kind: "Boat", plural: "boats" }, versions: [{ name: "v1", served }] },
  });

  it("count from the first step that serves them", () => {
    const works = [false, true, true].map((served) => stepWork(step(), { objects: [crd(served)], hooks: [] }));
    expect([...broughtKinds(works)]).toEqual([["example.org/v1/Boat", { plural: "boats", namespaced: true, broughtBy: 1 }]]);
  });
});
