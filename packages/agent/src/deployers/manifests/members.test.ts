import type { JsonObject } from "@portolan/shared/catalog";
import { describe, expect, it } from "vitest";
import { contextOf } from "../../operation/context.fixture.ts";
import { ScriptedServer, status } from "../../kube/testing/mod.ts";
import { DuplicateMemberError, membersOf } from "./members.ts";

const server = new ScriptedServer()
  .serves("v1", { ConfigMap: "configmaps", Service: "services", Namespace: "/namespaces" })
  .serves("apps/v1", { Deployment: "deployments" })
  .serves("apiextensions.k8s.io/v1", { CustomResourceDefinition: "/customresourcedefinitions" })
  .always("GET /apis/example.org/v1", status(404, "NotFound", "the server could not find the requested resource"));

async function members(...objects: readonly JsonObject[]) {
  const templates = objects.map((object, index) => ({ source: `m.yaml#${index + 1}`, object }));
  return await membersOf(contextOf(server.transport), { type: "manifests", objects: templates }, "1.2.3");
}

const object = (apiVersion: string, kind: string, name: string, more: JsonObject = {}): JsonObject => ({
  apiVersion,
  kind,
  metadata: { name, ...more },
});
const crd = (scope: string): JsonObject => ({
  ...object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "boats.example.org"),
  spec: { group: "example.org", scope, names: { kind: "Boat" } },
});

describe("the members of a version", () => {
  it("go into the target namespace unless they name one, and carry the ApplySet's labels beside their own", async () => {
    const [own, other, wide] = await members(
      object("v1", "ConfigMap", "a", { labels: { app: "x" } }),
      object("v1", "ConfigMap", "b", { namespace: "other" }),
      object("v1", "Namespace", "c", { namespace: "nonsense" }),
    ).then((all) => all.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)));
    expect(own?.metadata).toEqual({
      name: "a",
      namespace: "apps",
      annotations: { "portolan.dev/version": "1.2.3" },
      labels: { app: "x", "applyset.kubernetes.io/part-of": "applyset-x-v1", "portolan.dev/instance-id": "applyset-x-v1" },
    });
    expect(other?.metadata.namespace).toBe("other");
    expect(wide?.metadata).not.toHaveProperty("namespace");
  });

  it("are applied in an order in which what others need comes first, else as they were written", async () => {
    const all = await members(
      object("apps/v1", "Deployment", "z"),
      object("v1", "Service", "s"),
      object("apps/v1", "Deployment", "a"),
      object("v1", "ConfigMap", "c"),
      object("v1", "Namespace", "n"),
    );
    expect(all.map(({ metadata }) => metadata.name)).toEqual(["n", "c", "s", "z", "a"]);
  });

  it.each([
    ["Namespaced", "apps"],
    ["Cluster", undefined],
  ])("of a kind that a CRD among them defines (%s) need no server that knows it yet", async (scope, namespace) => {
    const [, boat] = await members(object("example.org/v1", "Boat", "b"), crd(scope));
    expect(boat).toMatchObject({ kind: "Boat", metadata: { name: "b" } });
    expect(boat?.metadata.namespace).toBe(namespace);
  });

  it("cannot be told of a kind that nobody knows", async () => {
    await expect(members(object("example.org/v1", "Boat", "b"))).rejects.toMatchObject({ reason: "NoKindMatch" });
  });

  it("are each there once, whichever version of the API names them", async () => {
    await expect(members(object("v1", "ConfigMap", "a"), object("v1", "ConfigMap", "a", { namespace: "apps" }))).rejects.toThrow(
      DuplicateMemberError,
    );
    await expect(members(object("v1", "ConfigMap", "a"), object("v1", "ConfigMap", "a", { namespace: "other" }))).resolves.toHaveLength(2);
  });
});
