import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { offer, status, type FakeAgent, type FakeAgentOptions } from "./fake-agent.ts";
import { eventually, Harness, type TestHub } from "./harness.ts";
import { obey, type Behaviour } from "./obedient-agent.ts";
import { applyRollout, checked, ended, readRollout, startRollout } from "./rollouts.ts";

const ONE_AT_A_TIME = { waves: [{ maxConcurrent: 1 }] };
const FOREVER: Behaviour = { workMs: 60_000 };

describe("a rollout", () => {
  let harness: Harness;
  let hub: TestHub;

  beforeEach(async () => {
    harness = await Harness.start();
    hub = await harness.hub();
  });
  afterEach(() => harness.stop());

  async function cluster(name: string, behaviour: Behaviour = {}, options: Partial<FakeAgentOptions> = {}): Promise<FakeAgent> {
    const agent = await harness.agent(name, { onDocument: obey(behaviour), ...options });
    agent.report("main", status({ availabilityDigest: agent.offer("main", offer("1.0.0", ["1.1.0", "1.2.0"], ["3.0.0"])) }));
    await eventually(
      () => hub.get(`/v1/clusters/${name}/namespaces/default/instances/main`),
      ({ body }) => body.availability?.current === true,
    );
    return agent;
  }

  const untilRunning = (name: string, target = 0) =>
    eventually(
      () => readRollout(hub, name),
      ({ targets }) => targets[target].state === "Running",
    );

  it("asks every agent first, moves every target when it is started, and ends Succeeded", async () => {
    for (const name of ["alpha", "beta", "gamma"]) {
      await cluster(name);
    }
    const applied = await applyRollout(hub, { version: "1.2.0" }, "cve");
    expect(applied).toMatchObject({ status: 201, body: { name: "cve", phase: "Checking", counts: { Pending: 3 } } });
    const { body: ready } = await checked(hub, "cve");
    const { body: targets } = await hub.get("/v1/rollouts/cve/targets");
    expect(targets.items[0]).toMatchObject({
      state: "Pending",
      from: "1.0.0",
      to: "1.2.0",
      check: { type: "Checked", steps: ["1.1.0", "1.2.0"] },
    });
    await hub.post("/v1/rollouts/cve/start", { hash: ready.checkHash, reason: "CVE" });
    expect(await ended(hub, "cve")).toMatchObject({
      phase: "Succeeded",
      counts: { Succeeded: 3 },
      waves: [{ name: "1", state: "Passed" }],
      targets: [
        { cluster: "alpha", from: "1.0.0", version: "1.2.0", state: "Succeeded" },
        { cluster: "beta", state: "Succeeded" },
        { cluster: "gamma", state: "Succeeded" },
      ],
    });
  });

  it("goes to whom their clusters' facts choose, and tells how long that took elsewhere", async () => {
    const facts = { kubernetesVersion: "v1.37.2", provider: "aws" };
    await cluster("alpha", { workMs: 50 }, { facts: { ...facts, region: "eu" } });
    await cluster("beta", {}, { facts: { ...facts, region: "us" } });
    await cluster("gamma");
    const at = (region: string) => ({ selector: { fields: { provider: "aws", region, version: "1.0.0" } } });
    const first = await startRollout(hub, at("eu"));
    const done = await ended(hub, first);
    expect(done).toMatchObject({ phase: "Succeeded", targets: [{ cluster: "alpha" }] });
    expect(done.targets).toHaveLength(1);
    const { body } = await applyRollout(hub, at("us"));
    await checked(hub, body.name);
    const { targets } = await readRollout(hub, body.name);
    expect(targets).toMatchObject([{ cluster: "beta", check: { estimatedMs: expect.any(Number) } }]);
    expect(targets[0].check.estimatedMs).toBeGreaterThanOrEqual(49);
  });

  it("that starts right after a change takes nothing that was reported before it as its end", async () => {
    const agent = await cluster("alpha");
    const there = { version: "1.1.0", targetVersion: "1.1.0" };
    const availabilityDigest = agent.offer("main", offer("1.1.0", ["1.2.0"]));
    // Somebody has changed the instance, and the agent has not looked at it since: all the rest is older.
    const reported = (observedGeneration: number) =>
      agent.report("main", status({ ...there, availabilityDigest, generation: 9, observedGeneration }));
    reported(4);
    await eventually(
      () => hub.get("/v1/clusters/alpha/namespaces/default/instances/main"),
      ({ body }) => body.generation === 9 && body.availability?.current === true,
    );
    const { body: applied } = await applyRollout(hub);
    const asked = await readRollout(hub, applied.name);
    expect(asked.targets).toMatchObject([{ state: "Pending", check: { type: "Asked" } }]);
    agent.answer({ id: `${asked.uid}.0.c1`, namespace: "default", name: "main", phase: "Checked", planHash: "p" });
    const { body: ready } = await checked(hub, applied.name);
    await hub.post(`/v1/rollouts/${applied.name}/start`, { hash: ready.checkHash });
    await sleep(300);
    expect(await readRollout(hub, applied.name)).toMatchObject({ phase: "Running", targets: [{ state: "Pending" }] });
    reported(9);
    expect(await ended(hub, applied.name)).toMatchObject({ phase: "Succeeded", counts: { Succeeded: 1 } });
  });

  it("is not ended by a report from before its change has reached the instance, whatever the agent says of its intent", async () => {
    const agent = await cluster("alpha", { instead: () => "nothing" });
    const name = await startRollout(hub);
    const { targets } = await eventually(
      () => readRollout(hub, name),
      (body) => body.targets[0].state === "Sent",
    );
    const done = { id: targets[0].intentId, namespace: "default", name: "main", phase: "Done", generation: 2 } as const;
    const there = { version: "1.1.0", targetVersion: "1.1.0", availabilityDigest: agent.offer("main", offer("1.1.0", [])) };
    const reported = (generation: number, observedGeneration: number) =>
      agent.report("main", status({ ...there, generation, observedGeneration }));
    // Healthy and at the version: by what was there before.
    reported(1, 1);
    agent.answer(done);
    await sleep(300);
    expect(await readRollout(hub, name)).toMatchObject({
      phase: "Running",
      targets: [{ version: "1.1.0", ready: true, state: "Running" }],
    });
    reported(2, 1);
    await sleep(300);
    expect(await readRollout(hub, name)).toMatchObject({ phase: "Running" });
    reported(2, 2);
    expect(await ended(hub, name)).toMatchObject({ phase: "Succeeded", counts: { Succeeded: 1 } });
  });

  it("installs, configures and removes, and an undo of the first takes away what it has made", async () => {
    for (const name of ["alpha", "beta"]) {
      await harness.agent(name, { onDocument: obey() });
    }
    await eventually(
      () => hub.get("/v1/clusters"),
      ({ body }) => body.items.length === 2,
    );
    const instance = { namespace: "dns", name: "main", config: { zones: ["a.example"] }, labels: { team: "network" } };
    const what = { service: "dns", version: undefined };
    const selector = { clusters: ["alpha"] };
    const installed = await startRollout(hub, { ...what, action: "install", version: "1.0.0", instance });
    expect(await ended(hub, installed)).toMatchObject({
      phase: "Succeeded",
      counts: { Succeeded: 2 },
      targets: [{ version: "1.0.0" }, {}],
    });
    const configured = await startRollout(hub, {
      ...what,
      action: "configure",
      selector,
      instance: { ...instance, config: { zones: [] } },
    });
    expect(await ended(hub, configured)).toMatchObject({ phase: "Succeeded", counts: { Succeeded: 1 } });
    const removed = await startRollout(hub, { ...what, action: "remove", selector, deletionPolicy: "Orphan" });
    expect(await ended(hub, removed)).toMatchObject({ phase: "Succeeded", counts: { Succeeded: 1 } });
    const key = { "idempotency-key": "undo" };
    const { body: undo } = await hub.post(`/v1/rollouts/${installed}/undo`, {}, key);
    const { body: ready } = await checked(hub, undo.name);
    await hub.post(`/v1/rollouts/${undo.name}/start`, { hash: ready.checkHash });
    expect(await ended(hub, undo.name)).toMatchObject({ phase: "Succeeded", targets: [{ cluster: "beta", state: "Succeeded" }] });
    // Asked again, the same is answered, and no other way back is made.
    expect(await hub.post(`/v1/rollouts/${installed}/undo`, {}, key)).toMatchObject({ status: 201, body: { name: undo.name } });
    const { body } = await hub.get("/v1/instances");
    expect(body.items).toEqual([]);
    expect(await applyRollout(hub, { ...what, action: "remove" })).toMatchObject({ status: 404, body: { code: "UnknownService" } });
  });

  it("is the same when its document is applied again, and another one until it has started", async () => {
    await cluster("alpha");
    expect((await applyRollout(hub, {}, "one")).status).toBe(201);
    const { body: first } = await checked(hub, "one");
    expect(await applyRollout(hub, {}, "one")).toMatchObject({ status: 200, body: { checkHash: first.checkHash } });
    expect(await applyRollout(hub, { version: "1.2.0" }, "one")).toMatchObject({ status: 200, body: { phase: "Checking" } });
    const { body: second } = await checked(hub, "one");
    expect(second.checkHash).not.toBe(first.checkHash);
    expect(await hub.post("/v1/rollouts/one/start", { hash: first.checkHash })).toMatchObject({
      status: 409,
      body: { code: "StaleCheck" },
    });
    await hub.post("/v1/rollouts/one/start", { hash: second.checkHash });
    expect(await applyRollout(hub, {}, "one")).toMatchObject({ status: 409, body: { code: "RolloutExists" } });
    expect((await ended(hub, "one")).targets).toMatchObject([{ version: "1.2.0" }]);
  });

  it("is listed with the others, the newest first, page by page and without its targets", async () => {
    const names: string[] = [];
    for (const name of ["alpha", "beta"]) {
      await cluster(name);
      const started = await startRollout(hub, { selector: { clusters: [name] } });
      await ended(hub, started);
      names.unshift(started);
    }
    const { body } = await hub.get("/v1/rollouts?limit=1&service=cert-manager&phase=Succeeded");
    const { body: next } = await hub.get(`/v1/rollouts?limit=1&continue=${body.continue}`);
    expect([...body.items, ...next.items].map(({ name }: { readonly name: string }) => name)).toEqual(names);
    expect(body.items[0]).toMatchObject({ phase: "Succeeded", counts: { Succeeded: 1 } });
    expect(body.items[0]).not.toHaveProperty("targets");
    expect(next.continue).toBeUndefined();
    expect((await hub.get("/v1/rollouts?phase=Running")).body.items).toEqual([]);
  });

  it("changes only what was read, and is forgotten when it has ended", async () => {
    await cluster("alpha");
    await applyRollout(hub, {}, "one");
    await checked(hub, "one");
    const read = await fetch(`${hub.hub.url}/v1/rollouts/one`);
    const etag = read.headers.get("etag") ?? "";
    const act = (action: string, ifMatch: string, body: object = {}) =>
      fetch(`${hub.hub.url}/v1/rollouts/one/${action}`, {
        method: "POST",
        headers: { "content-type": "application/json", "if-match": ifMatch },
        body: JSON.stringify(body),
      });
    expect((await act("abort", '"another"')).status).toBe(412);
    expect((await act("abort", etag)).status).toBe(200);
    expect(await hub.send("DELETE", "/v1/rollouts/one")).toMatchObject({ status: 204 });
    expect(await hub.get("/v1/rollouts/one")).toMatchObject({ status: 404, body: { code: "UnknownRollout" } });
  });

  it("sends the plan that was agreed to, and takes the intent back when it is done", async () => {
    const agent = await cluster("alpha");
    const name = await startRollout(hub, { acceptRisks: ["downtime"], notAfterSeconds: 60 });
    await ended(hub, name);
    const sent = agent.documents.flatMap(({ intents }) => intents).find(({ mode }) => mode === "Apply");
    expect(sent).toMatchObject({
      version: "1.1.0",
      planHash: offer("1.0.0", ["1.1.0"]).available[0]?.planHash,
      rollout: name,
      acceptRisks: ["downtime"],
    });
    expect(sent?.notAfterUnixMs).toBeGreaterThan(Date.now());
    await eventually(
      () => agent.document?.intents.length,
      (count) => count === 0,
    );
  });

  it("goes wave by wave, waits for who has to approve, and passes a gate only on what is true now", async () => {
    const roles = { owner: ["grace"] };
    hub = await harness.hub({ roles });
    for (const name of ["alpha", "beta", "gamma"]) {
      await cluster(name);
    }
    const name = await startRollout(hub, {
      waves: [
        { name: "canary", clusters: { selector: { clusters: ["beta"] } }, verify: "instance.version == '1.1.0' && cluster.online" },
        { name: "rest", approval: { roles: ["owner"] } },
      ],
    });
    const waiting = await ended(hub, name, { phases: ["AwaitingApproval"] });
    expect(waiting).toMatchObject({
      counts: { Succeeded: 1, Pending: 2 },
      waves: [
        { name: "canary", state: "Passed" },
        { name: "rest", state: "AwaitingApproval" },
      ],
    });
    const approve = (actor: string) =>
      fetch(`${hub.hub.url}/v1/rollouts/${name}/approve`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-portolan-actor": actor },
        body: "{}",
      });
    const refused = await approve("mallory");
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: "NotAllowed" }]);
    expect((await approve("grace")).status).toBe(200);
    expect(await ended(hub, name)).toMatchObject({ phase: "Succeeded", waves: [{}, { state: "Passed", approvedBy: "grace" }] });
  });

  it("never has more in flight than it may", async () => {
    let inFlight = 0;
    let most = 0;
    const behaviour: Behaviour = {
      workMs: 30,
      instead: () => {
        inFlight += 1;
        most = Math.max(most, inFlight);
        setTimeout(() => {
          inFlight -= 1;
        }, 30);
        return undefined;
      },
    };
    for (const name of ["a", "b", "c", "d", "e"]) {
      await cluster(name, behaviour);
    }
    const name = await startRollout(hub, { waves: [{ maxConcurrent: 2 }] });
    expect((await ended(hub, name)).phase).toBe("Succeeded");
    expect(most).toBe(2);
  });

  it("counts a target only with the report of the acknowledged generation", async () => {
    // Says Done at once, while the report is still the old one.
    const agent = await cluster("alpha", { instead: () => ({ phase: "Done" }) });
    const name = await startRollout(hub);
    expect((await untilRunning(name)).phase).toBe("Running");
    agent.report("main", status({ version: "1.1.0", targetVersion: "1.1.0" }));
    expect((await ended(hub, name)).phase).toBe("Succeeded");
  });

  it("pauses after a failure, says why, tries again when it is told to, and goes on", async () => {
    let broken = true;
    await cluster("alpha", {
      instead: () => (broken ? { phase: "Failed", reason: { code: "JobFailed", message: "the backup failed" } } : undefined),
    });
    await cluster("beta");
    const name = await startRollout(hub, ONE_AT_A_TIME);
    expect(await ended(hub, name, { phases: ["Paused"] })).toMatchObject({
      paused: { reason: { code: "FailureBudgetExceeded" } },
      targets: [
        { cluster: "alpha", state: "Failed", reasons: [{ code: "JobFailed", message: "the backup failed" }] },
        { cluster: "beta", state: "Pending", version: "1.0.0" },
      ],
    });
    broken = false;
    expect(await hub.post(`/v1/rollouts/${name}/retry`, {})).toMatchObject({ status: 200, body: { phase: "Paused" } });
    await hub.post(`/v1/rollouts/${name}/resume`, {});
    expect(await ended(hub, name)).toMatchObject({ phase: "Succeeded", counts: { Succeeded: 2 } });
  });

  it("shows both plans when an agent's has changed since it was asked", async () => {
    const other = "f".repeat(64);
    await cluster("alpha", {
      instead: () => ({ phase: "Refused", reason: { code: "PlanChanged", message: "preview it again" }, planHash: other }),
    });
    const name = await startRollout(hub);
    const { targets } = await ended(hub, name, { phases: ["Paused"] });
    expect(targets[0]).toMatchObject({
      state: "Refused",
      reasons: [{ code: "PlanChanged" }],
      planHash: offer("1.0.0", ["1.1.0"]).available[0]?.planHash,
      agentPlanHash: other,
    });
  });

  it("fails a target that does not move, and tells its agent to hold", async () => {
    const agent = await cluster("alpha", { instead: () => "nothing" });
    const name = await startRollout(hub, { progressDeadlineSeconds: 0.3 });
    expect(await ended(hub, name, { phases: ["Paused"] })).toMatchObject({
      targets: [{ state: "Failed", reasons: [{ code: "ProgressDeadlineExceeded" }] }],
    });
    const [intent] = await eventually(
      () => agent.document?.intents ?? [],
      ([first]) => first?.mode === "Hold",
    );
    // It stays in the document until the agent has said the last word.
    agent.answer({ id: intent?.id ?? "", namespace: "default", name: "main", phase: "Held" });
    await eventually(
      () => agent.document?.intents.length,
      (count) => count === 0,
    );
  });

  it("aborts: what runs is held, nothing new is sent", async () => {
    const alpha = await cluster("alpha", FOREVER);
    const beta = await cluster("beta");
    const name = await startRollout(hub, ONE_AT_A_TIME);
    await untilRunning(name);
    expect((await hub.post(`/v1/rollouts/${name}/abort`, {})).body.phase).toBe("Aborting");
    expect(await ended(hub, name)).toMatchObject({
      phase: "Aborted",
      targets: [
        { cluster: "alpha", state: "Held" },
        { cluster: "beta", state: "Skipped", reasons: [{ code: "Aborted" }] },
      ],
    });
    expect(alpha.documents.flatMap(({ intents }) => intents.map(({ mode }) => mode))).toContain("Hold");
    expect(beta.documents.flatMap(({ intents }) => intents).filter(({ mode }) => mode !== "Check")).toEqual([]);
    expect(await hub.post(`/v1/rollouts/${name}/abort`, {})).toMatchObject({
      status: 409,
      body: {
        code: "WrongPhase",
        detail: expect.stringContaining("is Aborted: abort is possible while it is Draft, Checking, Checked, Running"),
      },
    });
  });

  it("refuses what cannot be, with every reason", async () => {
    await cluster("alpha", FOREVER);
    await cluster("beta", FOREVER);
    expect(await applyRollout(hub, { version: "9.9.9" })).toMatchObject({ status: 404, body: { code: "UnknownVersion" } });
    expect(await applyRollout(hub, { service: "nothing" })).toMatchObject({ status: 404, body: { code: "UnknownService" } });
    expect(await applyRollout(hub, { selector: { clusters: ["omega"] } })).toMatchObject({ status: 404, body: { code: "UnknownCluster" } });
    const misspelt = { status: 404, body: { code: "UnknownCluster", detail: expect.stringContaining("alhpa; there are alpha, beta") } };
    expect(await applyRollout(hub, { targets: [{ cluster: "alhpa", skip: true }] })).toMatchObject(misspelt);
    expect(await applyRollout(hub, { waves: [{ clusters: { selector: { clusters: ["alhpa"] } } }, {}] })).toMatchObject(misspelt);
    const none = ["alpha", "beta"].map((name) => ({ cluster: name, skip: true }));
    expect(await applyRollout(hub, { targets: none })).toMatchObject({
      status: 422,
      body: { code: "EmptySelection", detail: expect.stringContaining("left out") },
    });
    expect(await applyRollout(hub, { selector: { labels: "tier=gold" } })).toMatchObject({ status: 422, body: { code: "EmptySelection" } });
    expect(await applyRollout(hub, { waves: [{ clusters: { count: 1 } }] })).toMatchObject({ status: 422, body: { code: "NoWave" } });
    expect(await applyRollout(hub, { waves: [{ approval: { roles: ["nobody"] } }] })).toMatchObject({
      status: 422,
      body: { code: "UnknownRole" },
    });
    const twice = [{ clusters: { selector: { clusters: ["alpha"] } } }, { clusters: { selector: { labels: "" } } }];
    expect(await applyRollout(hub, { waves: twice })).toMatchObject({
      status: 422,
      body: { code: "OverlappingWaves", detail: expect.stringContaining("alpha") },
    });
    expect(await applyRollout(hub, { selectors: {}, waves: [{ maxconcurrent: 3 }] })).toMatchObject({
      status: 400,
      body: {
        code: "InvalidRequest",
        errors: expect.arrayContaining([
          { path: "body/spec", message: expect.stringMatching(/unknown field selectors; known are selector,/u) },
          { path: "body/spec/waves/0", message: expect.stringMatching(/unknown field maxconcurrent; known are maxConcurrent,/u) },
        ]),
      },
    });
    const clusters = Array.from({ length: 8_000 }, (_, index) => `cluster-${"x".repeat(40)}-${index}`);
    expect(await applyRollout(hub, { selector: { clusters } })).toMatchObject({ status: 422, body: { code: "SpecTooLarge" } });
    expect((await applyRollout(hub, { reason: "x".repeat(11_000_000) })).status).toBe(413);
    const unreachable = await applyRollout(hub, { version: "3.0.0" });
    const { body } = await checked(hub, unreachable.body.name);
    expect(await hub.post(`/v1/rollouts/${body.name}/start`, { hash: body.checkHash })).toMatchObject({
      status: 409,
      body: {
        code: "TargetsRefused",
        instances: [
          { cluster: "alpha", reasons: [{ code: "KubernetesVersion", message: "3.0.0 needs another Kubernetes" }] },
          { cluster: "beta", reasons: [{ code: "KubernetesVersion" }] },
        ],
      },
    });
    const first = await startRollout(hub, { selector: { clusters: ["alpha"] } });
    expect(await applyRollout(hub)).toMatchObject({ status: 409, body: { code: "InstanceBusy", rollout: first } });
    await startRollout(hub, { selector: { clusters: ["beta"] } });
  });

  it("skips what cannot reach the version when told so, and takes targets that are there as done", async () => {
    const alpha = await cluster("alpha");
    alpha.report("main", status({ version: "3.0.0", targetVersion: "3.0.0", availabilityDigest: alpha.offer("main", offer("3.0.0", [])) }));
    await cluster("beta");
    await eventually(
      () => hub.get("/v1/clusters/alpha/namespaces/default/instances/main"),
      ({ body }) => body.version === "3.0.0" && body.availability.current,
    );
    const name = await startRollout(hub, { version: "3.0.0", unreachable: "Skip" });
    expect(await ended(hub, name)).toMatchObject({
      phase: "Succeeded",
      targets: [{ state: "Succeeded" }, { state: "Skipped", reasons: [{ code: "KubernetesVersion" }] }],
    });
  });

  it("takes in a cluster that is given the label while it runs, and leaves out one that loses it before its turn", async () => {
    await cluster("alpha", { workMs: 300 });
    await cluster("beta");
    const gamma = await cluster("gamma");
    const label = (name: string, labels: object) => hub.send("PUT", `/v1/clusters/${name}/labels`, { labels });
    await label("alpha", { tier: "gold" });
    await label("beta", { tier: "gold" });
    const name = await startRollout(hub, { selector: { labels: "tier in (gold)" }, ...ONE_AT_A_TIME });
    await untilRunning(name);
    await label("beta", {});
    await label("gamma", { tier: "gold" });
    expect(await ended(hub, name)).toMatchObject({
      phase: "Succeeded",
      targets: [
        { cluster: "alpha", state: "Succeeded" },
        { cluster: "beta", state: "Skipped", reasons: [{ code: "NotSelected" }] },
        { cluster: "gamma", state: "Succeeded" },
      ],
    });
    expect(gamma.document?.labels).toEqual({ tier: "gold" });
  });

  it("pauses when the version is retracted while it runs", async () => {
    const alpha = await cluster("alpha", { workMs: 400 });
    await cluster("beta");
    const name = await startRollout(hub, ONE_AT_A_TIME);
    await untilRunning(name);
    const retracted = offer("1.0.0", ["1.2.0"]);
    const beta = harness.agentOf("beta");
    beta?.report(
      "main",
      status({
        availabilityDigest: beta.offer("main", {
          ...retracted,
          unavailable: [{ version: "1.1.0", reasons: [{ code: "Retracted", message: "1.1.0 was retracted: it loses data" }] }],
          totalUnavailable: 1,
        }),
      }),
    );
    expect(await ended(hub, name, { phases: ["Paused"] })).toMatchObject({
      paused: { reason: { code: "VersionRetracted", message: "1.1.0 was retracted: it loses data" } },
      targets: [{}, { cluster: "beta", state: "Pending" }],
    });
    expect(alpha.document).toBeDefined();
  });

  it("goes on after the hub was lost with its memory", async () => {
    await cluster("alpha", { workMs: 1_500 });
    await cluster("beta", { workMs: 100 });
    const name = await startRollout(hub, ONE_AT_A_TIME);
    await untilRunning(name);
    await hub.hub.stop();
    hub = await harness.hub();
    expect(await ended(hub, name, { timeoutMs: 10_000 })).toMatchObject({ phase: "Succeeded", counts: { Succeeded: 2 } });
  });

  it("brings an offline cluster up when it is back", async () => {
    await cluster("alpha");
    const beta = await cluster("beta", {}, { heartbeatIntervalMs: 100 });
    beta.silence();
    await eventually(
      () => hub.get("/v1/clusters/beta"),
      ({ body }) => body.state === "Offline",
    );
    const name = await startRollout(hub);
    const deferred = await eventually(
      () => readRollout(hub, name),
      ({ counts }) => counts.Succeeded === 1,
    );
    expect(deferred).toMatchObject({
      phase: "Running",
      targets: [{}, { cluster: "beta", state: "Deferred", check: { type: "Unchecked" } }],
    });
    beta.beat();
    expect(await ended(hub, name)).toMatchObject({ phase: "Succeeded", counts: { Succeeded: 2 } });
  });

  it("is undone along the downgrades that the agents have", async () => {
    await cluster("alpha", { offers: () => ["1.0.0"] });
    const name = await startRollout(hub);
    await ended(hub, name);
    const undo = await eventually(
      () => hub.post(`/v1/rollouts/${name}/undo`, {}),
      ({ status: code }) => code === 201,
    );
    expect(undo.body).toMatchObject({ name: `${name}-undo`, undoes: name, spec: { action: "downgrade" } });
    const { body } = await checked(hub, `${name}-undo`);
    await hub.post(`/v1/rollouts/${name}-undo/start`, { hash: body.checkHash });
    expect(await ended(hub, `${name}-undo`)).toMatchObject({
      phase: "Succeeded",
      targets: [{ from: "1.1.0", to: "1.0.0", version: "1.0.0" }],
    });
  });

  it("takes each target to the newest version of a range that its own agent offers", async () => {
    await cluster("alpha");
    const beta = await cluster("beta");
    const availabilityDigest = beta.offer("main", offer("1.0.0", ["1.1.0", "2.0.0"]));
    beta.report("main", status({ availabilityDigest }));
    await eventually(
      () => hub.get("/v1/clusters/beta/namespaces/default/instances/main"),
      ({ body }) => body.availability?.digest === availabilityDigest && body.availability.current === true,
    );
    const name = await startRollout(hub, { version: undefined, versionRange: "^1" });
    expect(await ended(hub, name)).toMatchObject({
      phase: "Succeeded",
      targets: [
        { cluster: "alpha", to: "1.2.0", version: "1.2.0" },
        { cluster: "beta", to: "1.1.0", version: "1.1.0" },
      ],
    });
  });

  it("shows its targets page by page, by their state and their cluster", async () => {
    await cluster("alpha");
    await cluster("beta", { instead: () => ({ phase: "Failed", reason: { code: "Broken", message: "it is broken" } }) });
    const name = await startRollout(hub, { failureBudget: { count: 1 } });
    await ended(hub, name);
    const clusters = async (query: string): Promise<readonly string[]> => {
      const { body } = await hub.get(`/v1/rollouts/${name}/targets?${query}`);
      return body.items.map(({ cluster: of }: { readonly cluster: string }) => of);
    };
    const { body: first } = await hub.get(`/v1/rollouts/${name}/targets?limit=1`);
    expect([first.items.length, await clusters(`limit=1&continue=${first.continue}`)]).toEqual([1, ["beta"]]);
    expect([await clusters("state=Failed"), await clusters("state=Running"), await clusters("cluster=alpha")]).toEqual([
      ["beta"],
      [],
      ["alpha"],
    ]);
    expect((await hub.get("/v1/rollouts?service=external-dns")).body.items).toEqual([]);
  });

  it("is written down: who asked for what, what was sent to whom, and how it ended", async () => {
    await cluster("alpha");
    const name = await startRollout(hub);
    await ended(hub, name);
    const { body } = await eventually(
      () => hub.get(`/v1/audit?rollout=${name}`),
      (answer) => answer.body.items[0]?.action === "RolloutEnded",
    );
    const told = body.items.map(({ action, actor }: { readonly action: string; readonly actor: string }) => `${action} ${actor}`);
    expect(told.toReversed()).toEqual([
      "RolloutApplied anonymous",
      "RolloutChecked system:hub",
      "RolloutStarted anonymous",
      "WaveStarted system:hub",
      "TargetSent system:hub",
      "TargetEnded system:hub",
      "WavePassed system:hub",
      "RolloutEnded system:hub",
    ]);
    const { body: ofCluster } = await hub.get("/v1/audit?cluster=alpha&service=cert-manager");
    expect(ofCluster.items).toMatchObject([
      { action: "TargetEnded", rollout: name, before: "1.0.0", after: { version: "1.1.0", result: "Succeeded" } },
      { action: "TargetSent", after: "1.1.0" },
    ]);
  });

  it("is written down with why somebody asked for what, and what it was before", async () => {
    await cluster("alpha", FOREVER);
    await applyRollout(hub, { version: "1.2.0" }, "one");
    const name = "one";
    await applyRollout(hub, {}, name);
    const { body: ready } = await checked(hub, name);
    await hub.post(`/v1/rollouts/${name}/start`, { hash: ready.checkHash });
    await hub.post(`/v1/rollouts/${name}/pause`, { reason: "wrong week" });
    await hub.post(`/v1/rollouts/${name}/abort`, { reason: "wrong year" });
    const { body } = await eventually(
      () => hub.get(`/v1/audit?rollout=${name}`),
      ({ body: { items } }) => items.some(({ action }: { readonly action: string }) => action === "RolloutAborted"),
    );
    const before = body.items.flatMap(({ action, before: was }: { readonly action: string; readonly before?: unknown }) =>
      was === undefined || action === "TargetSent" ? [] : [[action, was]],
    );
    expect(before.toReversed()).toEqual([
      ["RolloutApplied", { action: "upgrade", version: "1.2.0", targets: 1 }],
      ["RolloutStarted", "Checked"],
      ["RolloutPaused", "Running"],
      ["RolloutAborted", "Paused"],
    ]);
    const why = body.items.flatMap(({ action, reason }: { readonly action: string; readonly reason?: string }) =>
      action === "RolloutPaused" || action === "RolloutAborted" ? `${action}: ${reason}` : [],
    );
    expect(why).toEqual(["RolloutAborted: anonymous aborted it: wrong year", "RolloutPaused: anonymous paused it: wrong week"]);
  });

  it("withdraws intents of a rollout that nobody knows any more", async () => {
    const alpha = await cluster("alpha", FOREVER);
    await startRollout(hub);
    await eventually(
      () => alpha.document?.intents,
      (intents) => intents?.[0]?.mode === "Apply",
    );
    const before = alpha.document?.revision ?? 0;
    await hub.hub.stop();
    await harness.emptyBucket("portolan-rollouts");
    hub = await harness.hub();
    const document = await eventually(
      () => alpha.document,
      (found) => found?.intents.length === 0,
    );
    expect(document?.revision).toBeGreaterThan(before);
  });
});
