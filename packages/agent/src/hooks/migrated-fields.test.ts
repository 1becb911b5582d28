import { describe, expect, it } from "vitest";
import type { ManagedFieldsEntry } from "../kube/mod.ts";
import { migratedFields } from "./migrated-fields.ts";

const entry = (manager: string, version: string, fields: object, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry => ({
  manager,
  operation: "Apply",
  apiVersion: `example.org/${version}`,
  fieldsType: "FieldsV1",
  fieldsV1: { ...fields },
  ...more,
});

describe("owners of fields", () => {
  it("are left when all have written in the version", () => {
    expect(migratedFields([entry("helm", "v2", { "f:spec": {} })], "example.org/v2")).toBeUndefined();
    expect(migratedFields([], "example.org/v2")).toBeUndefined();
  });

  it("stay the same, in the version that is stored", () => {
    const status = entry("controller", "v1", { "f:status": {} }, { operation: "Update", subresource: "status" });
    expect(migratedFields([entry("helm", "v1", { "f:spec": {} }), status], "example.org/v2")).toEqual([
      entry("helm", "v2", { "f:spec": {} }),
      { ...status, apiVersion: "example.org/v2" },
    ]);
  });

  it("that are there for several versions become one, with all of their fields", () => {
    const older = entry("kubectl", "v1", { "f:spec": { "f:a": {}, "f:b": {} } }, { operation: "Update", time: "2030-01-01T00:00:00Z" });
    const newer = entry("kubectl", "v2", { "f:spec": { "f:b": {}, "f:c": {} } }, { operation: "Update", time: "2030-01-02T00:00:00Z" });
    expect(migratedFields([newer, older], "example.org/v2")).toEqual([
      {
        ...older,
        apiVersion: "example.org/v2",
        time: "2030-01-02T00:00:00Z",
        fieldsV1: { "f:spec": { "f:a": {}, "f:b": {}, "f:c": {} } },
      },
    ]);
  });
});
