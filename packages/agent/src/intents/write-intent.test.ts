import { describe, expect, it } from "vitest";
import { KubeClient } from "../kube/mod.ts";
import { json, ScriptedServer, status } from "../kube/testing/mod.ts";
import { API_VERSION, asServiceInstance, SERVICE_INSTANCE_KIND } from "../resources/mod.ts";
import type { IntentChange } from "./verdict.ts";
import { tryIntent, writeIntent } from "./write-intent.ts";

const named = { namespace: "apps", name: "one" };
const PATH = "/apis/portolan.dev/v1alpha1/namespaces/apps/serviceinstances/one";
const object = {
  apiVersion: API_VERSION,
  kind: SERVICE_INSTANCE_KIND,
  metadata: { ...named, uid: "u1", resourceVersion: "7" },
  spec: { service: "web", version: "1.0.0" },
};
const instance = asServiceInstance(object);
const create: IntentChange = { type: "Create", service: "web", version: "1.0.0", template: { config: { a: 1 }, labels: { team: "x" } } };

function server(): ScriptedServer {
  return new ScriptedServer().serves(API_VERSION, { [SERVICE_INSTANCE_KIND]: "serviceinstances" });
}
const write = (api: ScriptedServer, change: IntentChange, of: typeof instance | undefined = instance) =>
  writeIntent(new KubeClient({ transport: api.transport }), named, of, { change, intentId: "i1", acceptRisks: ["b", "a"] });

describe("what is written for an intent", () => {
  it("is a version over the very instance that was judged, by force, with what the intent accepts", async () => {
    const api = server().always(`PATCH ${PATH}`, json(200, object));
    expect(await write(api, { type: "Version", version: "2.0.0" })).toMatchObject({ outcome: "Written" });
    const [request] = api.seen(`PATCH ${PATH}`);
    expect(request?.query).toMatchObject({ fieldManager: "portolan-hub", force: "true" });
    expect(request?.body).toMatchObject({
      metadata: { uid: "u1", resourceVersion: "7", annotations: { "portolan.dev/intent": "i1", "portolan.dev/accepted-risks": "a,b" } },
      spec: { version: "2.0.0" },
    });
  });

  it("is a whole instance where there is none, and never by force: somebody may have made one since", async () => {
    const api = server().always(`PATCH ${PATH}`, json(201, object));
    await write(api, create, undefined);
    const [request] = api.seen(`PATCH ${PATH}`);
    expect(request?.query).not.toHaveProperty("force");
    expect(request?.body).toMatchObject({
      metadata: { labels: { team: "x" } },
      spec: { service: "web", version: "1.0.0", config: { a: 1 } },
    });
  });

  it("is nothing when the instance has changed since it was judged", async () => {
    const api = server()
      .always(`PATCH ${PATH}`, status(409, "Conflict", "changed"))
      .always(`DELETE ${PATH}`, status(409, "Conflict", "changed"));
    expect(await write(api, { type: "Version", version: "2.0.0" })).toEqual({ outcome: "Changed" });
    expect(await write(api, { type: "Delete" })).toEqual({ outcome: "Changed" });
  });

  it("is a deletion of what was judged, after what becomes of the service was written", async () => {
    const orphaning = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: "8" },
      spec: { ...object.spec, deletionPolicy: "Orphan" },
    };
    const api = server().always(`PATCH ${PATH}`, json(200, orphaning)).always(`DELETE ${PATH}`, json(200, orphaning));
    expect(await write(api, { type: "Delete", deletionPolicy: "Orphan" })).toEqual({ outcome: "Deleted" });
    expect(api.seen(`PATCH ${PATH}`)[0]?.body).toMatchObject({ spec: { deletionPolicy: "Orphan" } });
    expect(api.seen(`DELETE ${PATH}`)[0]?.body).toMatchObject({ preconditions: { uid: "u1", resourceVersion: "8" } });
  });
});

describe("a try", () => {
  it("stores nothing, and says nothing of a namespace that is not there", async () => {
    const api = server().answers(`PATCH ${PATH}`, json(200, object), status(404, "NotFound", "no namespace"));
    const client = new KubeClient({ transport: api.transport });
    expect(await tryIntent(client, named, instance, { type: "Template", template: {} })).toMatchObject({ spec: object.spec });
    expect(api.seen(`PATCH ${PATH}`)[0]?.query).toMatchObject({ dryRun: "All" });
    expect(await tryIntent(client, named, undefined, create)).toBeUndefined();
  });
});
