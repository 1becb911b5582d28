import { describe, expect, it } from "vitest";
import { json, ScriptedServer, status } from "../kube/testing/mod.ts";
import { contextOf } from "../operation/context.fixture.ts";
import { runPatch } from "./patch.ts";

const target = { apiVersion: "v1", kind: "ConfigMap", name: "list" };
const path = "/api/v1/namespaces/apps/configmaps/list";
const done = { state: "done", object: "ConfigMap apps/list" };
const appends = [{ op: "add", path: "/data/items/-", value: "x" }];
const MARK = "patched.portolan.dev/applyset-x-v1";

const object = (annotations?: Readonly<Record<string, string>>) =>
  json(200, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace: "apps", name: "list", uid: "u", resourceVersion: "7", ...(annotations === undefined ? {} : { annotations }) },
  });
const server = (found = object()): ScriptedServer =>
  new ScriptedServer().serves("v1", { ConfigMap: "configmaps" }).always(`GET ${path}`, found).always(`PATCH ${path}`, object());
const contextAt = (api: ScriptedServer) => contextOf(api.transport, { step: 1, action: "before/append" });
const written = (api: ScriptedServer): unknown => api.seen(`PATCH ${path}`)[0]?.body;

describe("a JSON patch", () => {
  it("is written over what was read alone, and marks the object in the same write", async () => {
    const api = server();
    expect(await runPatch(contextAt(api), target, "json", appends)).toEqual(done);
    expect(written(api)).toEqual([
      { op: "replace", path: "/metadata/resourceVersion", value: "7" },
      { op: "add", path: "/metadata/annotations", value: {} },
      ...appends,
      { op: "add", path: "/metadata/annotations/patched.portolan.dev~1applyset-x-v1", value: "0a1b2c3d 1/before/append" },
    ]);
  });

  it("is not written again where the action has left its mark, other actions beside it or not", async () => {
    for (const marks of ["0a1b2c3d 1/before/append", "0a1b2c3d 0/before/append 1/before/append 1/before/other"]) {
      const api = server(object({ [MARK]: marks }));
      expect(await runPatch(contextAt(api), target, "json", appends)).toEqual(done);
      expect(api.seen(`PATCH ${path}`)).toEqual([]);
    }
  });

  it.each([
    [
      "another action of the operation, whose mark stays",
      { [MARK]: "0a1b2c3d 0/before/append" },
      "0a1b2c3d 0/before/append 1/before/append",
    ],
    ["another operation, whose marks are of no use any more", { [MARK]: "ffffffff 1/before/append" }, "0a1b2c3d 1/before/append"],
    ["another instance", { "patched.portolan.dev/applyset-y-v1": "0a1b2c3d 1/before/append" }, "0a1b2c3d 1/before/append"],
  ])("is written where the mark is of %s", async (_, annotations, value) => {
    const api = server(object(annotations));
    expect(await runPatch(contextAt(api), target, "json", appends)).toEqual(done);
    expect(written(api)).toEqual([
      { op: "replace", path: "/metadata/resourceVersion", value: "7" },
      ...appends,
      { op: "add", path: "/metadata/annotations/patched.portolan.dev~1applyset-x-v1", value },
    ]);
  });

  it("looks again when somebody else has written in between", async () => {
    const api = server().always(`PATCH ${path}`, status(409, "Conflict", "the object has been modified"));
    expect(await runPatch(contextAt(api), target, "json", appends)).toEqual({
      state: "waiting",
      message: "ConfigMap apps/list was changed while it was patched",
    });
  });

  it("waits for an object that is not there", async () => {
    const api = server(status(404, "NotFound", "not found", { name: "list", kind: "configmaps" }));
    expect(await runPatch(contextAt(api), target, "json", appends)).toEqual({
      state: "waiting",
      message: "ConfigMap.v1 apps/list does not exist",
    });
  });

  it("that is no list of operations is refused", async () => {
    const api = server();
    expect(await runPatch(contextAt(api), target, "json", { op: "add" })).toMatchObject({ state: "failed", reason: "InvalidPatch" });
    expect(api.seen(`PATCH ${path}`)).toEqual([]);
  });
});

describe("a merge patch", () => {
  it("is written as it is, as often as it is asked for", async () => {
    const api = server();
    expect(await runPatch(contextAt(api), target, "merge", { data: { a: "1" } })).toEqual(done);
    expect(await runPatch(contextAt(api), target, "merge", { data: { a: "1" } })).toEqual(done);
    expect(api.seen(`PATCH ${path}`).map(({ body }) => body)).toEqual([{ data: { a: "1" } }, { data: { a: "1" } }]);
  });
});
