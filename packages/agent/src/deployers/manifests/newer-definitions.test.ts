import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../kube/mod.ts";
import { annotations } from "../../resources/mod.ts";
import { isNewerDefinition } from "./newer-definitions.ts";

function definition(versions: readonly string[], mark?: string): KubeObject {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "buoys.example.org", ...(mark === undefined ? {} : { annotations: { [annotations.version]: mark } }) },
    spec: { versions: versions.map((name) => ({ name })) },
  };
}

describe("a definition in the cluster", () => {
  it.each<[what: string, live: KubeObject, wanted: KubeObject, newer: boolean]>([
    ["of a later version of the service is newer", definition(["v1"], "2.0.0"), definition(["v1"], "1.0.0"), true],
    ["of an earlier one is not", definition(["v1"], "1.0.0"), definition(["v1"], "2.0.0"), false],
    [
      "of an earlier one that drops versions is not",
      definition(["v1alpha2", "v1beta1", "v1"], "1.6.0"),
      definition(["v1"], "1.7.0"),
      false,
    ],
    ["of others with older versions is not", definition(["v1alpha2", "v1"]), definition(["v1"], "1.7.0"), false],
    ["of others with a later version is newer", definition(["v1", "v2"]), definition(["v1"], "1.7.0"), true],
    ["with a later one, whatever its mark says, is newer", definition(["v1", "v2"], "1.0.0"), definition(["v1"], "1.7.0"), true],
    ["with a beta beside v1 is not", definition(["v2beta1", "v1"]), definition(["v1"], "1.7.0"), false],
    ["with v10 is newer than v9", definition(["v10"]), definition(["v9"]), true],
    ["with v1beta2 is newer than v1beta1 and v2alpha1", definition(["v1beta2"]), definition(["v2alpha1", "v1beta1"]), true],
    ["with a version of another form is not", definition(["v1", "stable"]), definition(["v1"]), false],
    ["that gains versions is not", definition(["v1"]), definition(["v1", "v2"]), false],
    ["of which only the mark was read is not", { ...definition([]), spec: {} }, definition(["v1"], "1.0.0"), false],
  ])("%s", (_, live, wanted, newer) => {
    expect(isNewerDefinition(live, wanted)).toBe(newer);
  });
});
