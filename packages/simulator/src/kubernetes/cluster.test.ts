import type { KubeMethod, KubeResponse } from "@portolan/agent/kube";
import type { IncomingMessage } from "node:http";
import { get, type RequestOptions } from "node:https";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createEmbeddedCluster, type EmbeddedCluster, type EmbeddedClusterOptions } from "./mod.ts";

const MAPS = "/api/v1/namespaces/default/configmaps";

const open: EmbeddedCluster[] = [];

function cluster(options: Partial<EmbeddedClusterOptions> = {}): EmbeddedCluster {
  const created = createEmbeddedCluster({ name: "test", ...options });
  open.push(created);
  return created;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map(async (each) => each.close()));
});

async function text(response: KubeResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** The value at a dotted path of an answer; of lists, at every item of `*`. */
function at({ body }: Answer, path: string): unknown {
  const walk = (value: unknown, names: readonly string[]): unknown => {
    const [name, ...rest] = names;
    if (name === undefined) return value;
    if (name === "*") return Array.isArray(value) ? value.map((item: unknown) => walk(item, rest)) : undefined;
    return typeof value === "object" && value !== null ? walk(Reflect.get(value, name), rest) : undefined;
  };
  return walk(body, path.split("."));
}

async function call(
  target: EmbeddedCluster,
  method: KubeMethod,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await target.transport({
    method,
    path,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: unknown = JSON.parse(await text(response));
  return { status: response.status, body: answer };
}

const map = (name: string, data: Record<string, string> = {}): unknown => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data,
});

/** Reads so many events of a watch. */
async function events(response: KubeResponse, count: number): Promise<unknown[]> {
  const seen: unknown[] = [];
  let rest = "";
  for await (const chunk of response.body) {
    const lines = (rest + Buffer.from(chunk).toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) seen.push(JSON.parse(line));
    if (seen.length >= count) break;
  }
  return seen;
}

describe("an embedded cluster", () => {
  it("keeps no timer while nobody does anything", async () => {
    vi.useFakeTimers();
    try {
      const target = cluster({ nodes: 2 });
      await call(target, "POST", MAPS, map("a"));
      await vi.runAllTimersAsync();
      expect(vi.getTimerCount()).toBe(0);
      const abort = new AbortController();
      const watch = await target.transport({ method: "GET", path: `${MAPS}?watch=true`, headers: {}, signal: abort.signal });
      expect(vi.getTimerCount()).toBe(1);
      abort.abort(new Error("enough"));
      await expect(text(watch)).rejects.toThrow("enough");
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("is apart from the other clusters of the process", async () => {
    const [one, two] = [cluster(), cluster()];
    await call(one, "POST", MAPS, map("a"));
    expect(await call(two, "GET", `${MAPS}/a`)).toMatchObject({ status: 404 });
  });

  it("does not write what an apply of another time does not change", async () => {
    let now = Date.UTC(2026, 0, 1);
    const target = cluster({ now: () => now });
    const path = `${MAPS}/a?fieldManager=one`;
    const headers = { "content-type": "application/apply-patch+yaml" };
    const first = await call(target, "PATCH", path, map("a", { x: "1" }), headers);
    now += 5_000;
    expect(await call(target, "PATCH", path, map("a", { x: "1" }), headers)).toMatchObject({ body: first.body });
    const changed = await call(target, "PATCH", path, map("a", { x: "2" }), headers);
    expect(at(changed, "metadata.managedFields.*.time")).toStrictEqual(["2026-01-01T00:00:05Z"]);
  });

  it("shortens the grace of a pod that is being deleted, and does not lengthen it", async () => {
    const target = cluster();
    const pod = "/api/v1/namespaces/default/pods/p";
    const spec = { nodeName: "node-0", containers: [{ name: "c", image: "i" }] };
    await call(target, "POST", "/api/v1/namespaces/default/pods", { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec });
    const first = await call(target, "DELETE", `${pod}?gracePeriodSeconds=20`);
    expect(at(first, "metadata.deletionGracePeriodSeconds")).toBe(20);
    expect((await call(target, "DELETE", `${pod}?gracePeriodSeconds=60`)).body).toStrictEqual(first.body);
    expect(at(await call(target, "DELETE", `${pod}?gracePeriodSeconds=5`), "metadata.deletionGracePeriodSeconds")).toBe(5);
    expect(await call(target, "DELETE", `${pod}?gracePeriodSeconds=0`)).toMatchObject({ body: { kind: "Pod" } });
    expect(await call(target, "GET", pod)).toMatchObject({ status: 404 });
  });

  it("tells as a pod's log what its annotation says", async () => {
    const target = cluster();
    const annotations = { "portolan.test/log": "one\ntwo\nthree\n" };
    const spec = { nodeName: "node-0", containers: [{ name: "c", image: "i" }] };
    await call(target, "POST", "/api/v1/namespaces/default/pods", {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", annotations },
      spec,
    });
    const log = async (query: string): Promise<string> =>
      await text(await target.transport({ method: "GET", path: `/api/v1/namespaces/default/pods/p/log${query}`, headers: {} }));
    expect(await log("")).toBe("one\ntwo\nthree\n");
    expect(await log("?container=c&tailLines=2")).toBe("two\nthree\n");
    expect(await log("?tailLines=0")).toBe("");
    expect(await log("?tailLines=2&limitBytes=5")).toBe("two\nt");
  });

  it("says which version it is", async () => {
    expect((await call(cluster({ version: "v1.34.2" }), "GET", "/version")).body).toMatchObject({
      gitVersion: "v1.34.2",
      major: "1",
      minor: "34",
    });
  });

  it.each<[string, KubeMethod, string, unknown, Record<string, string>]>([
    ["the exec subresource of pods", "GET", "/api/v1/namespaces/default/pods/x/exec", undefined, {}],
    ["the parameter follow of logs", "GET", "/api/v1/namespaces/default/pods/x/log?follow=true", undefined, {}],
    ["OpenAPI v2", "GET", "/openapi/v2", undefined, {}],
  ])("refuses %s by 501", async (what, method, path, body, headers) => {
    const target = cluster();
    await call(target, "POST", MAPS, map("a"));
    expect(await call(target, method, path, body, headers)).toMatchObject({
      status: 501,
      body: { kind: "Status", reason: "NotImplemented", message: `the embedded Kubernetes API does not implement ${what}` },
    });
  });

  it("refuses definitions with rules that it cannot evaluate, and conversion webhooks", async () => {
    const definition = (schema: unknown, conversion?: unknown): unknown => ({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "foos.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "foos", kind: "Foo" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
        ...(conversion === undefined ? {} : { conversion }),
      },
    });
    const target = cluster();
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    const ruled = { type: "object", "x-kubernetes-validations": [{ rule: "url(self.x).getHost() == ''" }] };
    expect(await call(target, "POST", path, definition(ruled))).toMatchObject({ status: 501 });
    const webhook = { strategy: "Webhook", webhook: { conversionReviewVersions: ["v1"] } };
    expect(await call(target, "POST", path, definition({ type: "object" }, webhook))).toMatchObject({ status: 501 });
  });

  it("refuses members that JavaScript cannot hold", async () => {
    const target = cluster();
    const response = await target.transport({
      method: "POST",
      path: MAPS,
      headers: { "content-type": "application/json" },
      body: '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"__proto__":"x"}}',
    });
    expect(response.status).toBe(501);
    expect(await call(target, "POST", MAPS, map("a", { constructor: "x", toString: "y" }))).toMatchObject({
      status: 201,
      body: { data: { constructor: "x", toString: "y" } },
    });
  });

  it("answers with 410 once its history is over", async () => {
    const target = cluster({ historyLimit: 2 });
    const first = await call(target, "POST", MAPS, map("a"));
    const resourceVersion = String(at(first, "metadata.resourceVersion"));
    for (let n = 0; n < 10; n += 1) await call(target, "PUT", `${MAPS}/a`, map("a", { n: String(n) }));
    const watch = await target.transport({ method: "GET", path: `${MAPS}?watch=true&resourceVersion=${resourceVersion}`, headers: {} });
    expect(await events(watch, 1)).toMatchObject([
      { type: "ERROR", object: { code: 410, reason: "Expired", message: expect.stringContaining("too old resource version") } },
    ]);
    expect(await call(target, "GET", `${MAPS}?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`)).toMatchObject({
      status: 410,
    });
  });

  it("pages through one revision, and refuses to go on when that is forgotten", async () => {
    const target = cluster();
    for (const name of ["a", "b", "c"]) await call(target, "POST", MAPS, map(name));
    const page = await call(target, "GET", `${MAPS}?limit=2`);
    expect(at(page, "items.*.metadata.name")).toStrictEqual(["a", "b"]);
    await call(target, "DELETE", `${MAPS}/c`);
    const next = await call(target, "GET", `${MAPS}?limit=2&continue=${String(at(page, "metadata.continue"))}`);
    expect(at(next, "items.*.metadata.name")).toStrictEqual(["c"]);
    expect(at(next, "metadata.resourceVersion")).toBe(at(page, "metadata.resourceVersion"));
    target.compact();
    expect(await call(target, "GET", `${MAPS}?limit=2&continue=${String(at(page, "metadata.continue"))}`)).toMatchObject({
      status: 410,
      body: { reason: "Expired" },
    });
  });

  it("a resourceVersion of the future is waited for in vain", async () => {
    expect(await call(cluster(), "GET", `${MAPS}?resourceVersion=999999&resourceVersionMatch=NotOlderThan`)).toMatchObject({
      status: 504,
      body: { reason: "Timeout" },
    });
  });

  it("tells watches that ask for it where they are", async () => {
    const target = cluster({ bookmarkIntervalMs: 5 });
    const watch = await target.transport({
      method: "GET",
      path: `${MAPS}?watch=true&allowWatchBookmarks=true&labelSelector=none`,
      headers: {},
    });
    await call(target, "POST", MAPS, map("a"));
    // The first bookmark says that the initial events are over.
    const [, bookmark] = await events(watch, 2);
    const list = await call(target, "GET", MAPS);
    expect(bookmark).toMatchObject({
      type: "BOOKMARK",
      object: { kind: "ConfigMap", metadata: { resourceVersion: at(list, "metadata.resourceVersion") } },
    });
  });

  it("ends a watch after its time, and when its client leaves", async () => {
    const target = cluster();
    const timed = await target.transport({ method: "GET", path: `${MAPS}?watch=true&timeoutSeconds=0.01`, headers: {} });
    expect(await text(timed)).toBe("");
    const abort = new AbortController();
    const watch = await target.transport({ method: "GET", path: `${MAPS}?watch=true`, headers: {}, signal: abort.signal });
    const ended = text(watch);
    abort.abort(new Error("enough"));
    await expect(ended).rejects.toThrow("enough");
  });

  it("deletes Jobs that have ended when their time is up", async () => {
    const target = cluster({ delays: { jobMs: 1 } });
    const spec = { ttlSecondsAfterFinished: 0, template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } };
    const jobs = "/apis/batch/v1/namespaces/default/jobs";
    await call(target, "POST", jobs, { apiVersion: "batch/v1", kind: "Job", metadata: { name: "j" }, spec });
    await expect.poll(async () => (await call(target, "GET", `${jobs}/j`)).status).toBe(404);
  });

  it("runs pods on its nodes, and takes claims for bound", async () => {
    const target = cluster({ delays: { workloadReadyMs: 1 } });
    const pods = "/api/v1/namespaces/default/pods";
    const spec = { containers: [{ name: "c", image: "i" }] };
    await call(target, "POST", pods, { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec });
    await expect
      .poll(async () => (await call(target, "GET", `${pods}/p`)).body)
      .toMatchObject({ spec: { nodeName: "node-0" }, status: { phase: "Running" } });
    expect(await call(target, "DELETE", `${pods}/p`)).toMatchObject({
      status: 200,
      body: { metadata: { deletionGracePeriodSeconds: 30 } },
    });
    await expect.poll(async () => (await call(target, "GET", `${pods}/p`)).status).toBe(404);

    const claims = "/api/v1/namespaces/default/persistentvolumeclaims";
    const resources = { requests: { storage: "1Gi" } };
    await call(target, "POST", claims, {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "c" },
      spec: { accessModes: ["ReadWriteOnce"], resources },
    });
    await expect
      .poll(async () => at(await call(target, "GET", `${claims}/c`), "status"))
      .toMatchObject({ phase: "Bound", capacity: { storage: "1Gi" } });
    await call(target, "DELETE", `${claims}/c`);
    await expect.poll(async () => (await call(target, "GET", `${claims}/c`)).status).toBe(404);
  });

  it("keeps old pods of a Deployment available while new ones never become ready", async () => {
    const target = cluster({ delays: { workloadReadyMs: 1 } });
    const path = "/apis/apps/v1/namespaces/default/deployments";
    const template = (annotations: Record<string, string>): unknown => ({
      metadata: { labels: { a: "b" }, annotations },
      spec: { containers: [{ name: "c", image: "i" }] },
    });
    const spec = { replicas: 4, selector: { matchLabels: { a: "b" } }, template: template({}) };
    await call(target, "POST", path, { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" }, spec });
    await expect.poll(async () => at(await call(target, "GET", `${path}/d`), "status.readyReplicas")).toBe(4);
    await call(
      target,
      "PATCH",
      `${path}/d`,
      { spec: { template: template({ "portolan.test/never-ready": "true" }) } },
      { "content-type": "application/merge-patch+json" },
    );
    await expect.poll(async () => at(await call(target, "GET", `${path}/d`), "status.observedGeneration")).toBe(2);
    expect(at(await call(target, "GET", `${path}/d`), "status")).toMatchObject({
      replicas: 5,
      updatedReplicas: 2,
      readyReplicas: 3,
      unavailableReplicas: 2,
    });
  });
});

describe("a port of an embedded cluster", () => {
  it("serves the same API over HTTP, with a kubeconfig", async () => {
    const target = cluster();
    const port = await target.listen();
    const created = await fetch(`${port.url}${MAPS}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(map("a")),
    });
    expect(created.status).toBe(201);
    expect(await call(target, "GET", `${MAPS}/a`)).toMatchObject({ status: 200 });
    expect(JSON.parse(port.kubeconfig)).toMatchObject({ clusters: [{ cluster: { server: port.url } }] });
    expect((await fetch(`${port.url}/nowhere`)).status).toBe(404);
    expect((await fetch(`${port.url}/api`, { method: "OPTIONS" })).status).toBe(405);
    await port.close();
    await expect(fetch(port.url)).rejects.toThrow("fetch failed");
  });

  it("speaks TLS, with a certificate that its kubeconfig vouches for", async () => {
    const port = await cluster().listen({ tls: true });
    const [, authority = ""] = /"certificate-authority-data": "([^"]+)"/u.exec(port.kubeconfig) ?? [];
    const ask = async (options: RequestOptions): Promise<number | undefined> => {
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
      get(`${port.url}${MAPS}`, options, resolve).once("error", reject);
      const answer = await promise;
      answer.destroy();
      return answer.statusCode;
    };
    expect(await ask({ ca: Buffer.from(authority, "base64") })).toBe(200);
    await expect(ask({})).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  });

  it("streams watches, and lets go of them when the client leaves", async () => {
    const target = cluster();
    const port = await target.listen();
    const abort = new AbortController();
    const watch = await fetch(`${port.url}${MAPS}?watch=true`, { signal: abort.signal });
    await call(target, "POST", MAPS, map("a"));
    const first = await watch.body?.getReader().read();
    expect(Buffer.from(first?.value ?? []).toString("utf8")).toContain('"ADDED"');
    abort.abort();
    await port.close();
  });

  it("a port that is taken is told by its error", async () => {
    const port = await cluster().listen();
    await expect(cluster().listen({ port: Number(new URL(port.url).port) })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

describe("faults", () => {
  it("answer in place of the cluster, so many times", async () => {
    const target = cluster();
    target.faults.add({ match: ({ path }) => path === MAPS, respond: { status: 429, headers: { "retry-after": "1" } }, times: 2 });
    const failed = await target.transport({ method: "GET", path: MAPS, headers: {} });
    expect(failed).toMatchObject({ status: 429, headers: { "retry-after": "1" } });
    expect(JSON.parse(await text(failed))).toMatchObject({ kind: "Status", reason: "TooManyRequests", code: 429 });
    expect(await call(target, "GET", `${MAPS}?limit=1`)).toMatchObject({ status: 200 });
    expect(await call(target, "GET", MAPS)).toMatchObject({ status: 429 });
    expect(await call(target, "GET", MAPS)).toMatchObject({ status: 200 });
  });

  it("hang until the client gives up", async () => {
    const target = cluster();
    target.faults.add({ match: () => true, respond: "hang" });
    const request = target.transport({ method: "GET", path: MAPS, headers: {}, signal: AbortSignal.timeout(10) });
    await expect(request).rejects.toMatchObject({ name: "TimeoutError" });
  });

  it("cut connections, in the process and over HTTP", async () => {
    const target = cluster();
    const take = target.faults.add({ match: () => true, respond: "drop" });
    await expect(target.transport({ method: "GET", path: MAPS, headers: {} })).rejects.toMatchObject({ code: "ECONNRESET" });
    const port = await target.listen();
    await expect(fetch(`${port.url}${MAPS}`)).rejects.toThrow("fetch failed");
    take();
    expect((await fetch(`${port.url}${MAPS}`)).status).toBe(200);
  });
});
