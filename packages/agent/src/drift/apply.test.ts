import { describe, expect, it } from "vitest";
import { KubeClient } from "../kube/mod.ts";
import { json, ScriptedServer } from "../kube/testing/mod.ts";
import { applySettled } from "./apply.ts";

const PATH = "/apis/apps/v1/namespaces/apps/deployments/web";
const terms = { fieldManager: "portolan-agent", ignore: [] };
const rendered = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "apps" },
  spec: { replicas: 1, paused: true },
};

function live(manager: string, resourceVersion: string) {
  const entry = { manager, operation: "Update", subresource: "scale", fieldsV1: { "f:spec": { "f:replicas": {} } } };
  return { ...rendered, metadata: { ...rendered.metadata, resourceVersion, managedFields: [entry] } };
}

const conflict = (...causes: object[]) =>
  json(409, { kind: "Status", status: "Failure", code: 409, reason: "Conflict", message: "no", details: { causes } });
const ofFields = conflict({ reason: "FieldManagerConflict", message: "no", field: ".spec.replicas" });

function server() {
  const script = new ScriptedServer().serves("apps/v1", { Deployment: "deployments" });
  return { script, kube: new KubeClient({ transport: script.transport }) };
}

describe("an object that is applied", () => {
  it("takes one request when nobody else owns what it says, and is not forced", async () => {
    const { script, kube } = server();
    script.answers(`PATCH ${PATH}`, json(200, rendered));
    await applySettled(kube, rendered, terms);
    expect(script.seen(`PATCH ${PATH}`).map(({ query }) => query["force"])).toEqual([undefined]);
    expect(script.seen(`GET ${PATH}`)).toEqual([]);
  });

  it("takes back what another hand has changed", async () => {
    const { script, kube } = server();
    script.answers(`PATCH ${PATH}`, ofFields, json(200, rendered)).answers(`GET ${PATH}`, json(200, live("kubectl", "7")));
    await applySettled(kube, rendered, terms);
    expect(script.seen(`PATCH ${PATH}`)[1]).toMatchObject({ query: { force: "true" }, body: rendered });
  });

  it("leaves to others what is theirs, and only over what was looked at", async () => {
    const { script, kube } = server();
    script
      .answers(`PATCH ${PATH}`, ofFields, conflict(), json(200, rendered))
      .answers(`GET ${PATH}`, json(200, live("kube-controller-manager", "7")), json(200, live("kube-controller-manager", "8")));
    await applySettled(kube, rendered, terms);
    const [, first, second] = script.seen(`PATCH ${PATH}`).map(({ body }) => body);
    expect(first).toMatchObject({ metadata: { resourceVersion: "7" } });
    expect(second).toMatchObject({ metadata: { resourceVersion: "8" }, spec: { paused: true } });
    expect(second).not.toHaveProperty("spec.replicas");
  });

  it("is looked at first where a rule leaves a part of it alone, and is made as it is when it is not there", async () => {
    const { script, kube } = server();
    script
      .answers(`GET ${PATH}`, json(404, { kind: "Status", code: 404, reason: "NotFound", message: "no", details: { name: "web" } }))
      .answers(`PATCH ${PATH}`, json(201, rendered));
    await applySettled(kube, rendered, { ...terms, ignore: [{ pointers: ["/spec/replicas"] }] });
    expect(script.seen(`PATCH ${PATH}`).map(({ body }) => body)).toEqual([rendered]);
  });

  it("is given up when it changes under every look", async () => {
    const { script, kube } = server();
    script.always(`PATCH ${PATH}`, ofFields).always(`GET ${PATH}`, json(200, live("kube-controller-manager", "7")));
    await expect(applySettled(kube, rendered, terms)).rejects.toMatchObject({ reason: "Conflict" });
    expect(script.seen(`GET ${PATH}`)).toHaveLength(5);
  });
});
