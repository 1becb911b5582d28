import { describe, expect, it } from "vitest";
import type { KubeObject, ManagedFieldsEntry } from "../kube/mod.ts";
import { changedFields, describeChanges } from "./changes.ts";

const metadata = { name: "web", namespace: "apps" };
const owner = (manager: string, fieldsV1: ManagedFieldsEntry["fieldsV1"] = {}, time = "2030-01-01T00:00:00Z"): ManagedFieldsEntry => ({
  manager,
  operation: "Update",
  apiVersion: "v1",
  time,
  fieldsV1,
});
const object = (spec: unknown, managedFields: readonly ManagedFieldsEntry[] = []): KubeObject => ({
  apiVersion: "v1",
  kind: "Thing",
  metadata: { ...metadata, managedFields },
  spec,
});

describe("what is not as it was applied", () => {
  it("is named by field, with the latest owner of each", () => {
    const fields = { "f:spec": { "f:a": {}, "f:list": { 'k:{"name":"x"}': { "f:image": {} } } } };
    const live = object({ a: 2, list: [{ name: "x", image: "live" }], more: true }, [
      owner("me", fields),
      owner("first", { "f:spec": { "f:a": {} } }, "2029-01-01T00:00:00Z"),
      owner("second", fields),
    ]);
    const applied = object({ a: 1, gone: { b: 1 }, list: [{ name: "x", image: "new" }], more: true });
    expect(changedFields(applied, live, "me")).toEqual([
      { pointer: "/spec/a", manager: "second" },
      { pointer: "/spec/list/0/image", manager: "second" },
      { pointer: "/spec/gone" },
    ]);
  });

  it("is a list as a whole when it has other items, and at most five fields", () => {
    expect(changedFields(object({ list: [1] }), object({ list: [1, 2] }), "me")).toEqual([{ pointer: "/spec/list" }]);
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`f${index}`, index]));
    expect(changedFields(object({}), object(many), "me")).toHaveLength(5);
  });

  it.each([
    [{ isMissing: true }, "missing"],
    [{ fields: [{ pointer: "/a", manager: "tug" }, { pointer: "/b" }] }, "/a (tug), /b"],
  ])("%j reads %s", (drift, text) => {
    expect(describeChanges({ apiVersion: "v1", kind: "Thing", name: "web", ...drift })).toBe(text);
  });
});
