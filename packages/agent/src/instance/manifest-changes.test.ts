import { describe, expect, it } from "vitest";
import type { KubeObject } from "../kube/mod.ts";
import { manifestChanges } from "./manifest-changes.ts";

const object = (name: string, value: string, namespace?: string): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  data: { secret: value },
});

describe("the difference between two renderings", () => {
  it("is counted, and told by name alone", () => {
    const before = [object("same", "1"), object("changed", "hunter2"), object("gone", "1")];
    const after = [object("same", "1", "apps"), object("changed", "hunter3"), object("new", "1")];
    expect(manifestChanges(before, [object("same", "1"), ...after.slice(1)], "apps")).toEqual({
      created: 1,
      changed: 1,
      deleted: 1,
      objects: ["- ConfigMap apps/gone", "+ ConfigMap apps/new", "~ ConfigMap apps/changed"],
    });
  });

  it("names as many as can be sent, and counts all", () => {
    const many = Array.from({ length: 50 }, (_, index) => object(`${"x".repeat(252)}${index}`, ""));
    const changes = manifestChanges([], many, "apps");
    expect([changes.created, changes.objects.length]).toEqual([50, 20]);
    expect(Math.max(...changes.objects.map(({ length }) => length))).toBeLessThanOrEqual(256);
  });
});
