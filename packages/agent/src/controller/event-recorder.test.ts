import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { KubeClient } from "../kube/mod.ts";
import { hang, json, ManualClock, ScriptedServer, settled, status, type Answer } from "../kube/testing/mod.ts";
import { EventRecorder } from "./event-recorder.ts";
import type { ObjectEvent, Regarding } from "./event-object.ts";

const CREATE = "POST /apis/events.k8s.io/v1/namespaces/shop/events";
const instance: Regarding = { apiVersion: "portolan.dev/v1alpha1", kind: "ServiceInstance", namespace: "shop", name: "web", uid: "u1" };
const started: ObjectEvent = { type: "Normal", reason: "UpgradeStarted", action: "Upgrade", note: "0.13.1 → 0.14.0" };

/** The server stores what it is sent, under the name that it was sent with. */
const stores: Answer = async (request) => await json(201, JSON.parse(request.body ?? "{}"))(request);

function setUp(): { server: ScriptedServer; clock: ManualClock; recorder: EventRecorder; patches: () => ScriptedServer["requests"] } {
  const clock = new ManualClock(Date.UTC(2030, 0, 1, 12));
  const server = new ScriptedServer().serves("events.k8s.io/v1", { Event: "events" }).always(CREATE, stores);
  const client = new KubeClient({ transport: server.transport, clock });
  const reporter = { controller: "portolan.dev/agent", instance: "agent-0" };
  const recorder = new EventRecorder({ client, reporter, logger: pino({ level: "silent" }), clock, random: () => 0 });
  const patches = (): ScriptedServer["requests"] => server.requests.filter((request) => request.method === "PATCH");
  return { server, clock, recorder, patches };
}

/** What stands at a path in JSON. */
function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce((found, field) => (typeof found === "object" && found !== null ? Reflect.get(found, field) : undefined), value);
}

/** Lets the server take changes of the one event that was created. */
function takePatches(server: ScriptedServer, ...answers: readonly Answer[]): void {
  const body = server.seen(CREATE)[0]?.body;
  const route = `PATCH /apis/events.k8s.io/v1/namespaces/shop/events/${String(at(body, "metadata", "name"))}`;
  server.answers(route, ...answers).always(route, json(200, body));
}

describe("EventRecorder", () => {
  it("writes an event about an object", async () => {
    const { server, recorder } = setUp();
    recorder.record(instance, started);
    await settled();
    expect(server.seen(CREATE)[0]?.body).toEqual({
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name: expect.stringMatching(/^web\.[0-9a-f]+$/u), namespace: "shop" },
      eventTime: "2030-01-01T12:00:00.000000Z",
      reportingController: "portolan.dev/agent",
      reportingInstance: "agent-0",
      ...started,
      regarding: instance,
    });
  });

  it("counts the same event again in the same object, at most every 10 s", async () => {
    const { server, clock, recorder, patches } = setUp();
    recorder.record(instance, started);
    await settled();
    takePatches(server);
    for (let index = 0; index < 5; index += 1) {
      await clock.advance(1_000);
      recorder.record(instance, started);
    }
    expect(patches()).toEqual([]);
    await clock.advance(5_000);
    expect(patches().map((request) => request.body)).toEqual([{ series: { count: 6, lastObservedTime: "2030-01-01T12:00:05.000000Z" } }]);
    expect(server.seen(CREATE)).toHaveLength(1);
  });

  it("counts what comes while the event is being written", async () => {
    const { server, clock, recorder, patches } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.answers(CREATE, async (request) => await promise.then(async () => await stores(request)));
    recorder.record(instance, started);
    await settled();
    recorder.record(instance, started);
    resolve();
    await settled();
    takePatches(server);
    await clock.advance(10_000);
    expect(patches().map((request) => request.body)).toMatchObject([{ series: { count: 2 } }]);
  });

  it.each([
    ["another note", { ...started, note: "0.14.0 → 0.15.0" }, instance],
    ["another reason", { ...started, reason: "UpgradeResumed" }, instance],
    ["another object of the same name", started, { ...instance, uid: "u2" }],
  ])("writes %s as its own event", async (_, event, regarding) => {
    const { server, recorder } = setUp();
    recorder.record(instance, started);
    recorder.record(regarding, event);
    await settled();
    expect(server.seen(CREATE)).toHaveLength(2);
  });

  it("tells anew what was silent for 10 minutes, and what the server has thrown away", async () => {
    const { server, clock, recorder } = setUp();
    recorder.record(instance, started);
    await clock.advance(600_001);
    recorder.record(instance, started);
    await settled();
    expect(server.seen(CREATE)).toHaveLength(2);

    const other = setUp();
    other.recorder.record(instance, started);
    await settled();
    takePatches(other.server, status(404, "NotFound", "events not found", { name: "web" }));
    other.recorder.record(instance, started);
    await other.clock.advance(10_000);
    expect(other.server.seen(CREATE).map((request) => at(request.body, "series"))).toEqual([
      undefined,
      { count: 2, lastObservedTime: "2030-01-01T12:00:00.000000Z" },
    ]);
  });

  it("cuts an object short that has too much to tell, and not the others", async () => {
    const { server, clock, recorder } = setUp();
    for (let index = 0; index < 100; index += 1) recorder.record(instance, { ...started, note: `try ${index}` });
    recorder.record({ ...instance, name: "other", uid: "u9" }, started);
    await settled();
    expect([server.seen(CREATE).length, recorder.dropped]).toEqual([26, 75]);
    await clock.advance(10_000);
    recorder.record(instance, { ...started, note: "later" });
    recorder.record(instance, { ...started, note: "later still" });
    await settled();
    expect([server.seen(CREATE).length, recorder.dropped]).toEqual([27, 76]);
  });

  it("tries again while the server is away, and gives up what the server does not want", async () => {
    const { server, clock, recorder } = setUp();
    server.answers(CREATE, status(500, "InternalError", "etcd is away"), status(429, "TooManyRequests", "later"), stores);
    server.answers(CREATE, status(403, "Forbidden", "namespace shop is being terminated"), stores);
    recorder.record(instance, started);
    await clock.advance(5_000);
    expect(server.seen(CREATE)).toHaveLength(3);
    recorder.record(instance, { ...started, note: "refused" });
    recorder.record(instance, { ...started, note: "taken" });
    await settled();
    expect([server.seen(CREATE).length, recorder.dropped]).toEqual([5, 1]);
  });

  it("never waits for a server that hangs, and drops what nobody takes", async () => {
    const { server, clock, recorder } = setUp();
    server.always(CREATE, hang());
    for (let object = 0; object < 2_000; object += 1) recorder.record({ ...instance, uid: `u${object}` }, started);
    expect(recorder.dropped).toBeGreaterThanOrEqual(999);
    await clock.advance(30_000);
    const stopped = recorder.stop(2_000);
    await clock.advance(2_000);
    await stopped;
    recorder.record(instance, { ...started, note: "too late" });
    await settled();
    expect(recorder.dropped).toBe(2_000);
  });

  it("writes the last counts when it is stopped", async () => {
    const { server, clock, recorder, patches } = setUp();
    recorder.record(instance, started);
    await settled();
    takePatches(server);
    recorder.record(instance, started);
    await recorder.stop();
    expect(patches().map((request) => request.body)).toEqual([{ series: { count: 2, lastObservedTime: "2030-01-01T12:00:00.000000Z" } }]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("keeps to the API's limits: note in bytes, name, and the namespace of cluster-scoped objects", async () => {
    const { server, recorder } = setUp();
    server.always("POST /apis/events.k8s.io/v1/namespaces/default/events", stores);
    recorder.record({ apiVersion: "v1", kind: "Node", name: "n".repeat(253) }, { ...started, note: "€".repeat(1_000) });
    await settled();
    const body = server.seen("POST /apis/events.k8s.io/v1/namespaces/default/events")[0]?.body;
    const note = String(at(body, "note"));
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024);
    expect(note).toMatch(/^€{340}…$/u);
    expect(String(at(body, "metadata", "name")).length).toBeLessThanOrEqual(253);
  });
});
