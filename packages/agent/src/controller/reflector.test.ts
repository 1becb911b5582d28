import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { KubeClient } from "../kube/mod.ts";
import { hang, json, LiveWatch, ManualClock, refuse, ScriptedServer, settled, status, text, type Answer } from "../kube/testing/mod.ts";
import type { Delta } from "./cache.ts";
import { Reflector, type ReflectorOptions } from "./reflector.ts";

const ROUTE = "GET /api/v1/configmaps";

function configMap(name: string, resourceVersion: string): unknown {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "shop", uid: `uid-${name}`, resourceVersion } };
}

function list(resourceVersion: string, ...items: readonly unknown[]): Answer {
  return json(200, { kind: "ConfigMapList", apiVersion: "v1", metadata: { resourceVersion }, items });
}

function setUp(options: Partial<ReflectorOptions> = {}): {
  server: ScriptedServer;
  clock: ManualClock;
  reflector: Reflector;
  deltas: string[];
} {
  const clock = new ManualClock();
  const server = new ScriptedServer().serves("v1", { ConfigMap: "configmaps" });
  const client = new KubeClient({ transport: server.transport, clock });
  const logger = pino({ level: "silent" });
  const reflector = new Reflector({ client, apiVersion: "v1", kind: "ConfigMap", logger, clock, random: () => 0, ...options });
  const deltas: string[] = [];
  reflector.onDelta((delta) => deltas.push(describeDelta(delta)));
  return { server, clock, reflector, deltas };
}

function describeDelta(delta: Delta): string {
  const unknown = delta.type === "Deleted" && delta.finalStateUnknown ? "?" : "";
  return `${delta.type}${unknown} ${delta.key}@${delta.object.metadata.resourceVersion}`;
}

/** Whether each request so far was a list or a watch, and from where. */
function asked(server: ScriptedServer): string[] {
  return server.seen(ROUTE).map(({ query }) => (query["watch"] === "true" ? `watch from ${query["resourceVersion"]}` : "list"));
}

function names(reflector: Reflector): string[] {
  return reflector.cache.list().map((object) => object.metadata.name);
}

describe("Reflector", () => {
  it("tells for how long it has heard nothing", async () => {
    const { server, clock, reflector } = setUp();
    const watch = new LiveWatch();
    server.answers(ROUTE, list("40"), watch.answer);
    await clock.advance(1_000);
    expect(reflector.quietMs).toBe(1_000);
    reflector.start();
    await settled();
    expect(reflector.quietMs).toBe(0);
    await clock.advance(5_000);
    expect(reflector.quietMs).toBe(5_000);
    watch.send({ type: "ADDED", object: configMap("a", "41") });
    await settled();
    expect(reflector.quietMs).toBe(0);
    await reflector.stop();
  });

  it("is never quiet for long while the server cannot be reached", async () => {
    const { server, clock, reflector } = setUp();
    server.answers(ROUTE, ...Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? refuse() : hang())));
    reflector.start();
    for (let minute = 0; minute < 10; minute += 1) {
      await clock.advance(60_000);
      expect(reflector.quietMs).toBeLessThanOrEqual(30_000);
    }
    await reflector.stop();
  });

  it("lists, then watches from there, and tells every change after the cache has it", async () => {
    const { server, reflector, deltas } = setUp();
    const watch = new LiveWatch();
    server.answers(ROUTE, list("40", configMap("a", "1")), watch.answer);
    expect(reflector.state).toEqual({ phase: "Starting" });
    reflector.start();
    await reflector.whenSynced();
    expect([reflector.synced, names(reflector)]).toEqual([true, ["a"]]);

    const seenByHandler: string[][] = [];
    reflector.onDelta(() => seenByHandler.push(names(reflector)));
    await settled();
    watch.send({ type: "ADDED", object: configMap("b", "41") }, { type: "MODIFIED", object: configMap("a", "42") });
    watch.send({ type: "DELETED", object: configMap("b", "43") });
    await settled();
    expect(deltas).toEqual(["Added shop/a@1", "Added shop/b@41", "Modified shop/a@42", "Deleted shop/b@43"]);
    expect(seenByHandler).toEqual([["a"], ["a", "b"], ["a", "b"], ["a"]]);
    expect(asked(server)).toEqual(["list", "watch from 40"]);
    expect(reflector.state).toEqual({ phase: "Synced" });
    await reflector.stop();
    expect([reflector.state, watch.isOpen]).toEqual([{ phase: "Stopped" }, false]);
  });

  it("goes on from the last event or bookmark when the server ends the watch, without a pause", async () => {
    const { server, clock, reflector } = setUp();
    const watches = [new LiveWatch(), new LiveWatch(), new LiveWatch()];
    server.answers(ROUTE, list("40"), ...watches.map((watch) => watch.answer));
    reflector.start();
    await settled();
    watches[0]?.send({ type: "ADDED", object: configMap("a", "41") });
    watches[0]?.end();
    await settled();
    watches[1]?.send({ type: "BOOKMARK", object: { metadata: { resourceVersion: "90" } } });
    await clock.advance(60_000);
    watches[1]?.end();
    await settled();
    expect(asked(server)).toEqual(["list", "watch from 40", "watch from 41", "watch from 90"]);
    await reflector.stop();
  });

  it.each([
    ["as an answer", status(410, "Expired", "too old resource version")],
    ["as an event", text(200, '{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}\n')],
  ])("lists again when the history is gone (%s), and tells what was missed", async (_, gone) => {
    const { server, reflector, deltas } = setUp();
    server.answers(ROUTE, list("40", configMap("a", "1"), configMap("b", "2")), gone);
    server.answers(ROUTE, list("80", configMap("b", "70"), configMap("c", "71")), new LiveWatch().answer);
    reflector.start();
    await settled();
    expect(deltas.slice(2)).toEqual(["Deleted? shop/a@1", "Modified shop/b@70", "Added shop/c@71"]);
    expect(asked(server)).toEqual(["list", "watch from 40", "list", "watch from 80"]);
    expect(reflector.state.phase).toBe("Synced");
    await reflector.stop();
  });

  it.each([
    [401, "Unauthorized"],
    [403, "Forbidden"],
    [500, "InternalError"],
    [503, "ServiceUnavailable"],
  ])("tries again after growing pauses while the server says %i, and keeps what it saw", async (code, reason) => {
    const { server, clock, reflector } = setUp();
    const watch = new LiveWatch();
    const no = status(code, reason, "no");
    server.answers(ROUTE, list("40", configMap("a", "1")), watch.answer, no, no, no, list("50"), new LiveWatch().answer);
    reflector.start();
    await clock.advance(5_000);
    watch.cut();
    await clock.advance(50);
    expect(asked(server).slice(2)).toEqual(["watch from 40"]);
    expect(reflector.state).toMatchObject({ phase: "Failing", failures: 2, error: { status: code } });
    expect(names(reflector)).toEqual(["a"]);
    // 100 ms, then 200 ms: half of each twofold, because chance gives nothing.
    await clock.advance(100);
    expect(asked(server).slice(3)).toEqual(["list"]);
    await clock.advance(199);
    expect(asked(server)).toHaveLength(4);
    await clock.advance(1);
    expect(asked(server)).toHaveLength(5);
    await clock.advance(400);
    expect([reflector.state.phase, names(reflector)]).toEqual(["Synced", []]);
    await reflector.stop();
  });

  it("goes on where it was after a broken connection, without a new list", async () => {
    const { server, clock, reflector } = setUp();
    const watch = new LiveWatch();
    server.answers(ROUTE, list("40"), watch.answer, refuse(), new LiveWatch().answer);
    reflector.start();
    await settled();
    watch.send({ type: "ADDED", object: configMap("a", "41") });
    watch.sendBytes(Buffer.from('{"type":"MODI'));
    watch.cut();
    await clock.advance(1_000);
    expect(asked(server)).toEqual(["list", "watch from 40", "watch from 41", "watch from 41"]);
    expect(reflector.state).toEqual({ phase: "Synced" });
    await reflector.stop();
  });

  it("lives through a server that hangs while it lists, and through one that falls silent while it watches", async () => {
    const { server, clock, reflector } = setUp();
    server.answers(ROUTE, hang(), list("40"), new LiveWatch().answer, list("40"), new LiveWatch().answer);
    reflector.start();
    await clock.advance(30_000);
    expect(reflector.state).toMatchObject({ phase: "Failing", error: { reason: "Timeout" } });
    await clock.advance(50);
    expect(reflector.state.phase).toBe("Synced");
    await clock.advance(90_050);
    expect(asked(server)).toEqual(["list", "list", "watch from 40", "list", "watch from 40"]);
    await reflector.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it("waits as long as a busy server wishes", async () => {
    const { server, clock, reflector } = setUp();
    server.answers(
      ROUTE,
      json(429, { kind: "Status", reason: "TooManyRequests" }, { "retry-after": "12" }),
      list("40"),
      new LiveWatch().answer,
    );
    reflector.start();
    await clock.advance(11_999);
    expect(reflector.synced).toBe(false);
    await clock.advance(1);
    expect(reflector.synced).toBe(true);
    await reflector.stop();
  });

  it("takes a missing kind for a state, and finds the kind when it comes", async () => {
    const { server, clock, reflector } = setUp({ apiVersion: "portolan.dev/v1alpha1", kind: "ServiceInstance" });
    server.always("GET /apis/portolan.dev/v1alpha1", text(404, "404 page not found\n"));
    reflector.start();
    await clock.advance(200);
    expect(reflector.state.phase).toBe("Missing");
    expect(reflector.synced).toBe(false);
    server.serves("portolan.dev/v1alpha1", { ServiceInstance: "serviceinstances" });
    server.answers("GET /apis/portolan.dev/v1alpha1/serviceinstances", list("5"), new LiveWatch().answer);
    await clock.advance(30_000);
    expect([reflector.state.phase, reflector.synced]).toEqual(["Synced", true]);
    await reflector.stop();
  });

  it("does not spin on a server that ends every watch at once", async () => {
    const { server, clock, reflector } = setUp();
    server
      .answers(ROUTE, list("40"))
      .always(ROUTE, async (request) => await (request.path.includes("watch=true") ? text(200, "") : list("40"))(request));
    reflector.start();
    await clock.advance(60_000);
    const requests = server.seen(ROUTE).length;
    expect(requests).toBeGreaterThan(10);
    expect(requests).toBeLessThan(40);
    await reflector.stop();
  });

  it("tells a late handler what is there, and goes on when a handler fails", async () => {
    const { server, reflector, deltas } = setUp();
    const watch = new LiveWatch();
    server.answers(ROUTE, list("40", configMap("a", "1")), watch.answer);
    reflector.start();
    await settled();
    const late: string[] = [];
    const end = reflector.onDelta((delta) => {
      late.push(describeDelta(delta));
      throw new Error("a mistake");
    });
    watch.send({ type: "ADDED", object: configMap("b", "41") });
    await settled();
    end();
    watch.send({ type: "ADDED", object: configMap("c", "42") });
    await settled();
    expect(late).toEqual(["Added shop/a@1", "Added shop/b@41"]);
    expect(deltas).toHaveLength(3);
    await reflector.stop();
  });

  it("reads metadata alone, and only what is selected, when that is what it is for", async () => {
    const { server, reflector } = setUp({ metadataOnly: true, labelSelector: "app=x", fieldSelector: "metadata.name=a" });
    server.answers(ROUTE, list("40"), new LiveWatch().answer);
    reflector.start();
    await settled();
    for (const { headers, query } of server.seen(ROUTE)) {
      expect(headers["accept"]).toContain("as=PartialObjectMetadata");
      expect(query).toMatchObject({ labelSelector: "app=x", fieldSelector: "metadata.name=a" });
    }
    expect(server.seen(ROUTE)).toHaveLength(2);
    await reflector.stop();
  });

  it("keeps metadata without its managed fields, and whole objects with them", async () => {
    const managed = (name: string, resourceVersion: string): unknown => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, resourceVersion, labels: { app: "x" }, managedFields: [{ manager: "kubectl" }] },
    });
    for (const metadataOnly of [true, false]) {
      const { server, reflector } = setUp({ metadataOnly });
      const watch = new LiveWatch();
      server.answers(ROUTE, list("40", managed("a", "1")), watch.answer);
      reflector.start();
      await reflector.whenSynced();
      await settled();
      watch.send({ type: "ADDED", object: managed("b", "41") });
      await settled();
      const rest = metadataOnly ? {} : { managedFields: [{ manager: "kubectl" }] };
      expect(reflector.cache.list().map(({ metadata }) => metadata)).toEqual([
        { name: "a", resourceVersion: "1", labels: { app: "x" }, ...rest },
        { name: "b", resourceVersion: "41", labels: { app: "x" }, ...rest },
      ]);
      await reflector.stop();
    }
  });

  it("can be stopped before its first list, which those who wait learn", async () => {
    const { server, reflector } = setUp();
    server.answers(ROUTE, hang());
    reflector.start();
    const waiting = reflector.whenSynced();
    await settled();
    await Promise.all([reflector.stop(), expect(waiting).rejects.toThrow("stopped before its first list")]);
  });
});
