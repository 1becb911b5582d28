import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../kube/mod.ts";
import { mayApply } from "./crds.ts";

function crd(...versions: readonly string[]): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "buoys.example.org" },
    spec: { versions: versions.map((name) => ({ name })) },
  };
}

describe("a CRD of a chart", () => {
  it.each<[what: string, live: KubeObject | undefined, wanted: KubeObject, direction: string, applied: boolean]>([
    ["that is missing", undefined, crd("v1"), "install", true],
    ["that is missing, in a downgrade", undefined, crd("v1"), "downgrade", true],
    ["that gains a version", crd("v1"), crd("v1", "v2"), "upgrade", true],
    ["that stays", crd("v1"), crd("v1"), "upgrade", true],
    ["of a service that was there before", crd("v1"), crd("v1", "v2"), "install", true],
    ["that would lose a version", crd("v1", "v2"), crd("v1"), "upgrade", false],
    ["in a downgrade", crd("v1", "v2"), crd("v1", "v2"), "downgrade", false],
    ["in a change of configuration", crd("v1"), crd("v1", "v2"), "configure", true],
  ])("%s", (_, live, wanted, direction, applied) => {
    expect(mayApply(live, wanted, direction)).toBe(applied);
  });
});
