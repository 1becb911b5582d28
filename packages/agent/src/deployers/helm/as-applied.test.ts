import { describe, expect, it } from "vitest";
import type { ManagedFieldsEntry } from "../../kube/mod.ts";
import { asApplied } from "./as-applied.ts";

const entry = (manager: string, operation: "Apply" | "Update", fieldsV1: object, subresource?: string): ManagedFieldsEntry => ({
  manager,
  operation,
  apiVersion: "v1",
  fieldsType: "FieldsV1",
  fieldsV1: { ...fieldsV1 },
  ...(subresource === undefined ? {} : { subresource }),
});

describe("fields that a manager has written by Update", () => {
  const agent = entry("portolan-agent", "Apply", { "f:data": { "f:a": {} } });
  const status = entry("helm", "Update", { "f:status": {} }, "status");
  const updated = entry("helm", "Update", { "f:data": { ".": {}, "f:old": {} } });

  it("count as applied, and all other entries stay", () => {
    expect(asApplied([agent, updated, status], "helm")).toEqual([agent, status, { ...updated, operation: "Apply" }]);
  });

  it("become a part of what was applied already", () => {
    const applied = entry("helm", "Apply", { "f:data": { "f:new": {} }, "f:metadata": {} });
    expect(asApplied([updated, applied], "helm")).toEqual([
      entry("helm", "Apply", { "f:data": { ".": {}, "f:old": {}, "f:new": {} }, "f:metadata": {} }),
    ]);
  });

  it("are none where it has only applied", () => {
    expect(asApplied([agent, status, entry("helm", "Apply", {})], "helm")).toBeUndefined();
  });
});
