import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { offer, status, type FakeAgent, type FakeAgentOptions } from "./fake-agent.ts";
import { eventually, Harness, type TestHub } from "./harness.ts";
import { obey, type Behaviour } from "./obedient-agent.ts";

describe("a fleet upgrade", () => {
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

  function ended(id: string, timeoutMs?: number) {
    return eventually(
      () => hub.get(`/v1/upgrades/${id}`),
      ({ body }) => !["Running", "Aborting"].includes(body.state),
      timeoutMs,
    );
  }

  it("moves every target and ends Succeeded", async () => {
    await cluster("alpha");
    await cluster("beta");
    await cluster("gamma");
    const { status: code, body: started } = await hub.post("/v1/upgrades", { service: "cert-manager", version: "1.2.0", reason: "CVE" });
    expect(code).toBe(201);

    const { body } = await ended(started.id);

    expect(body).toMatchObject({ state: "Succeeded", counts: { Succeeded: 3 }, reason: "CVE" });
    expect(body.targets).toMatchObject([
      { cluster: "alpha", from: "1.0.0", version: "1.2.0", state: "Succeeded" },
      { cluster: "beta", state: "Succeeded" },
      { cluster: "gamma", state: "Succeeded" },
    ]);
  });

  it("is listed with the others, the newest first and without its targets", async () => {
    const ids: string[] = [];
    for (const [name, version] of [
      ["alpha", "1.1.0"],
      ["beta", "1.2.0"],
    ] as const) {
      await cluster(name);
      const { body: started } = await hub.post("/v1/upgrades", { service: "cert-manager", version, selector: { clusters: [name] } });
      await ended(started.id);
      ids.unshift(started.id);
    }
    const { status: code, body } = await hub.get("/v1/upgrades");
    expect(code).toBe(200);
    expect(body.items.map(({ id }: { readonly id: string }) => id)).toEqual(ids);
    expect(body.items[0]).toMatchObject({ version: "1.2.0", state: "Succeeded", counts: { Succeeded: 1 } });
    expect(body.items[0]).not.toHaveProperty("targets");
  });

  it("sends the agent's own plan hash, and takes the intent back when it is done", async () => {
    const agent = await cluster("alpha");
    const { body: started } = await hub.post("/v1/upgrades", {
      service: "cert-manager",
      version: "1.1.0",
      acceptRisks: ["downtime"],
      notAfterSeconds: 60,
    });
    await ended(started.id);
    const plan = offer("1.0.0", ["1.1.0"]).available[0];
    const sent = agent.documents.flatMap(({ intents }) => intents);
    expect(sent[0]).toMatchObject({
      mode: "Apply",
      version: "1.1.0",
      planHash: plan?.planHash,
      rollout: started.id,
      acceptRisks: ["downtime"],
    });
    expect(sent[0]?.notAfterUnixMs).toBeGreaterThan(Date.now());
    await eventually(
      () => agent.document?.intents.length,
      (count) => count === 0,
    );
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
    const { body: started } = await hub.post("/v1/upgrades", { service: "cert-manager", version: "1.1.0", maxConcurrent: 2 });
    const { body } = await ended(started.id);
    expect(body.state).toBe("Succeeded");
    expect(most).toBe(2);
  });

  it("counts a target only with the report of the acknowledged generation", async () => {
    // Says Done at once, while the report is still the old one.
    const agent = await cluster("alpha", { instead: () => ({ phase: "Done" }) });
    const { body: started } = await hub.post("/v1/upgrades", { service: "cert-manager", version: "1.1.0" });
    const running = await eventually(
      () => hub.get(`/v1/upgrades/${started.id}`),
      ({ body }) => body.targets[0].state === "Running",
    );
    expect(running.body.state).toBe("Running");
    agent.report("main", status({ version: "1.1.0", targetVersion: "1.1.0" }));
    expect((await ended(started.id)).body.state).toBe("Succeeded");
  });

  it("stops after a failure, and says why", async () => {
    await cluster("alpha", { instead: () => ({ phase: "Failed", reason: { code: "JobFailed", message: "the backup failed" } }) });
    await cluster("beta");
    const { body: started } = await hub.post("/v1/upgrades", { service: "cert-manager", version: "1.1.0", maxConcurrent: 1 });
    const { body } = await ended(started.id);
    expect(body).toMatchObject({
      state: "Failed",
      targets: [
        { cluster: "alpha", state: "Failed", reasons: [{ code: "JobFailed", message: "the backup failed" }] },
        { cluster: "beta", state: "Skipped", version: "1.0.0", reasons: [{ code: "EarlierFailure" }] },
      ],
    });
  });

  it("goes on after a refusal, with the agent's reason", async () => {
    await cluster("alpha", { instead: () => ({ phase: "Refused", reason: { code: "OwnedByOther", message: "flux owns spec.version" } }) });
    await cluster("beta");
    const { body: started } = await hub.post("/v1/upgrades", { service: "cert-manager", version: "1.1.0", maxConcurrent: 1 });
    const { body } = await ended(started.id);
    expect(body).toMatchObject({
      state: "Failed",
      targets: [{ state: "Refused", reasons: [{ code: "OwnedByOther" }] }, { state: "Succeeded" }],
    });
  });

  it("fails a target that does not move, and tells its agent to hold", async () => {
    const agent = await cluster("alpha", { instead: () => "nothing" });
    const { body: started } = await hub.post("/v1/upgrades", { service: "cert-manager", version: "1.1.0", progressDeadlineSeconds: 0.3 });
    const { body } = await ended(started.id);
    expect(body).toMatchObject({ state: "Failed", targets: [{ state: "Failed", reasons: [{ code: "ProgressDeadlineExceeded" }] }] });
    await eventually(
      () => agent.document?.intents,
      (intents) => intents?.[0]?.mode === "Hold",
    );
    // It stays in the document until the agent has said the last word.
    agent.answer({ id: `${started.id}.0`, namespace: "default", name: "main", phase: "Held" });
    await eventually(
      () => agent.document?.intents.length,
      (count) => count === 0,
    );
  });

  it("aborts: what runs is held, nothing new is sent", async () => {
    const alpha = await cluster("alpha", { workMs: 60_000 });
    const beta = await cluster("beta");
    const { body: started } = await hub.post("/v1/upgrades", { service: "cert-manager", version: "1.1.0", maxConcurrent: 1 });
    await eventually(
      () => hub.get(`/v1/upgrades/${started.id}`),
      ({ body }) => body.targets[0].state === "Running",
    );
    expect((await hub.post(`/v1/upgrades/${started.id}/abort`)).body.state).toBe("Aborting");

    const { body } = await ended(started.id);

    expect(body).toMatchObject({
      state: "Aborted",
      targets: [
        { cluster: "alpha", state: "Held" },
        { cluster: "beta", state: "Skipped", reasons: [{ code: "Aborted" }] },
      ],
    });
    expect(alpha.documents.flatMap(({ intents }) => intents.map(({ mode }) => mode))).toContain("Hold");
    expect(beta.documents.flatMap(({ intents }) => intents)).toEqual([]);
    // Again: an ended one stays as it is.
    expect((await hub.post(`/v1/upgrades/${started.id}/abort`)).body.state).toBe("Aborted");
  });

  it("refuses what cannot be, with every reason", async () => {
    await cluster("alpha", { workMs: 60_000 });
    await cluster("beta", { workMs: 60_000 });
    const upgrade = (request: object) => hub.post("/v1/upgrades", { service: "cert-manager", version: "1.1.0", ...request });

    expect(await upgrade({ version: "3.0.0" })).toMatchObject({
      status: 409,
      body: {
        code: "Unreachable",
        instances: [
          { cluster: "alpha", reasons: [{ code: "KubernetesVersion", message: "3.0.0 needs another Kubernetes" }] },
          { cluster: "beta", reasons: [{ code: "KubernetesVersion" }] },
        ],
      },
    });
    expect(await upgrade({ version: "9.9.9" })).toMatchObject({ status: 404, body: { code: "UnknownVersion" } });
    expect(await upgrade({ service: "nothing" })).toMatchObject({ status: 404, body: { code: "UnknownService" } });
    expect(await upgrade({ selector: { clusters: ["omega"] } })).toMatchObject({ status: 404, body: { code: "UnknownCluster" } });
    expect(await upgrade({ selector: { labels: "tier=gold" } })).toMatchObject({ status: 422, body: { code: "EmptySelection" } });
    expect(await upgrade({ selector: { labels: "tier=(" } })).toMatchObject({ status: 400, body: { code: "InvalidLabelSelector" } });
    expect(await upgrade({ maxconcurrent: 3 })).toMatchObject({ status: 400, body: { code: "InvalidRequest" } });
    const first = await upgrade({ selector: { clusters: ["alpha"] } });
    expect(first.status).toBe(201);
    expect(await upgrade({})).toMatchObject({
      status: 409,
      body: { code: "InstanceBusy", upgrade: first.body.id, instances: [{ cluster: "alpha" }] },
    });
    expect((await upgrade({ selector: { clusters: ["beta"] } })).status).toBe(201);
  });

  it("skips what cannot reach the version when told so, and takes targets that are there as done", async () => {
    const alpha = await cluster("alpha");
    alpha.report("main", status({ version: "3.0.0", targetVersion: "3.0.0", availabilityDigest: alpha.offer("main", offer("3.0.0", [])) }));
    await cluster("beta");
    await eventually(
      () => hub.get("/v1/clusters/alpha/namespaces/default/instances/main"),
      ({ body }) => body.version === "3.0.0" && body.availability.current,
    );
    const { body: started } = await hub.post("/v1/upgrades", { service: "cert-manager", version: "3.0.0", unreachable: "Skip" });
    expect((await ended(started.id)).body).toMatchObject({
      state: "Succeeded",
      targets: [{ state: "Succeeded" }, { state: "Skipped", reasons: [{ code: "KubernetesVersion" }] }],
    });
  });

  it("chooses clusters by the labels that the hub keeps, which agents see", async () => {
    const alpha = await cluster("alpha");
    await cluster("beta");
    expect((await hub.send("PUT", "/v1/clusters/alpha/labels", { labels: { tier: "gold" } })).body.labels).toEqual({ tier: "gold" });
    await eventually(
      () => alpha.document?.labels,
      (labels) => labels?.["tier"] === "gold",
    );
    const { body: started } = await hub.post("/v1/upgrades", {
      service: "cert-manager",
      version: "1.1.0",
      selector: { labels: "tier in (gold)" },
    });
    expect((await ended(started.id)).body.targets).toMatchObject([{ cluster: "alpha" }]);
  });

  it("goes on after the hub was lost with its memory", async () => {
    await cluster("alpha", { workMs: 1_500 });
    await cluster("beta", { workMs: 100 });
    const { body: started } = await hub.post("/v1/upgrades", { service: "cert-manager", version: "1.1.0", maxConcurrent: 1 });
    await eventually(
      () => hub.get(`/v1/upgrades/${started.id}`),
      ({ body }) => body.targets[0].state === "Running",
    );
    await hub.hub.stop();
    hub = await harness.hub();
    const { body } = await ended(started.id, 10_000);
    expect(body).toMatchObject({ state: "Succeeded", counts: { Succeeded: 2 } });
  });

  it("withdraws intents of an upgrade that nobody knows any more", async () => {
    const alpha = await cluster("alpha", { workMs: 60_000 });
    await hub.post("/v1/upgrades", { service: "cert-manager", version: "1.1.0" });
    await eventually(
      () => alpha.document?.intents.length,
      (count) => count === 1,
    );
    const before = alpha.document?.revision ?? 0;
    await hub.hub.stop();
    await harness.emptyBucket("portolan-upgrades");
    hub = await harness.hub();
    const document = await eventually(
      () => alpha.document,
      (found) => found?.intents.length === 0,
    );
    expect(document?.revision).toBeGreaterThan(before);
  });
});
