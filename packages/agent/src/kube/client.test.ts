import { describe, expect, it } from "vitest";
import { KubeClient } from "./client.ts";
import { fieldConflicts, isConflict, isNoKindMatch, isTimeout, KubeError } from "./errors.ts";
import { hang, json, LiveWatch, ManualClock, refuse, ScriptedServer, settled, status, text } from "./testing/mod.ts";
import type { WatchEvent } from "./watch.ts";

const COLLECTION = "/api/v1/namespaces/shop/configmaps";
const OBJECT = `${COLLECTION}/web`;
const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "web" };
const stored = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "web", namespace: "shop", resourceVersion: "7" },
  data: { a: "1" },
};

function setUp(): { server: ScriptedServer; client: KubeClient; clock: ManualClock } {
  const clock = new ManualClock();
  const server = new ScriptedServer().serves("v1", { ConfigMap: "configmaps", Secret: "secrets", Namespace: "/namespaces" });
  return { server, clock, client: new KubeClient({ transport: server.transport, clock }) };
}

async function failure(promise: Promise<unknown>): Promise<KubeError> {
  const error: unknown = await promise.then(
    () => new Error("it succeeded"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof KubeError)) throw error;
  return error;
}

describe("a client that impersonates", () => {
  it("asks everything in the user's name, and knows the kinds that the other one has found", async () => {
    const { server } = setUp();
    const headers: (string | undefined)[] = [];
    const seeing = new KubeClient({
      transport: async (request) => {
        headers.push(request.headers["impersonate-user"]);
        return await server.transport(request);
      },
    });
    server.always(`GET ${OBJECT}`, json(200, stored));
    server.always(`DELETE ${OBJECT}`, json(200, stored));
    await seeing.get(ref);
    const account = seeing.impersonating("system:serviceaccount:shop:web");
    await account.get(ref);
    await account.delete(ref);
    await seeing.get(ref);
    const user = "system:serviceaccount:shop:web";
    expect(headers).toEqual([undefined, undefined, user, user, undefined]);
  });
});

describe("get", () => {
  it("finds the object's path by discovery, which it asks for once", async () => {
    const { server, client } = setUp();
    server.always(`GET ${OBJECT}`, json(200, stored));
    expect(await client.get(ref)).toEqual(stored);
    await client.get(ref);
    expect(server.seen("GET /api/v1")).toHaveLength(1);
  });

  it("asks what the server serves once for several who want to know at the same time", async () => {
    const { server, client } = setUp();
    server.always(`GET ${OBJECT}`, json(200, stored));
    await Promise.all([client.get(ref), client.get(ref), client.get(ref)]);
    expect(server.seen("GET /api/v1")).toHaveLength(1);

    const unknown = { apiVersion: "v1", kind: "Unicorn", name: "u" };
    const failures = await Promise.all([failure(client.get(unknown)), failure(client.get(unknown))]);
    expect(failures.map((error) => error.reason)).toEqual(["NoKindMatch", "NoKindMatch"]);
    expect(server.seen("GET /api/v1")).toHaveLength(2);
  });

  it("gives undefined for an object that is not there", async () => {
    const { server, client } = setUp();
    server.answers(`GET ${OBJECT}`, status(404, "NotFound", 'configmaps "web" not found', { name: "web", kind: "configmaps" }));
    expect(await client.get(ref)).toBeUndefined();
  });

  it("fails when the kind is not there, and finds it once it is", async () => {
    const { server, client } = setUp();
    const instance = { apiVersion: "portolan.dev/v1alpha1", kind: "ServiceInstance", namespace: "shop", name: "web" };
    server.answers("GET /apis/portolan.dev/v1alpha1", text(404, "404 page not found\n"));
    expect(isNoKindMatch(await failure(client.get(instance)))).toBe(true);

    server.serves("portolan.dev/v1alpha1", { ServiceInstance: "serviceinstances" });
    const path = "/apis/portolan.dev/v1alpha1/namespaces/shop/serviceinstances/web";
    server.answers(`GET ${path}`, json(200, { ...stored, apiVersion: instance.apiVersion, kind: instance.kind }));
    expect((await client.get(instance))?.kind).toBe("ServiceInstance");
  });

  it("learns anew what the server serves after a path that it gave is not served", async () => {
    const { server, client } = setUp();
    server.answers(`GET ${OBJECT}`, json(200, stored), text(404, "404 page not found\n"), json(200, stored));
    await client.get(ref);
    expect(isNoKindMatch(await failure(client.get(ref)))).toBe(true);
    await client.get(ref);
    expect(server.seen("GET /api/v1")).toHaveLength(2);
  });

  it("asks for metadata alone and gives it the kind's own name", async () => {
    const { server, client } = setUp();
    const partial = { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata", metadata: stored.metadata };
    server.answers(`GET ${OBJECT}`, json(200, partial));
    expect(await client.get(ref, { metadataOnly: true })).toEqual({ apiVersion: "v1", kind: "ConfigMap", metadata: stored.metadata });
    expect(server.seen(`GET ${OBJECT}`)[0]?.headers["accept"]).toContain("as=PartialObjectMetadata;");
  });

  it("leaves the namespace out of a cluster-scoped kind's path, and misses it in a namespaced kind's", async () => {
    const { server, client } = setUp();
    server.answers("GET /api/v1/namespaces/shop", json(200, { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }));
    expect((await client.get({ apiVersion: "v1", kind: "Namespace", namespace: "other", name: "shop" }))?.metadata.name).toBe("shop");
    expect((await failure(client.get({ apiVersion: "v1", kind: "ConfigMap", name: "web" }))).message).toContain("expected a namespace");
  });
});

describe("failures", () => {
  it.each([
    [401, "Unauthorized"],
    [403, "Forbidden"],
    [409, "Conflict"],
    [500, "InternalError"],
    [503, "ServiceUnavailable"],
  ])("%i becomes a KubeError that names what was asked", async (code, reason) => {
    const { server, client } = setUp();
    server.answers(`GET ${OBJECT}`, status(code, reason, "because"));
    const error = await failure(client.get(ref));
    expect(error).toMatchObject({ status: code, reason, detail: "because", request: "get ConfigMap.v1 shop/web" });
    expect(error.message).toBe(`get ConfigMap.v1 shop/web: because (${code} ${reason})`);
  });

  it("takes the reason from the status of an answer that is no Status", async () => {
    const { server, client } = setUp();
    server.answers(`GET ${OBJECT}`, text(503, "<html>upstream is away</html>"));
    expect(await failure(client.get(ref))).toMatchObject({
      status: 503,
      reason: "ServiceUnavailable",
      detail: "<html>upstream is away</html>",
    });
  });

  it("says how long a busy server wants to be left alone", async () => {
    const { server, client } = setUp();
    const busy = { kind: "Status", reason: "TooManyRequests", message: "slow down", code: 429 };
    server.answers(
      `GET ${OBJECT}`,
      json(429, busy, { "retry-after": "7" }),
      status(429, "TooManyRequests", "slow down", { retryAfterSeconds: 3 }),
    );
    expect((await failure(client.get(ref))).retryAfterMs).toBe(7_000);
    expect((await failure(client.get(ref))).retryAfterMs).toBe(3_000);
  });

  it("times out when the server hangs, also in the middle of its answer", async () => {
    const { server, client, clock } = setUp();
    const body = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"apiVersion":');
      await new Promise(() => {});
    };
    server.answers(`GET ${OBJECT}`, hang(), async () => ({ status: 200, headers: {}, body: body() }));
    for (const attempt of [failure(client.get(ref)), failure(client.get(ref))]) {
      await clock.advance(30_000);
      expect(isTimeout(await attempt)).toBe(true);
    }
    expect(clock.pendingTimers).toBe(0);
  });

  it("frees the connection of a request that timed out", async () => {
    const { server, client, clock } = setUp();
    let connection: AbortSignal | undefined;
    server.answers(`GET ${OBJECT}`, async (request) => {
      connection = request.signal;
      return await hang()(request);
    });
    const attempt = failure(client.get(ref));
    await clock.advance(29_999);
    expect(connection?.aborted).toBe(false);
    await clock.advance(1);
    expect(isTimeout(await attempt)).toBe(true);
    expect(connection?.aborted).toBe(true);
  });

  it("ends with the caller's own reason when the caller's signal is aborted", async () => {
    const { server, client, clock } = setUp();
    server.answers(`GET ${OBJECT}`, hang());
    const caller = new AbortController();
    const call = client.get(ref, { signal: caller.signal });
    await settled();
    const reason = new Error("enough");
    caller.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });

  it("reports a refused connection and an answer that is no JSON", async () => {
    const { server, client } = setUp();
    server.answers(`GET ${OBJECT}`, refuse(), text(200, "hello"));
    expect(await failure(client.get(ref))).toMatchObject({ status: 0, reason: "ConnectionFailed" });
    expect(await failure(client.get(ref))).toMatchObject({ reason: "MalformedResponse" });
  });

  it("does not repeat what the server says about a Secret's content", async () => {
    const { server, client } = setUp();
    const causes = [{ reason: "FieldValueInvalid", message: 'Invalid value: "hunter2"', field: "data[password]" }];
    const refusal = status(422, "Invalid", 'Secret "db" is invalid: data[password]: Invalid value: "hunter2"', { name: "db", causes });
    server.answers("POST /api/v1/namespaces/shop/secrets", refusal);
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "db", namespace: "shop" }, data: { password: "hunter2" } };
    const error = await failure(client.create(secret));
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain("hunter2");
    expect(error.message).toContain("data[password] FieldValueInvalid");
  });
});

describe("list", () => {
  const page = (names: readonly string[], next?: string): unknown => ({
    kind: "ConfigMapList",
    apiVersion: "v1",
    metadata: { resourceVersion: "40", ...(next === undefined ? {} : { continue: next }) },
    items: names.map((name) => ({ metadata: { name, namespace: "shop" } })),
  });

  it("puts the pages together and gives every item its kind", async () => {
    const { server, client } = setUp();
    server.answers(`GET ${COLLECTION}`, json(200, page(["a", "b"], "t1")), json(200, page(["c"], "")));
    const { items, resourceVersion } = await client.list("v1", "ConfigMap", {
      namespace: "shop",
      labelSelector: "app in (x, y)",
      pageSize: 2,
    });
    expect(items.map((item) => `${item.apiVersion} ${item.kind} ${item.metadata.name}`)).toEqual([
      "v1 ConfigMap a",
      "v1 ConfigMap b",
      "v1 ConfigMap c",
    ]);
    expect(resourceVersion).toBe("40");
    expect(server.seen(`GET ${COLLECTION}`).map((request) => request.query)).toEqual([
      { labelSelector: "app in (x, y)", limit: "2" },
      { labelSelector: "app in (x, y)", limit: "2", continue: "t1" },
    ]);
  });

  it("reads everything in one piece when the pages' state got too old", async () => {
    const { server, client } = setUp();
    server.answers(`GET ${COLLECTION}`, json(200, page(["a"], "t1")), status(410, "Expired", "too old"), json(200, page(["a", "b"])));
    const { items } = await client.list("v1", "ConfigMap", { namespace: "shop" });
    expect(items.map((item) => item.metadata.name)).toEqual(["a", "b"]);
    expect(server.seen(`GET ${COLLECTION}`)[2]?.query).toEqual({});
  });

  it("takes Go's null for no items, and anything else for a mistake", async () => {
    const { server, client } = setUp();
    server.answers(
      "GET /api/v1/configmaps",
      json(200, { metadata: { resourceVersion: "1" }, items: null }),
      json(200, { metadata: {}, items: [] }),
    );
    expect((await client.list("v1", "ConfigMap")).items).toEqual([]);
    expect((await failure(client.list("v1", "ConfigMap"))).reason).toBe("MalformedResponse");
  });
});

describe("writes", () => {
  it("applies with manager, force and dry run, and without managedFields", async () => {
    const { server, client } = setUp();
    server.answers(`PATCH ${OBJECT}`, json(200, stored));
    const object = { ...stored, metadata: { name: "web", namespace: "shop", managedFields: [] } };
    await client.apply(object, { fieldManager: "portolan-agent", force: true, dryRun: true });
    expect(server.seen(`PATCH ${OBJECT}`)[0]).toMatchObject({
      query: { fieldManager: "portolan-agent", force: "true", dryRun: "All" },
      headers: { "content-type": "application/apply-patch+yaml" },
      body: { ...stored, metadata: { name: "web", namespace: "shop" } },
    });
  });

  it("names the managers and fields of an apply conflict", async () => {
    const { server, client } = setUp();
    const causes = [{ reason: "FieldManagerConflict", message: 'conflict with "kubectl-edit" using v1', field: ".data.a" }];
    server.answers(`PATCH ${OBJECT}/status`, status(409, "Conflict", "Apply failed with 1 conflict", { causes }));
    const error = await failure(client.applyStatus(stored, { fieldManager: "portolan-agent" }));
    expect(isConflict(error)).toBe(true);
    expect(fieldConflicts(error)).toEqual(causes);
  });

  it("patches with the content type of the patch", async () => {
    const { server, client } = setUp();
    server.always(`PATCH ${OBJECT}`, json(200, stored));
    await client.patch(ref, { type: "merge", patch: { data: { a: null } } });
    await client.patch(ref, { type: "json", patch: [{ op: "remove", path: "/data/a" }] }, { fieldManager: "m" });
    expect(server.seen(`PATCH ${OBJECT}`).map(({ headers, body, query }) => [headers["content-type"], body, query])).toEqual([
      ["application/merge-patch+json", { data: { a: null } }, {}],
      ["application/json-patch+json", [{ op: "remove", path: "/data/a" }], { fieldManager: "m" }],
    ]);
  });

  it("deletes with preconditions, and says when there was nothing to delete", async () => {
    const { server, client } = setUp();
    const gone = status(404, "NotFound", 'configmaps "web" not found', { name: "web" });
    server.answers(
      `DELETE ${OBJECT}`,
      json(200, { kind: "Status", status: "Success" }),
      gone,
      status(409, "Conflict", "the UID in the precondition"),
    );
    expect(await client.delete(ref, { uid: "u1", propagation: "Foreground" })).toBe(true);
    expect(await client.delete(ref)).toBe(false);
    expect(isConflict(await failure(client.delete(ref, { uid: "u1" })))).toBe(true);
    expect(server.seen(`DELETE ${OBJECT}`)[0]?.body).toEqual({
      apiVersion: "v1",
      kind: "DeleteOptions",
      preconditions: { uid: "u1" },
      propagationPolicy: "Foreground",
    });
  });

  it("creates in the collection and replaces in place", async () => {
    const { server, client } = setUp();
    server.answers(`POST ${COLLECTION}`, json(201, stored)).answers(`PUT ${OBJECT}/status`, json(200, stored));
    expect(await client.create(stored, { fieldValidation: "Strict" })).toEqual(stored);
    await client.replace(stored, { subresource: "status" });
    expect(server.seen(`POST ${COLLECTION}`)[0]?.query).toEqual({ fieldValidation: "Strict" });
  });
});

describe("watch", () => {
  const event = (type: string, name: string, resourceVersion: string): unknown => ({
    type,
    object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "shop", resourceVersion } },
  });

  function watching(
    options: { signal?: AbortSignal } = {},
  ): ReturnType<typeof setUp> & { watch: LiveWatch; events: WatchEvent[]; done: Promise<unknown> } {
    const context = setUp();
    const watch = new LiveWatch();
    context.server.answers(`GET ${COLLECTION}`, watch.answer);
    const events: WatchEvent[] = [];
    const read = async (): Promise<void> => {
      for await (const found of context.client.watch("v1", "ConfigMap", { namespace: "shop", resourceVersion: "40", ...options }))
        events.push(found);
    };
    const done = read().then(
      () => "ended",
      (error: unknown) => error,
    );
    return { ...context, watch, events, done };
  }

  it("gives events and bookmarks as they come, and returns when the server ends it", async () => {
    const { server, watch, events, done } = watching();
    await settled();
    watch.send(event("ADDED", "a", "41"));
    await settled();
    expect(events).toHaveLength(1);
    watch.send(event("DELETED", "a", "42"), { type: "BOOKMARK", object: { kind: "ConfigMap", metadata: { resourceVersion: "50" } } });
    watch.end();
    expect(await done).toBe("ended");
    expect(events.map((found) => found.type)).toEqual(["ADDED", "DELETED", "BOOKMARK"]);
    expect(events[2]).toEqual({ type: "BOOKMARK", resourceVersion: "50" });
    expect(server.seen(`GET ${COLLECTION}`)[0]?.query).toEqual({ watch: "true", allowWatchBookmarks: "true", resourceVersion: "40" });
  });

  it("puts an event together that comes in pieces, cut within a character", async () => {
    const { watch, events } = watching();
    const bytes = Buffer.from(`${JSON.stringify({ type: "ADDED", object: { metadata: { name: "a", labels: { city: "Zürich" } } } })}\n`);
    const middle = bytes.indexOf(0xc3) + 1;
    await settled();
    watch.sendBytes(bytes.subarray(0, middle));
    await settled();
    expect(events).toEqual([]);
    watch.sendBytes(bytes.subarray(middle));
    await settled();
    expect(events[0]).toMatchObject({ object: { metadata: { labels: { city: "Zürich" } } } });
  });

  it("fails when it is cut in the middle of a line, after giving what was whole", async () => {
    const { watch, events, done } = watching();
    watch.send(event("ADDED", "a", "41"));
    watch.sendBytes(Buffer.from('{"type":"ADD'));
    watch.end();
    expect(await done).toMatchObject({ reason: "ConnectionFailed", status: 0 });
    expect(events).toHaveLength(1);
  });

  it("fails with what an ERROR event says", async () => {
    const { watch, done } = watching();
    watch.send({ type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" } });
    expect(await done).toMatchObject({ status: 410, reason: "Expired", message: expect.stringContaining("watch ConfigMap.v1 in shop") });
  });

  it("fails on what is no event without quoting it", async () => {
    const { watch, done } = watching();
    watch.sendBytes(Buffer.from("hunter2\n"));
    const error = await done;
    expect(error).toMatchObject({ reason: "MalformedResponse" });
    expect(String(error)).not.toContain("hunter2");
  });

  it("gives up on a server that falls silent, counting from the last sign of life", async () => {
    const { clock, watch, done } = watching();
    await clock.advance(80_000);
    watch.send(event("ADDED", "a", "41"));
    await clock.advance(80_000);
    expect(watch.isOpen).toBe(true);
    await clock.advance(10_000);
    expect(await done).toMatchObject({ reason: "Inactive" });
    expect(watch.isOpen).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  it("ends at the caller's signal while it waits, and frees the connection", async () => {
    const caller = new AbortController();
    const { watch, done, clock } = watching({ signal: caller.signal });
    await settled();
    const reason = new Error("enough");
    caller.abort(reason);
    expect(await done).toBe(reason);
    expect(watch.isOpen).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  it("ends at the caller's signal also when the connection does not heed it", async () => {
    const { server, client, clock } = setUp();
    const deaf = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from(`${JSON.stringify(event("ADDED", "a", "41"))}\n`);
      await new Promise(() => {});
    };
    server.answers(`GET ${COLLECTION}`, async () => ({ status: 200, headers: {}, body: deaf() }));
    const caller = new AbortController();
    const events = client.watch("v1", "ConfigMap", { namespace: "shop", resourceVersion: "40", signal: caller.signal });
    await events.next();
    const next = events.next();
    await settled();
    caller.abort(new Error("enough"));
    await expect(next).rejects.toThrow("enough");
    expect(clock.pendingTimers).toBe(0);
  });

  it("times out when the server does not open it", async () => {
    const { server, client, clock } = setUp();
    server.answers(`GET ${COLLECTION}`, hang());
    const first = failure(client.watch("v1", "ConfigMap", { namespace: "shop", resourceVersion: "1" }).next());
    await clock.advance(30_000);
    expect(isTimeout(await first)).toBe(true);
  });
});
