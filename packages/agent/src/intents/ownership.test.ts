import { describe, expect, it } from "vitest";
import type { ManagedFieldsEntry } from "../kube/mod.ts";
import { creatorOf, HUB_MANAGER, ownedPart, templateOwner, versionOwner } from "./ownership.ts";

const common = { apiVersion: "portolan.dev/v1alpha1", fieldsType: "FieldsV1", time: "2030-01-01T00:00:00Z" };
const entry = (manager: string, operation: "Apply" | "Update", fieldsV1: object, subresource?: string): ManagedFieldsEntry => ({
  ...common,
  manager,
  operation,
  fieldsV1: { ...fieldsV1 },
  ...(subresource === undefined ? {} : { subresource }),
});

/** As an API server writes it: every level also holds itself. */
const version = { "f:spec": { ".": {}, "f:service": {}, "f:version": {} } };
const config = { "f:spec": { "f:config": { ".": {}, "f:replicas": {} } } };
const clientSide = { "f:metadata": { "f:annotations": { ".": {}, "f:kubectl.kubernetes.io/last-applied-configuration": {} } }, ...version };

describe("the owner of spec.version", () => {
  it.each<[who: string, fields: readonly ManagedFieldsEntry[] | undefined, owner: object]>([
    ["nobody, without managed fields", undefined, { kind: "nobody" }],
    ["nobody, when only other fields are owned", [entry("kubectl-edit", "Update", config)], { kind: "nobody" }],
    [
      "nobody, when only the status is",
      [entry("portolan-agent", "Apply", { "f:status": { "f:version": {} } }, "status")],
      { kind: "nobody" },
    ],
    ["the hub", [entry(HUB_MANAGER, "Apply", version)], { kind: "hub" }],
    [
      "the hub, beside a person who owns the configuration",
      [entry("kubectl-edit", "Update", config), entry(HUB_MANAGER, "Apply", version)],
      { kind: "hub" },
    ],
    ["a person with kubectl create", [entry("kubectl-create", "Update", version)], { kind: "person", manager: "kubectl-create" }],
    ["a person with kubectl edit", [entry("kubectl-edit", "Update", version)], { kind: "person", manager: "kubectl-edit" }],
    ["a person with kubectl patch", [entry("kubectl-patch", "Update", version)], { kind: "person", manager: "kubectl-patch" }],
    [
      "a person with client-side kubectl apply",
      [entry("kubectl-client-side-apply", "Update", clientSide)],
      { kind: "person", manager: "kubectl-client-side-apply" },
    ],
    ["who applies server-side: kubectl", [entry("kubectl", "Apply", version)], { kind: "controller", manager: "kubectl" }],
    ["Flux", [entry("kustomize-controller", "Apply", version)], { kind: "controller", manager: "kustomize-controller" }],
    [
      "Argo CD, which writes by Update",
      [entry("argocd-controller", "Update", version)],
      { kind: "controller", manager: "argocd-controller" },
    ],
    [
      "Argo CD in its server-side mode",
      [entry("argocd-controller", "Apply", version)],
      { kind: "controller", manager: "argocd-controller" },
    ],
    [
      "Argo CD without a name of its own",
      [entry("argocd-application-controller", "Update", version)],
      { kind: "controller", manager: "argocd-application-controller" },
    ],
    ["a release of Flux", [entry("helm-controller", "Update", version)], { kind: "controller", manager: "helm-controller" }],
    ["Rancher Fleet", [entry("fleetagent", "Update", version)], { kind: "controller", manager: "fleetagent" }],
    ["Sveltos", [entry("application/apply-patch", "Apply", version)], { kind: "controller", manager: "application/apply-patch" }],
    ["Helm 3", [entry("helm", "Update", version)], { kind: "controller", manager: "helm" }],
    [
      "a person rather than the hub, when both own it",
      [entry(HUB_MANAGER, "Apply", version), entry("kubectl-edit", "Update", version)],
      { kind: "person", manager: "kubectl-edit" },
    ],
    [
      "a controller rather than a person",
      [entry("kubectl-edit", "Update", version), entry(HUB_MANAGER, "Apply", version), entry("kustomize-controller", "Apply", version)],
      { kind: "controller", manager: "kustomize-controller" },
    ],
    ["somebody who took the hub's name for an Update", [entry(HUB_MANAGER, "Update", version)], { kind: "hub" }],
  ])("is %s", (_, fields, owner) => {
    expect(versionOwner(fields)).toEqual(owner);
  });
});

describe("ownedPart", () => {
  const object = {
    metadata: { name: "one", annotations: { "portolan.dev/intent": "i1", other: "x" }, labels: { a: "b" } },
    spec: { service: "web", version: "1.0.0", config: { replicas: 2, greeting: "hi" }, secretRefs: [{ name: "a" }] },
  };

  it("is what the manager applied, with the values of now", () => {
    const fields = {
      "f:metadata": { "f:annotations": { "f:portolan.dev/intent": {} } },
      "f:spec": { "f:version": {}, "f:config": { "f:replicas": {} }, "f:secretRefs": {} },
    };
    expect(ownedPart(object, [entry(HUB_MANAGER, "Apply", fields)], HUB_MANAGER)).toEqual({
      metadata: { annotations: { "portolan.dev/intent": "i1" } },
      spec: { version: "1.0.0", config: { replicas: 2 }, secretRefs: [{ name: "a" }] },
    });
  });

  it("is nothing for who owns nothing, or only by Update, or only the status", () => {
    const fields = [entry("kubectl", "Update", version), entry("kubectl", "Apply", version, "status")];
    expect(ownedPart(object, fields, "kubectl")).toEqual({});
    expect(ownedPart(object, undefined, HUB_MANAGER)).toEqual({});
  });

  it("leaves out what is not there any more", () => {
    expect(ownedPart(object, [entry(HUB_MANAGER, "Apply", { "f:spec": { "f:gone": {}, "f:version": {} } })], HUB_MANAGER)).toEqual({
      spec: { version: "1.0.0" },
    });
  });
});

describe("an item of an associative list", () => {
  it("is applied again by who owns it, and by nobody else", () => {
    const object = {
      spec: {
        secretRefs: [
          { name: "a", secretName: "x" },
          { name: "b", secretName: "y" },
        ],
      },
    };
    const owned = entry(HUB_MANAGER, "Apply", {
      "f:spec": { "f:secretRefs": { 'k:{"name":"b"}': { ".": {}, "f:name": {}, "f:secretName": {} } } },
    });
    expect(ownedPart(object, [owned], HUB_MANAGER)).toEqual({ spec: { secretRefs: [{ name: "b", secretName: "y" }] } });
  });
});

describe("the owner of what a template writes", () => {
  const owns = (manager: string, operation: "Apply" | "Update", ...fields: string[]) =>
    entry(manager, operation, { "f:spec": { "f:config": Object.fromEntries([[".", {}], ...fields.map((field) => [`f:${field}`, {}])]) } });

  it("is who owns one of its fields, a controller before a person", () => {
    const fields = [
      owns("kubectl-edit", "Update", "replicas"),
      owns("kustomize-controller", "Apply", "color"),
      owns(HUB_MANAGER, "Apply", "size"),
    ];
    const owner = (...names: string[]) => templateOwner(fields, { config: Object.fromEntries(names.map((name) => [name, 1])) }).kind;
    expect([owner("replicas", "color"), owner("replicas", "size"), owner("size"), owner("other")]).toEqual([
      "controller",
      "person",
      "nobody",
      "nobody",
    ]);
  });

  it("does not matter for its labels", () => {
    expect(templateOwner([owns("kustomize-controller", "Apply", "color")], { labels: { color: "red" } })).toEqual({ kind: "nobody" });
  });
});

describe("who makes an instance again", () => {
  it("is a controller that applies it, and no person", () => {
    expect(creatorOf([entry("kustomize-controller", "Apply", version)])).toBe("kustomize-controller");
    expect(creatorOf([entry("kubectl-create", "Update", version)])).toBeUndefined();
    expect(creatorOf([entry(HUB_MANAGER, "Apply", version)])).toBeUndefined();
  });
});
