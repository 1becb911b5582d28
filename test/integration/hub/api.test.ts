import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { offer, status } from "./fake-agent.ts";
import { eventually, Harness, type TestHub } from "./harness.ts";

const PATHS = [
  "/livez",
  "/readyz",
  "/v1/audit",
  "/v1/availability",
  "/v1/catalogs",
  "/v1/catalogs/{name}",
  "/v1/clusters",
  "/v1/clusters/{cluster}",
  "/v1/clusters/{cluster}/labels",
  "/v1/clusters/{cluster}/namespaces/{namespace}/instances/{name}",
  "/v1/clusters/{cluster}/namespaces/{namespace}/instances/{name}/availability",
  "/v1/clusters/{cluster}/namespaces/{namespace}/instances/{name}/plan",
  "/v1/events",
  "/v1/hub",
  "/v1/instances",
  "/v1/plans",
  "/v1/rollouts",
  "/v1/rollouts/{name}",
  "/v1/rollouts/{name}/abort",
  "/v1/rollouts/{name}/approve",
  "/v1/rollouts/{name}/check",
  "/v1/rollouts/{name}/pause",
  "/v1/rollouts/{name}/promote",
  "/v1/rollouts/{name}/reject",
  "/v1/rollouts/{name}/resume",
  "/v1/rollouts/{name}/retry",
  "/v1/rollouts/{name}/skip",
  "/v1/rollouts/{name}/start",
  "/v1/rollouts/{name}/targets",
  "/v1/rollouts/{name}/undo",
  "/v1/watch",
];

describe("the hub's API", () => {
  let harness: Harness;
  let hub: TestHub;

  beforeAll(async () => {
    harness = await Harness.start();
    hub = await harness.hub();
    for (const name of ["alpha", "beta", "gamma"]) {
      const agent = await harness.agent(name);
      agent.report(
        "main",
        status({ labels: { team: name }, availabilityDigest: agent.offer("main", offer("1.0.0", ["1.1.0", "1.2.0"], ["2.0.0"])) }),
      );
      agent.report("dns.internal", status({ service: "external-dns" }), "kube-dns");
    }
    await eventually(
      () => hub.get("/v1/instances"),
      ({ body }) =>
        body.items.filter((item: { availability?: { current: boolean } }) => item.availability?.current).length === 3 &&
        body.items.length === 6,
    );
  });
  afterAll(() => harness.stop());

  const MAIN = "/v1/clusters/alpha/namespaces/default/instances/main";

  it("pages through lists", async () => {
    const first = await hub.get("/v1/instances?limit=4");
    expect(first.body.items).toHaveLength(4);
    const second = await hub.get(`/v1/instances?limit=4&continue=${first.body.continue}`);
    expect(second.body.items).toHaveLength(2);
    expect(second.body.continue).toBeUndefined();
    const names = [...first.body.items, ...second.body.items].map(({ cluster, name }) => `${cluster}/${name}`);
    expect(names).toEqual(["alpha/main", "alpha/dns.internal", "beta/main", "beta/dns.internal", "gamma/main", "gamma/dns.internal"]);
    expect(await hub.get("/v1/instances?continue=nonsense")).toMatchObject({ status: 400, body: { code: "InvalidContinue" } });
    expect(await hub.get("/v1/instances?limit=0")).toMatchObject({
      status: 400,
      body: { code: "InvalidRequest", errors: [{ path: "query/limit" }] },
    });
  });

  it("selects on the server", async () => {
    const found = async (query: string): Promise<string[]> =>
      (await hub.get(`/v1/instances?${query}`)).body.items.map(
        ({ cluster, name }: { cluster: string; name: string }) => `${cluster}/${name}`,
      );
    expect(await found("service=external-dns&cluster=beta")).toEqual(["beta/dns.internal"]);
    expect(await found("namespace=default&labelSelector=team%20notin%20(alpha)")).toEqual(["beta/main", "gamma/main"]);
    expect(await found("cluster=omega")).toEqual([]);
    expect(await found("fieldSelector=service%3Dexternal-dns,cluster!%3Dbeta")).toEqual(["alpha/dns.internal", "gamma/dns.internal"]);
    expect((await hub.get("/v1/clusters?fieldSelector=name%3Dbeta,state%3DOnline")).body.items).toMatchObject([{ name: "beta" }]);
    expect(await hub.get("/v1/clusters?fieldSelector=regoin%3Deu")).toMatchObject({
      status: 400,
      body: { code: "InvalidFieldSelector", detail: expect.stringContaining("there are region, ") },
    });
  });

  it("refuses a parameter that it does not know, and names those that it knows", async () => {
    for (const path of ["/v1/rollouts?labelSelector=a%3Db", "/v1/clusters/alpha?lables=1", "/v1/watch?kind=rollouts"]) {
      expect(await hub.get(path)).toMatchObject({ status: 400, body: { code: "InvalidRequest" } });
    }
    const { body } = await hub.get("/v1/rollouts?servise=dns");
    expect(body.detail).toMatch(/^query\/servise: unknown parameter; known are service,/u);
    const { body: phases } = await hub.get("/v1/rollouts?phase=Runing");
    expect(phases).toMatchObject({ status: 400, detail: expect.stringMatching(/^query\/phase: .*"Running"/u) });
    expect(await hub.send("PUT", "/v1/clusters/alpha/labels?overwrite=1", { labels: {} })).toMatchObject({ status: 400 });
  });

  it("pages through the availability matrix in its own order", async () => {
    const { items } = (await hub.get("/v1/availability")).body;
    const paged: unknown[] = [];
    for (let token = ""; ;) {
      const { body } = await hub.get(`/v1/availability?limit=1${token}`);
      paged.push(...body.items);
      if (body.continue === undefined) {
        break;
      }
      token = `&continue=${body.continue}`;
    }
    expect(paged.length).toBeGreaterThan(2);
    expect(paged).toEqual(items);
  });

  it("replaces the labels of a cluster only when they are what If-Match says", async () => {
    const url = `${hub.hub.url}/v1/clusters/gamma/labels`;
    const put = (labels: object, etag: string): Promise<Response> =>
      fetch(url, { method: "PUT", body: JSON.stringify({ labels }), headers: { "content-type": "application/json", "if-match": etag } });
    const read = await fetch(url);
    const etag = read.headers.get("etag") ?? "";
    expect(await read.json()).toEqual({ labels: {} });
    const changed = await put({ tier: "gold" }, etag);
    expect(changed.status).toBe(200);
    const stale = await put({ tier: "silver" }, etag);
    expect([stale.status, await stale.json()]).toMatchObject([412, { code: "PreconditionFailed" }]);
    expect((await hub.get("/v1/clusters/gamma")).body.labels).toEqual({ tier: "gold" });
    // Of several at the same time, one.
    const tag = changed.headers.get("etag") ?? "";
    const several = await Promise.all(["a", "b", "c", "d"].map((tier) => put({ tier }, tag)));
    expect(several.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 412, 412, 412]);
    const { labels } = (await hub.get("/v1/clusters/gamma")).body;
    expect(labels).toEqual({ tier: ["a", "b", "c", "d"][several.findIndex(({ status }) => status === 200)] });
    // Without a condition all are done, one after the other.
    const all = await Promise.all(["a", "b", "c", "d"].map((tier) => hub.send("PUT", "/v1/clusters/gamma/labels", { labels: { tier } })));
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await put({}, "*")).status).toBe(200);
  });

  it("withdraws a catalog only when it is what If-Match says", async () => {
    const { body } = await hub.post("/v1/catalogs", { name: "tagged", catalog: { services: [] } });
    const drop = (tag: string) => hub.send("DELETE", "/v1/catalogs/tagged", undefined, { "if-match": tag });
    expect(await drop('"other"')).toMatchObject({ status: 412, body: { code: "PreconditionFailed" } });
    expect(await drop(`"${body.digest}"`)).toMatchObject({ status: 204 });
    expect(await drop("*")).toMatchObject({ status: 412, body: { code: "PreconditionFailed" } });
  });

  it("does nothing after the time until which it was to be done", async () => {
    const put = (atMs: number) =>
      hub.send("PUT", "/v1/clusters/beta/labels", { labels: {} }, { "x-portolan-not-after": new Date(atMs).toISOString() });
    expect(await put(Date.now() - 1_000)).toMatchObject({ status: 409, body: { code: "CommandExpired" } });
    expect(await put(Date.now() + 60_000)).toMatchObject({ status: 200 });
    const { body } = await hub.send("PUT", "/v1/clusters/beta/labels", { labels: {} }, { "x-portolan-not-after": "soon" });
    expect(body).toMatchObject({ status: 400, code: "InvalidRequest" });
  });

  it("does a request with an Idempotency-Key once", async () => {
    const catalog = { name: "empty", catalog: { services: [] } };
    const post = (body: object, key: string): Promise<Response> =>
      fetch(`${hub.hub.url}/v1/catalogs`, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "content-type": "application/json", "idempotency-key": key },
      });
    const first = await post(catalog, "k-1");
    const text = await first.text();
    expect([first.status, text]).toEqual([201, expect.stringContaining('"empty"')]);
    expect(await hub.send("DELETE", "/v1/catalogs/empty")).toMatchObject({ status: 204 });
    const again = await post(catalog, "k-1");
    const { digest } = JSON.parse(text);
    expect([again.status, await again.json()]).toMatchObject([201, { name: "empty", digest, findings: [] }]);
    expect((await hub.get("/v1/catalogs")).body.items).toEqual([]);
    const other = await post({ ...catalog, name: "other" }, "k-1");
    expect([other.status, await other.json()]).toMatchObject([422, { code: "IdempotencyKeyReused" }]);
    expect((await post(catalog, "k 2")).status).toBe(400);
    const refused = { name: "NO", catalog: {} };
    expect((await post(refused, "k-3")).status).toBe(400);
    expect((await post(refused, "k-3")).status).toBe(400);
  });

  it("shows an instance, where it could go, and how", async () => {
    expect((await hub.get("/v1/clusters/alpha/namespaces/kube-dns/instances/dns.internal")).body.service).toBe("external-dns");
    expect((await hub.get(`${MAIN}/availability`)).body).toMatchObject({
      from: "1.0.0",
      current: true,
      available: [
        { version: "1.1.0" },
        {
          version: "1.2.0",
          steps: [
            { from: "1.0.0", to: "1.1.0" },
            { from: "1.1.0", to: "1.2.0" },
          ],
        },
      ],
      unavailable: [{ version: "2.0.0", reasons: [{ code: "KubernetesVersion" }] }],
    });
    expect((await hub.get(`${MAIN}/plan?version=1.2.0`)).body).toMatchObject({
      cost: 2,
      disruptive: false,
      steps: [{ upgrader: "minor" }, {}],
    });
    expect((await hub.get(`${MAIN}/plan?version=1.0.0`)).body.steps).toEqual([]);
    expect(await hub.get(`${MAIN}/plan?version=2.0.0`)).toMatchObject({
      status: 409,
      body: { code: "Unreachable", reasons: [{ code: "KubernetesVersion" }] },
    });
    expect(await hub.get(`${MAIN}/plan?version=7.0.0`)).toMatchObject({ status: 409, body: { reasons: [{ code: "UnknownVersion" }] } });
    expect(await hub.get("/v1/clusters/alpha/namespaces/kube-dns/instances/dns.internal/plan?version=1.2.0")).toMatchObject({
      status: 404,
      body: { code: "AvailabilityUnknown" },
    });
  });

  it("previews an upgrade of the fleet", async () => {
    const { body } = await hub.post("/v1/plans", { service: "cert-manager", version: "1.2.0", selector: { clusters: ["alpha", "gamma"] } });
    expect(body.items).toMatchObject([
      { cluster: "alpha", from: "1.0.0", reachable: true, steps: [{}, {}], reasons: [] },
      { cluster: "gamma", reachable: true },
    ]);
    const blocked = await hub.post("/v1/plans", { service: "cert-manager", version: "2.0.0" });
    expect(blocked.body.items[0]).toMatchObject({ reachable: false, reasons: [{ code: "KubernetesVersion" }] });
  });

  it("answers every error with a problem document", async () => {
    const cases: [string, string, unknown, number, string][] = [
      ["GET", "/v1/clusters/omega", undefined, 404, "UnknownCluster"],
      ["GET", "/v1/clusters/alpha/namespaces/default/instances/nobody", undefined, 404, "UnknownInstance"],
      ["GET", "/v1/rollouts/nobody", undefined, 404, "UnknownRollout"],
      ["GET", "/v1/rollouts/nobody/targets", undefined, 404, "UnknownRollout"],
      ["POST", "/v1/rollouts/nobody/abort", {}, 404, "UnknownRollout"],
      ["POST", "/v1/rollouts/nobody/undo", {}, 404, "UnknownRollout"],
      ["POST", "/v1/rollouts/nobody/start", {}, 400, "InvalidRequest"],
      ["DELETE", "/v1/rollouts/nobody", undefined, 404, "UnknownRollout"],
      ["GET", "/v1/nothing", undefined, 404, "NotFound"],
      ["PUT", "/v1/clusters/alpha/labels", { labels: { "-wrong": "x" } }, 400, "InvalidRequest"],
      ["PUT", "/v1/clusters/alpha/labels", { labels: { tier: "not valid" } }, 400, "InvalidRequest"],
      ["PUT", "/v1/clusters/omega/labels", { labels: {} }, 404, "UnknownCluster"],
      ["PUT", "/v1/rollouts/one", {}, 400, "InvalidRequest"],
      ["POST", "/v1/plans", { service: "nothing", version: "1.0.0" }, 404, "UnknownService"],
      ["POST", "/v1/plans", { service: "cert-manager", version: "8.0.0" }, 404, "UnknownVersion"],
      ["GET", "/v1/clusters?labelSelector=a%20b", undefined, 400, "InvalidLabelSelector"],
    ];
    for (const [method, path, body, code, problem] of cases) {
      const answer = await hub.send(method, path, body);
      expect([method, path, answer.status, answer.body.code]).toEqual([method, path, code, problem]);
      expect(answer.body).toMatchObject({
        type: expect.stringContaining(problem),
        title: expect.any(String),
        status: code,
        detail: expect.any(String),
      });
    }
    const malformed = await fetch(`${hub.hub.url}/v1/plans`, {
      method: "POST",
      body: "{",
      headers: { "content-type": "application/json" },
    });
    expect(malformed.status).toBe(400);
    expect(malformed.headers.get("content-type")).toBe("application/problem+json");
    const untyped = await fetch(`${hub.hub.url}/v1/plans`, { method: "POST", body: "{}", headers: { "content-type": "text/plain" } });
    expect(await untyped.json()).toMatchObject({ status: 400, code: "InvalidRequest" });
  });

  it("describes itself", async () => {
    expect((await hub.get("/v1/hub")).body).toMatchObject({
      publicKey: hub.hub.publicKey,
      ready: true,
      waitingFor: [],
      clusters: 3,
      instances: 6,
    });
    expect(await hub.get("/livez")).toMatchObject({ status: 200, body: "ok" });
    expect(await hub.get("/readyz")).toMatchObject({ status: 200, body: { ready: true } });
    const { body } = await hub.get("/openapi.json");
    expect(body.openapi).toBe("3.1.0");
    expect(Object.keys(body.paths).toSorted()).toEqual(PATHS);
    // Every operation says what it is for and what comes of it, and names nothing that the document does not hold.
    const operations = Object.values<Record<string, { readonly summary?: string; readonly responses: object }>>(body.paths).flatMap(
      (path) => Object.values(path),
    );
    for (const { summary, responses } of operations) {
      expect(summary).toEqual(expect.stringMatching(/^[A-Z].+/u));
      expect(Object.keys(responses).some((code) => code.startsWith("2"))).toBe(true);
    }
    const named = new Set(JSON.stringify(body).match(/(?<="\$ref":"#\/components\/schemas\/)[^"]+/gu));
    expect([...named].filter((name) => !(name in body.components.schemas))).toEqual([]);
    expect((await hub.get("/metrics")).body).toContain('portolan_hub_clusters{state="Online"} 3');
  });
});
