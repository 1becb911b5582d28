import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { aCluster, anInstance, aRollout, aTarget, aVersion, LAST_STEP, STEP } from "./answers.ts";
import { json, portolan, start, type Ended } from "./portolan.ts";
import { ok, problem, startScriptedHub, type Answer, type ScriptedHub } from "./scripted-hub.ts";

let hub: ScriptedHub;
beforeEach(async () => {
  hub = await startScriptedHub();
});
afterEach(() => hub[Symbol.asyncDispose]());

function ask(...args: string[]): Promise<Ended> {
  return portolan(["--server", hub.url, ...args]);
}

const fleet = (...names: string[]): void => hub.on("GET /v1/clusters", ok({ items: names.map((name) => aCluster(name)) }));

describe("a command of portolan", () => {
  it("has a key that it keeps when it is sent again, and a time until which it is to be done", async () => {
    hub.on("GET /v1/rollouts/cve", ok(aRollout("Running", [])));
    hub.on("GET /v1/rollouts/cve/targets", ok({ items: [] }));
    let count = 0;
    hub.on("POST /v1/rollouts/cve/pause", (asked, response) => {
      count += 1;
      if (count === 1) response.destroy();
      else if (count === 2) return problem(503, "Unavailable", "no")(asked, response);
      else return ok(aRollout("Paused", []))(asked, response);
    });
    expect(await ask("rollout", "pause", "cve")).toMatchObject({ code: 0 });
    const sent = hub.asked.filter(({ method }) => method === "POST").map(({ headers }) => headers);
    expect(sent).toHaveLength(3);
    expect(new Set(sent.map((headers) => headers["idempotency-key"])).size).toBe(1);
    const leftMs = Date.parse(String(sent[0]?.["x-portolan-not-after"])) - Date.now();
    expect(leftMs).toBeGreaterThan(4 * 60_000);
    expect(leftMs).toBeLessThanOrEqual(5 * 60_000);

    await ask("rollout", "pause", "cve");
    expect(hub.asked.at(-1)?.headers["idempotency-key"]).not.toBe(sent[0]?.["idempotency-key"]);
  });
});

describe("a command for a hub whose clock is ten minutes ahead", () => {
  const now = new Date(Date.now() + 10 * 60_000).toISOString();

  it("is sent again under its key, with a time by that clock", async () => {
    hub.on("GET /v1/rollouts/cve", ok(aRollout("Paused", [])));
    hub.on("GET /v1/rollouts/cve/targets", ok({ items: [] }));
    hub.on("POST /v1/rollouts/cve/pause", (asked, response) =>
      String(asked.headers["x-portolan-not-after"]) < now
        ? problem(409, "CommandExpired", "too late", { now })(asked, response)
        : ok(aRollout("Paused", []))(asked, response),
    );
    expect(await ask("rollout", "pause", "cve")).toMatchObject({ code: 0 });
    const sent = hub.asked.filter(({ method }) => method === "POST").map(({ headers }) => headers);
    expect(sent).toHaveLength(2);
    expect(sent[0]?.["idempotency-key"]).toBe(sent[1]?.["idempotency-key"]);
    const leftMs = Date.parse(String(sent[1]?.["x-portolan-not-after"])) - Date.parse(now);
    expect(leftMs).toBeGreaterThan(4 * 60_000);
    expect(leftMs).toBeLessThanOrEqual(5 * 60_000);
  });

  it("is given up when it has expired by that clock, too", async () => {
    hub.on("POST /v1/rollouts/cve/pause", problem(409, "CommandExpired", "too late", { now }));
    expect(await ask("rollout", "pause", "cve")).toMatchObject({ code: 1, stderr: expect.stringContaining("(CommandExpired)") });
    expect(hub.asked.filter(({ method }) => method === "POST")).toHaveLength(2);
  });
});

describe("portolan get", () => {
  it("audit and events ask for the newest that match, and say who asks", async () => {
    hub.on(
      "GET /v1/audit",
      ok({
        items: [
          {
            id: "1",
            at: new Date().toISOString(),
            actor: "ann@desk",
            action: "RolloutPaused",
            rollout: "r-1",
            service: "dns",
            reason: "too many",
          },
          { id: "2", at: new Date().toISOString(), actor: "bob@desk", action: "ClusterLabelsSet", cluster: "a", after: { env: "prod" } },
        ],
        continue: "more",
      }),
    );
    const { stdout } = await ask("get", "audit", "--actor", "ann@desk", "--since", "1h", "--limit", "2", "-o", "wide");
    expect(stdout).toMatch(/ann@desk +RolloutPaused +r-1 +dns +- +too many/u);
    expect(stdout).toMatch(/ClusterLabelsSet .* a .*\{"env":"prod"\}/u);
    const { query, headers } = hub.asked.findLast(({ path }) => path === "/v1/audit") ?? { query: {}, headers: {} };
    expect(query).toEqual({ actor: "ann@desk", limit: "2", since: expect.stringMatching(/^\d{4}-.*Z$/u) });
    expect(headers).toMatchObject({ "x-portolan-actor": expect.stringMatching(/^[^@ ]+@[^@ ]+$/u) });

    hub.on(
      "GET /v1/events",
      ok({
        items: [
          {
            cluster: "a",
            namespace: "tools",
            name: "dns",
            at: new Date().toISOString(),
            service: "dns",
            type: "StepFinished",
            step: STEP,
            durationMs: 400,
          },
        ],
      }),
    );
    expect((await ask("get", "events", "dns", "--cluster", "a")).stdout).toMatch(/a\/tools\/dns +dns +StepFinished/u);
    expect(hub.asked.at(-1)?.query).toEqual({ name: "dns", cluster: "a", limit: "100" });
  });

  it("lists clusters", async () => {
    fleet("bergen", "genoa");
    const result = await ask("get", "clusters");
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(result.stdout).toMatch(
      /^NAME {4}STATE {3}KUBERNETES {2}INSTANCES {2}AGENT {2}SEEN\nbergen {2}Online {2}v1\.34\.2 {5}1 {10}0\.1\.0 {2}\d+d\ngenoa {3}Online /,
    );
  });

  it("follows all pages", async () => {
    const pages: Readonly<Record<string, object>> = {
      "": { items: [aCluster("a")], continue: "one" },
      one: { items: [aCluster("b")], continue: "two" },
      two: { items: [aCluster("c")] },
    };
    hub.on("GET /v1/clusters", (asked, response) => ok(pages[asked.query["continue"] ?? ""])(asked, response));
    expect((await ask("get", "clusters", "-o", "name", "-l", "env=prod")).stdout).toBe("cluster/a\ncluster/b\ncluster/c\n");
    expect(hub.asked.map(({ query }) => query["labelSelector"])).toEqual(["env=prod", "env=prod", "env=prod"]);
  });

  it("does not follow pages in a circle", async () => {
    hub.on("GET /v1/clusters", ok({ items: [], continue: "again" }));
    const result = await ask("get", "clusters");
    expect(result.code).toBe(1);
    expect(result.stderr).toContain("(UnexpectedAnswer)");
  });

  it("prints all that the hub said as one document, also what it does not know", async () => {
    hub.on("GET /v1/clusters", ok({ items: [aCluster("a", { fromTheFuture: [1] })] }));
    expect(json(await ask("get", "clusters", "-o", "json"))).toMatchObject({ items: [{ name: "a", fromTheFuture: [1] }] });
    hub.on("GET /v1/clusters/a", ok(aCluster("a", { fromTheFuture: [1] })));
    expect(json(await ask("get", "cluster", "a", "-o", "json"))).toMatchObject({ name: "a", fromTheFuture: [1] });
  });

  it("passes on what restricts instances", async () => {
    hub.on("GET /v1/instances", ok({ items: [anInstance("bergen"), anInstance("bergen", { name: "dns-2" })] }));
    const result = await ask(
      "get",
      "instances",
      "dns",
      "--cluster",
      "bergen",
      "-n",
      "tools",
      "--service",
      "dns",
      "-l",
      "a=b",
      "-o",
      "name",
    );
    expect(result.stdout).toBe("instance/bergen/tools/dns\n");
    expect(hub.asked[0]?.query).toMatchObject({ cluster: "bergen", namespace: "tools", service: "dns", labelSelector: "a=b" });
  });

  it("gets one instance by its full name", async () => {
    hub.on("GET /v1/clusters/bergen/namespaces/tools/instances/dns", ok(anInstance("bergen")));
    expect(json(await ask("get", "instance", "bergen/tools/dns", "-o", "json"))).toMatchObject({ cluster: "bergen", version: "1.0.0" });
  });

  it("counts versions for the chosen clusters", async () => {
    const at = (cluster: string) => ({ cluster, namespace: "tools", name: "dns" });
    const row = aVersion("2.0.0", {
      counts: { installed: 1, reachable: 1, blocked: 0 },
      installed: [at("genoa")],
      reachable: [{ ...at("bergen"), steps: 2 }],
    });
    hub.on(
      "GET /v1/availability",
      ok({ items: [row, aVersion("1.0.0", { counts: { installed: 1, reachable: 0, blocked: 0 }, installed: [at("bergen")] })] }),
    );
    expect((await ask("get", "versions", "dns")).stdout.split("\n").slice(1, 3)).toEqual([
      "dns      2.0.0    1          1          0",
      "dns      1.0.0    1          0          0",
    ]);
    expect((await ask("get", "versions", "--service", "dns", "--cluster", "genoa", "-o", "name")).stdout).toBe("version/dns@2.0.0\n");
    fleet("bergen");
    expect((await ask("get", "versions", "-l", "env=prod")).stdout.split("\n")[1]).toBe("dns      2.0.0    0          1          0");
  });

  it("says that there is nothing on stderr", async () => {
    hub.on("GET /v1/rollouts", ok({ items: [] }));
    expect(await ask("get", "rollouts")).toEqual({ code: 0, stdout: "", stderr: "no rollouts found\n" });
  });

  it("gives no control character of a cluster to the terminal", async () => {
    hub.on("GET /v1/instances", ok({ items: [anInstance("bergen", { message: "\u001B[2J\u0007boo" })] }));
    expect((await ask("get", "instances", "-o", "wide")).stdout).toContain("\uFFFD[2J\uFFFDboo");
  });
});

describe("names that the hub does not know", () => {
  it("lists clusters, the nearest first, and says what their names look like", async () => {
    fleet("bergen", "genoa", "geneva");
    hub.on("GET /v1/clusters/Genova_1", problem(404, "UnknownCluster", "no cluster of the fleet is called Genova_1"));
    expect(await ask("get", "cluster", "Genova_1")).toEqual({
      code: 1,
      stdout: "",
      stderr:
        'error: no cluster of the fleet is called Genova_1 (UnknownCluster)\n  "Genova_1" is no DNS label (a-z, 0-9 and -, at most 63 characters), as names of clusters are\n  clusters: genoa, geneva, bergen\n',
    });
  });

  it("knows an empty list from one of a cluster that does not exist", async () => {
    fleet("bergen");
    hub.on("GET /v1/instances", ok({ items: [] }));
    hub.on("GET /v1/clusters/berge", problem(404, "UnknownCluster", "no cluster of the fleet is called berge"));
    hub.on("GET /v1/clusters/bergen", ok(aCluster("bergen")));
    await ask("get", "instances", "--field-selector", "ready=false", "-l", "team=x");
    expect(hub.asked.findLast(({ path }) => path === "/v1/instances")?.query).toMatchObject({
      fieldSelector: "ready=false",
      labelSelector: "team=x",
    });
    expect((await ask("get", "instances", "--cluster", "berge")).stderr).toContain("clusters: bergen");
    expect(await ask("get", "instances", "--cluster", "bergen")).toEqual({ code: 0, stdout: "", stderr: "no instances found\n" });
  });

  it("lists services and versions", async () => {
    hub.on("GET /v1/availability", (asked, response) =>
      ok({ items: (asked.query["service"] ?? "dns") === "dns" ? [aVersion("2.0.0"), aVersion("1.0.0")] : [] })(asked, response),
    );
    hub.on("PUT /v1/rollouts/one", problem(404, "UnknownService", "no cluster of the fleet has an instance of the service dn"));
    expect((await ask("upgrade", "dn", "2.0.0", "--name", "one")).stderr).toBe(
      "error: no cluster of the fleet has an instance of the service dn (UnknownService)\n  services: dns\n",
    );
    hub.on("POST /v1/plans", problem(404, "UnknownVersion", "no cluster of the fleet knows a version 2.0.1 of dns"));
    expect((await ask("plan", "dns", "2.0.1")).stderr).toContain("versions of dns: 2.0.0, 1.0.0");
    expect((await ask("get", "versions", "dn")).stderr).toContain("services: dns");
  });

  it("lists instances, rollouts and catalogs", async () => {
    hub.on("GET /v1/instances", ok({ items: [anInstance("bergen"), anInstance("genoa")] }));
    hub.on(
      "GET /v1/clusters/genoa/namespaces/tools/instances/dn/plan",
      problem(404, "UnknownInstance", "there is no instance genoa/tools/dn in the fleet"),
    );
    expect((await ask("plan", "genoa/tools/dn", "2.0.0")).stderr).toContain("instances: genoa/tools/dns, bergen/tools/dns");
    hub.on("GET /v1/rollouts", ok({ items: [aRollout("Running", [])] }));
    hub.on("GET /v1/rollouts/two", problem(404, "UnknownRollout", "there is no rollout two"));
    hub.on("GET /v1/rollouts/two/targets", problem(404, "UnknownRollout", "there is no rollout two"));
    expect((await ask("rollout", "status", "two")).stderr).toContain("rollouts: one");
    hub.on("GET /v1/catalogs", ok({ items: [] }));
    hub.on("DELETE /v1/catalogs/x", problem(404, "UnknownCatalog", "the fleet has no catalog called x"));
    expect(await ask("catalog", "withdraw", "x")).toMatchObject({
      code: 1,
      stderr: "error: the fleet has no catalog called x (UnknownCatalog)\n  catalogs: none\n",
    });
  });

  it("keeps the hub's word when the names cannot be had", async () => {
    hub.on("GET /v1/clusters/x", problem(404, "UnknownCluster", "no cluster of the fleet is called x"));
    hub.on("GET /v1/clusters", problem(500, "Internal", "broken"));
    expect((await ask("get", "cluster", "x")).stderr).toBe("error: no cluster of the fleet is called x (UnknownCluster)\n");
  });
});

describe("what is printed", () => {
  const catalogs = {
    items: [
      {
        name: "spring",
        digest: "d".repeat(64),
        publishedAt: "2026-01-01T00:00:00.000Z",
        services: [{ name: "dns", versions: ["1.0.0", "2.0.0"] }],
      },
    ],
  };
  beforeEach(() => {
    fleet("bergen", "genoa");
    hub.on("GET /v1/instances", ok({ items: [anInstance("bergen")] }));
    hub.on("GET /v1/availability", ok({ items: [aVersion("2.0.0")] }));
    hub.on("GET /v1/catalogs", ok(catalogs));
    hub.on("GET /v1/rollouts", ok({ items: [aRollout("Running", [], { counts: { Running: 2, Succeeded: 3 }, reason: "CVE" })] }));
    hub.on("GET /v1/rollouts/one", ok(aRollout("Succeeded", [])));
    hub.on("GET /v1/rollouts/one/targets", ok({ items: [aTarget("bergen", "Succeeded")] }));
    hub.on("POST /v1/plans", ok({ items: [] }));
  });

  it.each([
    ["get", "clusters"],
    ["get", "instances"],
    ["get", "versions"],
    ["get", "rollouts"],
    ["get", "catalogs"],
    ["get", "catalog", "spring"],
    ["rollout", "status", "one"],
    ["plan", "dns", "2.0.0"],
    ["catalog", "plan", "examples/catalog", "certificates", "0.13.0", "0.14.0"],
  ])("by %s %s is one document, the same as YAML and as JSON", async (...args) => {
    const document = await ask(...args, "-o", "json");
    const yaml = await ask(...args, "-o", "yaml");
    expect(yaml).toMatchObject({ code: document.code, stderr: document.stderr });
    expect(yaml.stdout).not.toBe(document.stdout);
    expect(parse(yaml.stdout)).toEqual(json(document));
  });

  it.each<[string, string, Record<string, string>]>([
    ["clusters", "bergen", { SYNC: "False", REGION: "eu", LABELS: "env=prod", PROBLEM: "broken.yaml is no catalog" }],
    ["versions", "dns", { REACHABLE: "1", STEPS: "2", "BLOCKED BY": "NoRoute", "INSTALLED IN": "-" }],
    ["rollouts", "one", { DONE: "3/5", TARGETS: "Running 2, Succeeded 3", REASON: "CVE" }],
    ["catalogs", "spring", { SERVICES: "dns", VERSIONS: "dns@1.0.0,dns@2.0.0" }],
  ])("by get %s in its wide form says more of %s", async (kind, first, cells) => {
    hub.on("GET /v1/clusters", ok({ items: [aCluster("bergen", { inSync: false, catalogProblems: ["broken.yaml is no catalog"] })] }));
    const where = { cluster: "bergen", namespace: "tools", name: "dns" };
    const reasons = [{ code: "NoRoute", message: "no way" }];
    const version = aVersion("2.0.0", {
      counts: { installed: 0, reachable: 1, blocked: 1 },
      reachable: [{ ...where, steps: 2, risks: [] }],
      blocked: [{ ...where, cluster: "genoa", reasons }],
    });
    hub.on("GET /v1/availability", ok({ items: [version] }));
    const [header = "", row = ""] = (await ask("get", kind, "-o", "wide")).stdout.split("\n");
    expect(row).toMatch(new RegExp(`^${first} `, "u"));
    for (const [column, text] of Object.entries(cells)) {
      const at = header.search(new RegExp(`(?<=^| {2})${column}(?= |$)`, "u"));
      expect({ column, known: at >= 0 }).toEqual({ column, known: true });
      expect({ column, text: row.slice(at).split(/ {2,}/u)[0]?.trim() ?? "" }).toEqual({ column, text });
    }
    expect((await ask("get", kind)).stdout).not.toContain(Object.keys(cells).at(-1));
  });
});

describe("portolan plan", () => {
  const instance = { cluster: "bergen", namespace: "tools", name: "dns" };
  const path = "/v1/clusters/bergen/namespaces/tools/instances/dns/plan";
  const plan = {
    ...instance,
    service: "dns",
    from: "1.0.0",
    version: "2.0.0",
    steps: [STEP, LAST_STEP],
    cost: 2,
    disruptive: true,
    irreversible: false,
    planHash: "abc",
  };

  it("shows the steps of one instance, its risks and the hash", async () => {
    hub.on(`GET ${path}`, ok({ ...plan, risks: [{ id: "slow", message: "it is slow", url: "https://example.org", applies: "Unknown" }] }));
    const result = await ask("plan", "bergen/tools/dns", "2.0.0");
    expect(result.code).toBe(0);
    expect(result.stdout).toBe(
      "bergen/tools/dns: 1.0.0 → 2.0.0\nSTEP  FROM   TO     BY  DIRECTION  NOTES\n1     1.0.0  1.1.0  up  upgrade    -\n2     1.1.0  2.0.0  up  upgrade    disruptive\nrisk slow (may apply): it is slow (https://example.org)\ncost 2, hash abc\n",
    );
    expect(hub.asked[0]?.query).toEqual({ version: "2.0.0" });
  });

  it("shows every reason when it is unreachable, and ends with 1", async () => {
    const reasons = [
      { code: "Retracted", message: "2.0.0 was retracted" },
      { code: "NoRoute", message: "no upgrader leads to 2.0.0" },
    ];
    hub.on(`GET ${path}`, problem(409, "Unreachable", "it cannot", { reasons }));
    const text = await ask("plan", "bergen/tools/dns", "2.0.0");
    expect(text).toEqual({
      code: 1,
      stdout: "bergen/tools/dns cannot go to 2.0.0:\n  Retracted: 2.0.0 was retracted\n  NoRoute: no upgrader leads to 2.0.0\n",
      stderr: "",
    });
    const document = await ask("plan", "bergen/tools/dns", "2.0.0", "-o", "json");
    expect(document).toMatchObject({ code: 1, stderr: "" });
    expect(json(document)).toEqual({ ...instance, version: "2.0.0", reachable: false, steps: [], reasons });
  });

  it("shows the way of each instance of a service", async () => {
    const items = [
      {
        ...instance,
        from: "1.0.0",
        reachable: true,
        steps: [STEP, LAST_STEP],
        cost: 2,
        risks: [{ id: "slow", message: "it is slow", applies: "Applies" }],
        planHash: "abc",
        reasons: [],
      },
      { ...instance, cluster: "genoa", from: "2.0.0", reachable: true, steps: [], cost: 0, risks: [], reasons: [] },
    ];
    hub.on("POST /v1/plans", ok({ items }));
    const result = await ask("plan", "dns", "2.0.0", "--clusters", "bergen,genoa", "-l", "env=prod", "-n", "tools");
    expect(result.code).toBe(0);
    expect(result.stdout.split("\n")).toEqual([
      "CLUSTER  NAMESPACE  NAME  STEPS  WAY                    NOTES",
      "bergen   tools      dns   2      1.0.0 → 1.1.0 → 2.0.0  disruptive, risk slow",
      "genoa    tools      dns   0      2.0.0                  there already",
      "risk slow: it is slow",
      "",
    ]);
    expect(hub.asked[0]?.body).toEqual({
      service: "dns",
      version: "2.0.0",
      selector: { clusters: ["bergen", "genoa"], labels: "env=prod", namespaces: ["tools"] },
    });
    hub.on(
      "POST /v1/plans",
      ok({
        items: [
          ...items,
          { ...items[0], cluster: "lisbon", reachable: false, steps: [], reasons: [{ code: "NoRoute", message: "no way" }] },
        ],
      }),
    );
    const blocked = await ask("plan", "dns", "2.0.0");
    expect(blocked.code).toBe(1);
    expect(blocked.stdout).toContain("lisbon/tools/dns: NoRoute: no way\n");
  });

  it("ends with 1 when there is anything to do, where a script asks", async () => {
    const there = { ...plan, from: "2.0.0", steps: [], risks: [], cost: 0 };
    const item = { ...instance, from: "2.0.0", reachable: true, steps: [], cost: 0, risks: [], reasons: [] };
    const codes = async (): Promise<readonly (number | null)[]> => {
      const asked = [["bergen/tools/dns"], ["bergen/tools/dns", "--exit-code"], ["dns"], ["dns", "--exit-code"]];
      return await Promise.all(asked.map(async ([what = "", ...more]) => (await ask("plan", what, "2.0.0", ...more)).code));
    };
    hub.on(`GET ${path}`, ok({ ...plan, risks: [] }));
    hub.on("POST /v1/plans", ok({ items: [item, { ...item, from: "1.0.0", steps: [STEP] }] }));
    expect(await codes()).toEqual([0, 1, 0, 1]);
    hub.on(`GET ${path}`, ok(there));
    hub.on("POST /v1/plans", ok({ items: [item] }));
    expect(await codes()).toEqual([0, 0, 0, 0]);
  });

  it("takes either the name of an instance or a service with a selection", async () => {
    for (const args of [
      ["a/b", "1.0.0"],
      ["a/b/c/d", "1.0.0"],
      ["a//c", "1.0.0"],
      ["a/b/c", "1.0.0", "-l", "x=y"],
    ]) {
      expect(await ask("plan", ...args)).toMatchObject({ code: 2, stdout: "" });
    }
    expect(hub.asked).toEqual([]);
  });
});

describe("portolan upgrade, without watching", () => {
  const checked = aRollout("Checked", []);
  const target = aTarget("bergen", "Pending", {
    check: {
      type: "Checked",
      steps: ["1.1.0", "2.0.0"],
      disruptive: true,
      irreversible: false,
      risks: ["slow"],
      planHash: "p",
      reasons: [],
    },
  });
  const is = (rollout: object, targets: readonly object[]): void => {
    hub.on("GET /v1/rollouts/one", ok(rollout));
    hub.on("GET /v1/rollouts/one/targets", ok({ items: targets }));
  };
  beforeEach(() => {
    hub.on("PUT /v1/rollouts/one", ok(checked, 201));
    is(checked, [target]);
  });

  it("sends what it was told to, starts what the agents agreed to, and says how to go on", async () => {
    hub.on("POST /v1/rollouts/one/start", ok(aRollout("Running", [])));
    const limits = [
      "--max-concurrent",
      "3",
      "--progress-deadline",
      "10m",
      "--not-after",
      "1h",
      "--on-failure",
      "Continue",
      "--offline",
      "Skip",
    ];
    const risks = ["--accept-risk", "slow", "--accept-risk", "loud", "--reason", "because", "--skip-unreachable", "--failure-budget", "5%"];
    const result = await ask("upgrade", "dns", "2.0.0", "--name", "one", "--clusters", "bergen", ...limits, ...risks);
    expect(result).toMatchObject({ code: 0, stderr: "watch it: portolan rollout watch one; stop it: portolan rollout abort one\n" });
    expect(result.stdout).toContain("bergen   tools      dns   Pending");
    const [applied, started] = hub.asked.filter(({ method }) => method !== "GET");
    expect(applied).toMatchObject({ query: { reason: "because" } });
    expect(applied?.body).toEqual({
      apiVersion: "portolan.dev/v1alpha1",
      kind: "Rollout",
      metadata: { name: "one" },
      spec: {
        action: "upgrade",
        service: "dns",
        version: "2.0.0",
        selector: { clusters: ["bergen"] },
        waves: [{ name: "rest", maxConcurrent: 3 }],
        failureBudget: { percent: 5 },
        progressDeadlineSeconds: 600,
        notAfterSeconds: 3600,
        offline: "Skip",
        onFailure: "Continue",
        unreachable: "Skip",
        acceptRisks: ["slow", "loud"],
      },
    });
    expect(started?.body).toEqual({ hash: "c".repeat(64), reason: "because" });
  });

  it("shows what the agents would do, and no more, when it is told to", async () => {
    const result = await ask("downgrade", "dns", "2.0.0", "--name", "one", "--dry-run");
    expect(result.code).toBe(0);
    expect(result.stdout.split("\n")).toEqual([
      "WAVE  CLUSTER  NAMESPACE  NAME  FROM   TO     CHECK  STEPS          NOTES",
      "1     bergen   tools      dns   1.0.0  2.0.0  ok     1.1.0 → 2.0.0  disruptive, risk slow",
      `check ${"c".repeat(64)}`,
      "",
    ]);
    expect(hub.asked.map(({ method, path }) => `${method} ${path}`)).not.toContain("POST /v1/rollouts/one/start");
  });

  it("shows every reason of every target when it is refused, and what can be done", async () => {
    const instances = [{ cluster: "bergen", namespace: "tools", name: "dns", reasons: [{ code: "NoRoute", message: "no way" }] }];
    hub.on("POST /v1/rollouts/one/start", problem(409, "TargetsRefused", "1 of 1 targets cannot be brought there", { instances }));
    expect(await ask("upgrade", "dns", "2.0.0", "--name", "one", "-o", "json")).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "error: 1 of 1 targets cannot be brought there (TargetsRefused)\n  bergen/tools/dns: NoRoute: no way\n--skip-unreachable (unreachable: Skip in the document) leaves them out\n",
    });
  });
});

describe("portolan apply", () => {
  it("sends the document as it is, shows what the agents would do, and ends with 1 when one refuses", async () => {
    const dir = await mkdtemp(join(tmpdir(), "portolan-cli-test-"));
    onTestFinished(() => rm(dir, { recursive: true }));
    const file = join(dir, "rollout.yaml");
    const document = {
      apiVersion: "portolan.dev/v1alpha1",
      kind: "Rollout",
      metadata: { name: "one" },
      spec: { action: "upgrade", service: "dns" },
    };
    await writeFile(file, JSON.stringify(document));
    hub.on("PUT /v1/rollouts/one", ok(aRollout("Checked", []), 201));
    hub.on("GET /v1/rollouts/one", ok(aRollout("Checked", [])));
    const check = { type: "Refused", reasons: [{ code: "NoRoute", message: "no way" }] };
    hub.on("GET /v1/rollouts/one/targets", ok({ items: [aTarget("bergen", "Pending", { check })] }));
    const result = await ask("apply", "-f", file);
    expect(hub.asked[0]?.body).toEqual(document);
    expect(result).toMatchObject({ code: 1, stderr: `start it: portolan rollout start one --hash ${"c".repeat(64)}\n` });
    expect(result.stdout).toContain("refused");
    expect(result.stdout).toContain("bergen/tools/dns: NoRoute: no way\n");
  });

  it("refuses what is no rollout before it asks anybody", async () => {
    const dir = await mkdtemp(join(tmpdir(), "portolan-cli-test-"));
    onTestFinished(() => rm(dir, { recursive: true }));
    await writeFile(join(dir, "a.yaml"), "kind: Deployment\n");
    expect(await ask("apply", "-f", join(dir, "a.yaml"))).toMatchObject({ code: 2, stderr: expect.stringContaining("is no rollout") });
    expect(await ask("apply", "-f", join(dir, "b.yaml"))).toMatchObject({ code: 1, stderr: expect.stringContaining("it does not exist") });
    expect(hub.asked).toEqual([]);
  });
});

describe("portolan catalog publish", () => {
  it("sends the whole catalog under its name", async () => {
    hub.on(
      "POST /v1/catalogs",
      ok(
        {
          name: "base",
          digest: "d".repeat(64),
          publishedAt: "2026-01-01T00:00:00.000Z",
          services: [{ name: "certificates", versions: ["0.12.0"] }],
        },
        201,
      ),
    );
    const result = await ask("catalog", "publish", "examples/catalog", "--name", "base");
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(result.stdout).toContain("base  dddddddddddd  certificates");
    expect(hub.asked[0]?.body).toMatchObject({ name: "base", catalog: { services: [{ name: "certificates" }, { name: "identity" }] } });
  });

  it("sends nothing of a catalog with errors", async () => {
    const dir = await mkdtemp(join(tmpdir(), "portolan-cli-test-"));
    onTestFinished(() => rm(dir, { recursive: true }));
    await cp("examples/catalog", dir, { recursive: true });
    await writeFile(join(dir, "certificates/installers/0.15.0.yaml"), "version: [\n");
    const result = await ask("catalog", "publish", dir, "--name", "base");
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toMatch(/1 error; nothing was published \(InvalidCatalog\)\n {2}certificates\/installers\/0\.15\.0\.yaml: /);
    await mkdir(join(dir, "empty"));
    expect((await ask("catalog", "publish", join(dir, "empty"), "--name", "base")).stderr).toContain("there is no service in ");
    expect(hub.asked).toEqual([]);
  });

  it("shows what the hub finds", async () => {
    hub.on(
      "POST /v1/catalogs",
      problem(422, "CatalogInvalid", "the catalog base has 1 errors", {
        findings: [{ file: "a/service.yaml", path: "/name", code: "InvalidName", message: "no label" }],
      }),
    );
    expect((await ask("catalog", "publish", "examples/catalog", "--name", "base")).stderr).toContain(
      "  a/service.yaml /name: no label (InvalidName)\n",
    );
  });
});

describe("a hub that cannot be had", () => {
  it("is not there", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    server.close();
    await once(server, "close");
    expect(await portolan(["--server", `http://127.0.0.1:${port}`, "get", "clusters"])).toEqual({
      code: 1,
      stdout: "",
      stderr: `error: no hub answers at http://127.0.0.1:${port} (HubUnreachable)\nstart one, or say where it is: --server, PORTOLAN_SERVER, or portolan config set-context\n`,
    });
  });

  it.each([
    ["a page", "<html>hello</html>"],
    ["other JSON", '{"items":[{"name":1}]}'],
  ])("answers with %s", async (_what, body) => {
    hub.on("GET /v1/clusters", (_asked, response) => void response.end(body));
    const result = await ask("get", "clusters");
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain(`error: ${hub.url} does not answer like a hub to GET /v1/clusters: `);
  });

  it("answers with an error that is no problem document", async () => {
    hub.on("GET /v1/clusters", (_asked, response) => void response.writeHead(502).end("bad gateway"));
    expect((await ask("get", "clusters")).stderr).toContain("status 502, and no problem document");
  });

  it.each([
    [401, 4],
    [403, 4],
    [503, 1],
  ])("says %i, which is exit code %i", async (status, code) => {
    hub.on("GET /v1/clusters", problem(status, "Some", "no"));
    expect(await ask("get", "clusters")).toEqual({ code, stdout: "", stderr: "error: no (Some)\n" });
  });

  it("breaks off in the middle", async () => {
    hub.on("GET /v1/clusters", (_asked, response) => {
      response.writeHead(200, { "content-length": "1000" }).write("{", () => response.destroy());
    });
    const result = await ask("get", "clusters");
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain("(HubUnreachable)");
  });
});

describe("what kubectl users expect", () => {
  const serve = (rollout: object, targets: readonly object[] = []): void => {
    hub.on("GET /v1/rollouts/cve", ok(rollout));
    hub.on("GET /v1/rollouts/cve/targets", ok({ items: targets }));
  };

  it("what get prints can be applied, without how far it is", async () => {
    serve(aRollout("Checked", [], { name: "cve", uid: "ro-1", checkHash: "f00" }));
    hub.on("PUT /v1/rollouts/cve", ok(aRollout("Checked", [], { name: "cve", uid: "ro-1", checkHash: "f00" })));
    const { stdout } = await ask("get", "rollout", "rollout/cve", "-o", "yaml");
    const applied = await portolan(["--server", hub.url, "apply", "-f", "-"], { input: stdout });
    expect(applied.code).toBe(0);
    const { spec } = parse(stdout);
    expect(hub.asked.find(({ method }) => method === "PUT")?.body).toEqual({
      apiVersion: "portolan.dev/v1alpha1",
      kind: "Rollout",
      metadata: { name: "cve" },
      spec,
    });
  });

  it("takes names as -o name prints them", async () => {
    serve(aRollout("Running", [], { name: "cve" }));
    hub.on("GET /v1/rollouts", ok({ items: [aRollout("Running", [], { name: "cve" })] }));
    hub.on("POST /v1/rollouts/cve/skip", ok(aRollout("Running", [], { name: "cve" })));
    const { stdout } = await ask("get", "rollouts", "-o", "name");
    expect(stdout).toBe("rollout/cve\n");
    expect(await ask("rollout", "skip", stdout.trim(), "instance/a/tools/dns")).toMatchObject({ code: 0 });
    expect(hub.asked.find(({ method }) => method === "POST")?.body).toEqual({
      targets: [{ cluster: "a", namespace: "tools", name: "dns" }],
    });
  });

  it("starts nothing that nobody has agreed to", async () => {
    serve(aRollout("Checked", [], { name: "cve", checkHash: "f00" }));
    hub.on("POST /v1/rollouts/cve/start", ok(aRollout("Running", [], { name: "cve" })));
    const refused = await ask("rollout", "start", "cve");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("(NotConfirmed)");
    expect(refused.stderr).toContain("portolan rollout start cve --hash f00");
    expect(hub.asked.filter(({ method }) => method === "POST")).toEqual([]);
    expect(await ask("rollout", "start", "cve", "--hash", "bad")).toMatchObject({ code: 0 });
    expect(await ask("rollout", "start", "cve", "--yes")).toMatchObject({ code: 0 });
    expect(hub.asked.filter(({ method }) => method === "POST").map(({ body }) => body)).toEqual([{ hash: "bad" }, { hash: "f00" }]);
  });

  it("says of events that there is nothing that they could be of", async () => {
    hub.on("GET /v1/events", ok({ items: [] }));
    hub.on("GET /v1/instances", ok({ items: [anInstance("bergen")] }));
    hub.on("GET /v1/clusters/bergn", problem(404, "UnknownCluster", "no cluster of the fleet is called bergn"));
    fleet("bergen");
    for (const more of [[], ["--follow"]]) {
      const instance = await ask("events", "dsn", ...more);
      expect([instance.code, instance.stderr]).toEqual([1, expect.stringContaining("names of instances: dns")]);
      const cluster = await ask("events", "--cluster", "bergn", ...more);
      expect([cluster.code, cluster.stderr]).toEqual([1, expect.stringContaining("clusters: bergen")]);
    }
    expect(await ask("events", "dns")).toMatchObject({ code: 0, stderr: "no events found\n" });
  });
});

describe("the process", () => {
  it("takes the hub's address from its environment, and ends when it is done though connections are kept", async () => {
    fleet("bergen");
    const result = await start(["get", "clusters", "-o", "name"], { env: { PORTOLAN_SERVER: `${hub.url}/` } }).ended;
    expect(result).toEqual({ code: 0, stdout: "cluster/bergen\n", stderr: "" });
  });

  it("ends without a word when nobody reads its output any more", async () => {
    // More than a pipe holds.
    hub.on("GET /v1/clusters", ok({ items: Array.from({ length: 20_000 }, (_, index) => aCluster(`cluster-${index}`)) }));
    const running = start(["get", "clusters", "-o", "json", "--server", hub.url]);
    running.process.stdout?.once("data", () => running.process.stdout?.destroy());
    expect(await running.ended).toMatchObject({ code: 141, stderr: "" });
  });
});

describe("portolan cluster", () => {
  const labels =
    (current: object, etag: string): Answer =>
    (_asked, response) => {
      response.writeHead(200, { "content-type": "application/json", etag }).end(JSON.stringify({ labels: current }));
    };

  it("lists like get clusters", async () => {
    fleet("a", "b");
    expect((await ask("cluster", "list", "-o", "name", "--field-selector", "region!=eu")).stdout).toBe("cluster/a\ncluster/b\n");
    expect(hub.asked.at(-1)?.query).toMatchObject({ fieldSelector: "region!=eu" });
  });

  it("changes labels on top of what they are, also when somebody else was faster", async () => {
    let reads = 0;
    hub.on("GET /v1/clusters/a/labels", (asked, response) => {
      reads += 1;
      return labels(reads === 1 ? { env: "test" } : { env: "test", team: "x" }, `"${reads}"`)(asked, response);
    });
    hub.on("PUT /v1/clusters/a/labels", (asked, response) =>
      (asked.headers["if-match"] === '"2"' ? ok(aCluster("a")) : problem(412, "PreconditionFailed", "changed"))(asked, response),
    );
    const { code, stderr } = await ask("cluster", "label", "a", "tier=gold", "env-", "gone-");
    expect([code, stderr]).toEqual([0, "warning: the cluster a has no label gone\ncluster a is labelled\n"]);
    expect(hub.asked.at(-1)?.body).toEqual({ labels: { team: "x", tier: "gold" } });
  });

  it("changes no label that has another value without --overwrite", async () => {
    hub.on("GET /v1/clusters/a/labels", labels({ env: "test" }, '"1"'));
    hub.on("PUT /v1/clusters/a/labels", ok(aCluster("a")));
    const { code, stderr } = await ask("cluster", "label", "a", "env=prod");
    expect([code, stderr]).toEqual([1, expect.stringContaining("LabelExists")]);
    expect(hub.asked.some(({ method }) => method === "PUT")).toBe(false);
    expect((await ask("cluster", "label", "a", "env=prod", "--overwrite")).code).toBe(0);
    expect(hub.asked.at(-1)?.body).toEqual({ labels: { env: "prod" } });
  });

  it("labels several at once: by their names, by a selector, or all of the fleet", async () => {
    fleet("a", "b");
    for (const name of ["a", "b"]) {
      hub.on(`GET /v1/clusters/${name}/labels`, labels({}, '"1"'));
      hub.on(`PUT /v1/clusters/${name}/labels`, ok(aCluster(name)));
    }
    for (const chosen of [["a", "b"], ["-l", "env=test"], ["--all"]]) {
      const asked = hub.asked.length;
      expect(await ask("cluster", "label", ...chosen, "x=y")).toMatchObject({
        code: 0,
        stderr: "cluster a is labelled\ncluster b is labelled\n",
      });
      const [, list] = chosen;
      const written = hub.asked.slice(asked).filter(({ method }) => method === "PUT");
      expect(written.map(({ path, body }) => [path, body])).toEqual(
        ["a", "b"].map((name) => [`/v1/clusters/${name}/labels`, { labels: { x: "y" } }]),
      );
      expect(hub.asked.slice(asked).find(({ path }) => path === "/v1/clusters")?.query["labelSelector"]).toBe(
        list === "env=test" ? list : undefined,
      );
    }
  });

  it("labels none when one has another value, or when it was not said which", async () => {
    fleet("a", "b");
    hub.on("GET /v1/clusters/a/labels", labels({}, '"1"'));
    hub.on("GET /v1/clusters/b/labels", labels({ x: "z" }, '"1"'));
    expect(await ask("cluster", "label", "--all", "x=y")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the cluster b has other values"),
    });
    expect(hub.asked.some(({ method }) => method === "PUT")).toBe(false);
    for (const args of [["x=y"], ["a", "--all", "x=y"], ["a"], ["--all", "-l", "a=b", "x=y"]]) {
      expect(await ask("cluster", "label", ...args)).toMatchObject({ code: 2 });
    }
  });

  it("tells who is no hub, and what is no label", async () => {
    hub.on("GET /v1/clusters/a/labels", ok({ labels: {} }));
    expect(await ask("cluster", "label", "a", "x=y")).toMatchObject({ code: 1, stderr: expect.stringContaining("UnexpectedAnswer") });
    expect(await ask("cluster", "label", "a", "x")).toMatchObject({ code: 2 });
    expect(await ask("cluster", "label", "a", "x=y", "x-")).toMatchObject({ code: 2 });
  });
});
