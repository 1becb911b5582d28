/** Kinds that CustomResourceDefinitions among the objects of a plan will bring. Pure. */
import { listAt, stringAt, valueAt } from "../fields/mod.ts";
import { kindId, type KnownKind, type StepWork } from "./model.ts";

/** By {@link kindId}; of several steps that bring a kind the first one counts. */
export function broughtKinds(steps: readonly StepWork[]): ReadonlyMap<string, KnownKind> {
  const kinds = new Map<string, KnownKind>();
  for (const [broughtBy, { objects }] of steps.entries()) {
    for (const crd of objects.filter((object) => object.kind === "CustomResourceDefinition")) {
      const known = {
        plural: stringAt(crd, "spec", "names", "plural") ?? "",
        namespaced: stringAt(crd, "spec", "scope") === "Namespaced",
        broughtBy,
      };
      for (const version of listAt(crd, "spec", "versions")) {
        if (valueAt(version, "served") !== true) continue;
        const apiVersion = `${stringAt(crd, "spec", "group") ?? ""}/${stringAt(version, "name") ?? ""}`;
        const id = kindId({ apiVersion, kind: stringAt(crd, "spec", "names", "kind") ?? "" });
        if (!kinds.has(id)) kinds.set(id, known);
      }
    }
  }
  return kinds;
}
