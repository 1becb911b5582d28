import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../kube/mod.ts";
import { annotations } from "../../resources/mod.ts";
import { chartDefinitions, mayApply, storedVersionsWithout } from "./crds.ts";

function crd(versions: readonly string[], name = "buoys.example.org"): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name },
    spec: { versions: versions.map((version) => ({ name: version })) },
  };
}

describe("a CRD of a chart", () => {
  it.each<[what: string, live: KubeObject | undefined, wanted: KubeObject, direction: string, applied: boolean]>([
    ["that is missing", undefined, crd(["v1"]), "install", true],
    ["that is missing, in a downgrade", undefined, crd(["v1"]), "downgrade", true],
    ["that gains a version", crd(["v1"]), crd(["v1", "v2"]), "upgrade", true],
    ["that stays", crd(["v1"]), crd(["v1"]), "upgrade", true],
    ["of a service that was there before", crd(["v1"]), crd(["v1", "v2"]), "install", true],
    ["that loses an old version", crd(["v1beta1", "v1"]), crd(["v1"]), "upgrade", true],
    ["that others have brought in a later form", crd(["v1", "v2"]), crd(["v1"]), "upgrade", false],
    ["in a downgrade", crd(["v1", "v2"]), crd(["v1", "v2"]), "downgrade", false],
    ["in a change of configuration", crd(["v1"]), crd(["v1", "v2"]), "configure", true],
  ])("%s", (_, live, wanted, direction, applied) => {
    expect(mayApply(live, wanted, direction)).toBe(applied);
  });

  it("cannot drop versions in which objects are stored", () => {
    const live = { ...crd(["v1beta1", "v1"]), status: { storedVersions: ["v1beta1", "v1"] } };
    expect(storedVersionsWithout(live, crd(["v1"]))).toEqual(["v1beta1"]);
    expect(storedVersionsWithout({ ...live, status: { storedVersions: ["v1"] } }, crd(["v1"]))).toEqual([]);
  });

  it("counts where its values have it, in a folder or among the templates", () => {
    const shown = new Set(["in-folder", "of-a-subchart-that-is-off"]);
    const other: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "in-folder" } };
    const found = chartDefinitions(shown, [crd(["v1"], "in-folder"), other, crd(["v1"], "in-template")], "1.2.3");
    expect(found.inFolders.map(({ metadata }) => metadata.name)).toEqual(["in-folder"]);
    expect(found.inTemplates.map(({ metadata }) => metadata.name)).toEqual(["in-template"]);
    expect(found.inFolders[0]?.metadata.annotations).toEqual({ [annotations.version]: "1.2.3" });
  });
});
