import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KubeClient, type KubeRequest } from "../kube/mod.ts";
import { hang, json, ManualClock, ScriptedServer, settled, status } from "../kube/testing/mod.ts";
import { Election } from "./election.ts";
import { fencedTransport } from "./fence.ts";
import { Leadership, LeadershipLostError } from "./leadership.ts";

const timing = { durationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
const leases = "/apis/coordination.k8s.io/v1/namespaces/agents/leases";
const path = `${leases}/leader`;

let server: ScriptedServer;
let clock: ManualClock;
let led: boolean[];
let stop: AbortController;

beforeEach(() => {
  server = new ScriptedServer().serves("coordination.k8s.io/v1", { Lease: "leases" });
  clock = new ManualClock();
  led = [];
  version = 0;
  stop = new AbortController();
});

afterEach(() => stop.abort());

function election(identity = "me", annotations = (): Record<string, string> => ({})): Election {
  return new Election({
    annotations,
    kube: new KubeClient({ transport: server.transport, clock }),
    namespace: "agents",
    name: "leader",
    identity,
    timing,
    logger: pino({ level: "silent" }),
    clock,
    monotonic: () => clock.now(),
    random: () => 0,
    onLeading: (leads) => led.push(leads),
  });
}

let version = 0;
function lease(holder: string, durationSeconds = 15) {
  version += 1;
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "leader", namespace: "agents", resourceVersion: String(version) },
    spec: { holderIdentity: holder, leaseDurationSeconds: durationSeconds, leaseTransitions: 4 },
  };
}

const notFound = () => status(404, "NotFound", 'leases "leader" not found');
const conflict = () => status(409, "Conflict", "the object has been modified");

/** Wins with the first request, as the only candidate. */
async function leader(annotations?: () => Record<string, string>): Promise<readonly [Election, Leadership]> {
  server.answers(`GET ${path}`, notFound()).answers(`POST ${leases}`, json(201, lease("me")));
  const candidate = election("me", annotations);
  const winning = candidate.win(stop.signal);
  await clock.advance(0);
  return [candidate, await winning];
}

describe("a candidate", () => {
  it("says in the Lease what it is, anew with every renewal, and nothing any more when it gives it back", async () => {
    let state = "starting";
    const [candidate] = await leader(() => ({ state }));
    state = "running";
    server.answers(`PUT ${path}`, json(200, lease("me")), json(200, lease("")));
    await clock.advance(2_000);
    await candidate.release();
    const bodies = [...server.seen(`POST ${leases}`), ...server.seen(`PUT ${path}`)].map(({ body }) => body);
    expect(bodies).toMatchObject([
      { metadata: { annotations: { state: "starting" } } },
      { metadata: { annotations: { state: "running" } } },
      { metadata: expect.not.objectContaining({ annotations: expect.anything() }) },
    ]);
  });

  it("makes the Lease, and renews it from then on", async () => {
    const [candidate, leadership] = await leader();
    server.answers(`PUT ${path}`, json(200, lease("me")), json(200, lease("me")));
    await clock.advance(4_000);
    const [created] = server.seen(`POST ${leases}`);
    expect(created?.body).toMatchObject({
      spec: { holderIdentity: "me", leaseDurationSeconds: 15, leaseTransitions: 0, acquireTime: "2030-01-01T00:00:00.000000Z" },
    });
    const renewals = server.seen(`PUT ${path}`);
    expect(renewals.map(({ body }) => body)).toMatchObject([
      { metadata: { resourceVersion: "1" }, spec: { renewTime: "2030-01-01T00:00:02.000000Z" } },
      { metadata: { resourceVersion: "2" }, spec: { renewTime: "2030-01-01T00:00:04.000000Z" } },
    ]);
    expect([led, leadership.signal.aborted]).toEqual([[true], false]);
    server.answers(`PUT ${path}`, json(200, lease("")));
    await candidate.release();
  });

  it("waits until a silent holder's time is over, and counts the change", async () => {
    server.always(`GET ${path}`, json(200, lease("other"))).answers(`PUT ${path}`, json(200, lease("me")));
    const winning = election().win(stop.signal);
    await clock.advance(14_999);
    expect(server.seen(`PUT ${path}`)).toEqual([]);
    await clock.advance(1);
    await winning;
    expect(server.seen(`PUT ${path}`)[0]?.body).toMatchObject({ spec: { holderIdentity: "me", leaseTransitions: 5 } });
  });

  it("goes on waiting when another one was faster", async () => {
    const other = lease("other");
    server.answers(`GET ${path}`, json(200, lease("")), json(200, other)).answers(`PUT ${path}`, conflict());
    server.always(`GET ${path}`, json(200, other));
    void election()
      .win(stop.signal)
      .catch(() => undefined);
    await clock.advance(10_000);
    expect([server.seen(`PUT ${path}`).length, led]).toEqual([1, []]);
  });

  it("ends when it is told to", async () => {
    server.always(`GET ${path}`, json(200, lease("other")));
    const winning = election().win(stop.signal);
    await clock.advance(1_000);
    stop.abort(new Error("enough"));
    await expect(winning).rejects.toThrow("enough");
  });
});

describe("a leader", () => {
  it("that cannot renew leads until its deadline, and not a moment longer", async () => {
    const [, leadership] = await leader();
    server.always(`PUT ${path}`, hang()).always(`GET ${path}`, hang());
    await clock.advance(9_999);
    expect(() => leadership.check()).not.toThrow();
    await clock.advance(1);
    expect(() => leadership.check()).toThrow(LeadershipLostError);
    await settled();
    expect([leadership.signal.aborted, led]).toEqual([true, [true, false]]);
  });

  it("is not thrown over by an error, nor by the answer to a renewal that was lost", async () => {
    const [, leadership] = await leader();
    const own = lease("me");
    server
      .answers(`PUT ${path}`, status(500, "InternalError", "etcd"), conflict(), json(200, lease("me")))
      .answers(`GET ${path}`, json(200, own), json(200, own));
    await clock.advance(9_000);
    expect(server.seen(`PUT ${path}`).length).toBeGreaterThanOrEqual(3);
    expect(leadership.signal.aborted).toBe(false);
  });

  it("knows that another one leads as soon as it reads so", async () => {
    const [, leadership] = await leader();
    server.answers(`PUT ${path}`, conflict()).always(`GET ${path}`, json(200, lease("other")));
    await clock.advance(2_000);
    await settled();
    expect(leadership.signal.reason).toMatchObject({ code: "LeadershipLost", message: expect.stringContaining("another agent") });
  });

  it("gives the Lease back when it is released, with a time that is over at once", async () => {
    const [candidate, leadership] = await leader();
    server.answers(`PUT ${path}`, json(200, lease("")));
    await candidate.release();
    expect(server.seen(`PUT ${path}`)[0]?.body).toMatchObject({
      spec: { holderIdentity: "", leaseDurationSeconds: 1, leaseTransitions: 4 },
    });
    expect([led, leadership.signal.aborted]).toEqual([[true, false], true]);
  });

  it("gives it back also where a renewal was cut off that had arrived", async () => {
    const [candidate] = await leader();
    // The renewal is on its way for ever; the API server has taken it.
    server.answers(`PUT ${path}`, hang(), json(200, lease("")));
    await clock.advance(2_000);
    version = 5;
    server.answers(`GET ${path}`, json(200, lease("me")));
    await candidate.release();
    expect(server.seen(`PUT ${path}`).at(-1)?.body).toMatchObject({ metadata: { resourceVersion: "6" }, spec: { holderIdentity: "" } });
  });

  it("gives it back also where such a renewal arrives a moment later", async () => {
    const [candidate] = await leader();
    server.answers(`PUT ${path}`, conflict(), json(200, lease("")));
    server.answers(`GET ${path}`, json(200, lease("me")));
    await candidate.release();
    expect(server.seen(`PUT ${path}`).map(({ body }) => body)).toMatchObject([
      { metadata: { resourceVersion: "1" } },
      { metadata: { resourceVersion: "3" }, spec: { holderIdentity: "" } },
    ]);
  });
});

describe("what is fenced by a leadership", () => {
  const request = (method: KubeRequest["method"], rest: Partial<KubeRequest> = {}): KubeRequest => ({
    method,
    path: "/",
    headers: {},
    ...rest,
  });

  it("reads always, and writes only while the clock says that it leads, though no timer has run yet", async () => {
    let now = 0;
    const sent: string[] = [];
    const leadership = new Leadership(timing, () => now, 0);
    const transport = fencedTransport(async ({ method }) => {
      sent.push(method);
      return { status: 200, headers: {}, body: (async function* () {})() };
    }, leadership);
    await transport(request("PATCH"));
    now = 10_000;
    await expect(transport(request("PATCH"))).rejects.toThrow(LeadershipLostError);
    await expect(transport(request("DELETE"))).rejects.toThrow(LeadershipLostError);
    await transport(request("GET"));
    expect(sent).toEqual(["PATCH", "GET"]);
  });

  it("is asked again when a connection is there at last, and ends what waits for one", async () => {
    let now = 0;
    const leadership = new Leadership(timing, () => now, 0);
    let ended = false;
    const transport = fencedTransport(async ({ signal, beforeSending }) => {
      signal?.addEventListener("abort", () => (ended = true));
      now = 10_000;
      beforeSending?.();
      throw new Error("it was sent");
    }, leadership);
    await expect(transport(request("POST"))).rejects.toThrow(LeadershipLostError);
    expect(ended).toBe(true);
  });
});
