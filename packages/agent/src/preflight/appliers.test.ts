import { describe, expect, it } from "vitest";
import type { ManagedFieldsEntry } from "../kube/mod.ts";
import { appliersOf } from "./appliers.ts";

const own = { name: "web", namespace: "apps" };
const by = (manager: string, operation: "Apply" | "Update", subresource?: string): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion: "v1",
  fieldsType: "FieldsV1",
  fieldsV1: {},
  ...(subresource === undefined ? {} : { subresource }),
});
const object = (managedFields: readonly ManagedFieldsEntry[], release?: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: {
    name: "shared",
    namespace: "apps",
    managedFields,
    ...(release === undefined ? {} : { annotations: { "meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": "apps" } }),
  },
});

describe("who would put an object back", () => {
  it.each<[what: string, object: ReturnType<typeof object>, appliers: readonly string[]]>([
    ["nobody, after the agent and a person's edit", object([by("portolan-agent", "Apply"), by("kubectl-edit", "Update")]), []],
    ["who applies it", object([by("flux", "Apply")]), ["flux"]],
    ["not who applies a status", object([by("flux", "Apply", "status")]), []],
    ["Argo CD, which applies on the client's side", object([by("argocd-controller", "Update")]), ["argocd-controller"]],
    ["another release, by Helm 4", object([by("helm", "Apply")], "other"), ["the Helm release apps/other"]],
    ["another release, by Helm 3", object([by("helm", "Update")], "other"), ["the Helm release apps/other"]],
    ["helm, of which nothing tells the release", object([by("helm", "Update")]), ["helm"]],
    ["nobody, for the own release", object([by("helm", "Apply"), by("helm", "Update")], "web"), []],
    ["nobody, for the own release that Flux has installed", object([by("helm-controller", "Update")], "web"), []],
    ["who applies an object of the own release", object([by("flux", "Apply")], "web"), ["flux"]],
  ])("is %s", (_, live, appliers) => {
    expect(appliersOf(live, own)).toEqual(appliers);
  });
});
