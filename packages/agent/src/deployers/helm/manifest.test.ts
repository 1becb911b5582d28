import { describe, expect, it } from "vitest";
import { asHelmWrites, documentsOf, objectsOf, requireDistinct } from "./manifest.ts";

describe("the manifest of a release", () => {
  it("is read as helm reads YAML", () => {
    const [object] = objectsOf(
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {on: yes, time: 12:30:45, day: 2030-01-01, mode: 0644, count: 1e3}\n",
    );
    expect(object?.["data"]).toEqual({ true: true, time: "12:30:45", day: "2030-01-01", mode: 420, count: 1000 });
  });

  it("leaves out documents without an object, and takes lists apart", () => {
    const text =
      "---\n# only a comment\n---\nnull\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {name: a}}\n- {apiVersion: v1, kind: Service, metadata: {name: b}}\n";
    expect(objectsOf(text).map(({ metadata }) => metadata.name)).toEqual(["a", "b"]);
  });

  it("that is no YAML is refused without quoting it", () => {
    expect(() => objectsOf("a: hunter2: b\n")).toThrow(
      expect.objectContaining({ code: "ChartInvalid", message: expect.not.stringContaining("hunter2") }),
    );
  });

  it("is taken apart into its documents, each as it is written", () => {
    const first = "\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  text: |\n    ---\n    no end\n";
    const documents = documentsOf(`---${first}--- # next\n# only a comment\n`);
    expect(documents.map(({ object }) => object?.metadata.name)).toEqual([undefined, "a", undefined]);
    expect(documents[1]?.text).toBe(first);
  });

  it("is applied with helm's own marks", () => {
    const object = { apiVersion: "v1", kind: "Service", metadata: { name: "a", labels: { app: "a" } } };
    expect(asHelmWrites(object, { name: "web", namespace: "apps" }).metadata).toEqual({
      name: "a",
      labels: { app: "a", "app.kubernetes.io/managed-by": "Helm" },
      annotations: { "meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "apps" },
    });
  });
});

describe("requireDistinct", () => {
  const object = (kind: string, name: string, namespace?: string) => ({
    apiVersion: "v1",
    kind,
    metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  });

  it("lets different objects pass, also of one name", () => {
    const objects = [object("ConfigMap", "a"), object("Secret", "a"), object("ConfigMap", "a", "other")];
    expect(requireDistinct(objects, "apps")).toBe(objects);
  });

  it("refuses what would be made twice, by whatever namespace it is meant", () => {
    expect(() => requireDistinct([object("ConfigMap", "a"), object("ConfigMap", "a", "apps")], "apps")).toThrow(
      expect.objectContaining({ code: "DuplicateObject", message: expect.stringContaining("ConfigMap") }),
    );
  });
});
