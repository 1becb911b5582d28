import { describe, expect, it } from "vitest";
import type { ManagedFieldsEntry } from "../kube/mod.ts";
import { hasOtherStatusOwner } from "./put-status.ts";

const entry = (manager: string, operation: "Apply" | "Update", subresource?: string): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion: "portolan.dev/v1alpha1",
  ...(subresource === undefined ? {} : { subresource }),
});

describe("somebody else has written to a status", () => {
  it.each<[who: string, managedFields: readonly ManagedFieldsEntry[], expected: boolean]>([
    ["nobody", [entry("kubectl", "Apply"), entry("portolan-agent", "Apply", "status")], false],
    ["a person with kubectl", [entry("portolan-agent", "Apply", "status"), entry("kubectl-patch", "Update", "status")], true],
    ["a restore, in the agent's place", [entry("velero", "Update", "status")], true],
    ["the agent, which has replaced what others wrote", [entry("portolan-agent", "Update", "status")], true],
  ])("%s", (_who, managedFields, expected) => {
    const instance = { metadata: { name: "db", namespace: "shop", managedFields } };
    expect(hasOtherStatusOwner(instance)).toBe(expected);
  });
});
