import { describe, expect, it } from "vitest";
import { json, ScriptedServer, status } from "../kube/testing/mod.ts";
import { contextOf } from "../operation/context.fixture.ts";
import { runDelete } from "./delete.ts";

const target = { apiVersion: "v1", kind: "ConfigMap", name: "old" };
const recorded = [{ apiVersion: "v1", kind: "ConfigMap", namespace: "apps", name: "old", uid: "uid-old" }];
const path = "/api/v1/namespaces/apps/configmaps/old";
const configMap = (uid: string, metadata: object = {}) =>
  json(200, { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "apps", name: "old", uid, ...metadata } });
const notFound = status(404, "NotFound", 'configmaps "old" not found', { name: "old", kind: "configmaps" });
const server = (): ScriptedServer => new ScriptedServer().serves("v1", { ConfigMap: "configmaps" });

describe("the delete hook", () => {
  it("first says by uid what it is going to delete, and deletes nothing before that is written", async () => {
    const api = server().always(`GET ${path}`, configMap("uid-old"));
    expect(await runDelete(contextOf(api.transport), target, "Background")).toEqual({ state: "record", objects: recorded });
    expect(api.requests.filter(({ method }) => method !== "GET")).toEqual([]);
  });

  it("then deletes exactly that", async () => {
    const api = server().always(`GET ${path}`, configMap("uid-old")).always(`DELETE ${path}`, json(200, {}));
    const outcome = await runDelete(contextOf(api.transport, { step: 0, recorded }), target, "Foreground");
    expect(outcome).toMatchObject({ state: "waiting" });
    expect(api.seen(`DELETE ${path}`)[0]?.body).toMatchObject({ preconditions: { uid: "uid-old" }, propagationPolicy: "Foreground" });
  });

  it("leaves alone what was made anew under the same name", async () => {
    const api = server().always(`GET ${path}`, configMap("uid-new"));
    const outcome = await runDelete(contextOf(api.transport, { step: 0, recorded }), target, "Background");
    expect(outcome).toEqual({ state: "done", object: "ConfigMap apps/old" });
    expect(api.requests.filter(({ method }) => method === "DELETE")).toEqual([]);
  });

  it("asks once, and waits for those that take their time", async () => {
    const api = server().always(`GET ${path}`, configMap("uid-old", { deletionTimestamp: "2030-01-01T00:00:00Z" }));
    const outcome = await runDelete(contextOf(api.transport, { step: 0, recorded }), target, "Background");
    expect(outcome).toEqual({ state: "waiting", message: "1 of 1 objects are still being deleted" });
    expect(api.requests.filter(({ method }) => method === "DELETE")).toEqual([]);
  });

  it.each([
    ["is gone by then", notFound],
    ["was replaced by then", status(409, "Conflict", "the UID in the precondition does not match")],
  ])("takes it as it is when an object %s", async (_, answer) => {
    const api = server().always(`GET ${path}`, configMap("uid-old")).always(`DELETE ${path}`, answer);
    expect(await runDelete(contextOf(api.transport, { step: 0, recorded }), target, "Background")).toMatchObject({ state: "waiting" });
  });

  it("is done when everything is gone, or nothing was there", async () => {
    const api = server().always(`GET ${path}`, notFound);
    expect(await runDelete(contextOf(api.transport, { step: 0, recorded }), target, "Background")).toEqual({
      state: "done",
      object: "ConfigMap apps/old",
    });
    expect(await runDelete(contextOf(api.transport), target, "Background")).toEqual({ state: "record", objects: [] });
    expect(await runDelete(contextOf(api.transport, { step: 0, recorded: [] }), target, "Background")).toEqual({
      state: "done",
      object: "no ConfigMap",
    });
  });

  it("refuses a selector that finds more than any step would delete", async () => {
    const items = Array.from({ length: 501 }, (_, index) => ({ metadata: { namespace: "apps", name: `x${index}`, uid: `u${index}` } }));
    const api = server().always(
      "GET /api/v1/namespaces/apps/configmaps",
      json(200, { kind: "PartialObjectMetadataList", metadata: { resourceVersion: "1" }, items }),
    );
    const outcome = await runDelete(contextOf(api.transport), { apiVersion: "v1", kind: "ConfigMap", labels: { app: "x" } }, "Background");
    expect(outcome).toMatchObject({ state: "failed", reason: "TooManyObjects", message: expect.stringContaining("found 501") });
    expect(api.seen("GET /api/v1/namespaces/apps/configmaps")[0]?.query).toMatchObject({ labelSelector: "app=x" });
  });
});
