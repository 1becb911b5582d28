import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { KubeClient, KubeError } from "../kube/mod.ts";
import { json, LiveWatch, ManualClock, ScriptedServer, settled } from "../kube/testing/mod.ts";
import { Controller, type Reconcile } from "./controller.ts";
import { noMetrics, type ControllerMetrics } from "./metrics.ts";
import { Reflector } from "./reflector.ts";

const ROUTE = "GET /api/v1/pods";

function pod(name: string, owner?: string): unknown {
  return { metadata: { name, namespace: "shop", uid: name, resourceVersion: name, labels: owner === undefined ? {} : { owner } } };
}

function setUp(reconcile: Reconcile, metrics: Partial<ControllerMetrics> = {}) {
  const clock = new ManualClock();
  const server = new ScriptedServer().serves("v1", { Pod: "pods" });
  const logger = pino({ level: "silent" });
  const client = new KubeClient({ transport: server.transport, clock });
  const reflector = new Reflector({ client, apiVersion: "v1", kind: "Pod", logger, clock });
  const watches = [
    { reflector },
    {
      reflector,
      keys: (delta: { object: { metadata: { labels?: Readonly<Record<string, string>> } } }) =>
        [delta.object.metadata.labels?.["owner"] ?? []].flat(),
    },
  ];
  const controller = new Controller({
    name: "pods",
    reconcile,
    watches,
    logger,
    clock,
    random: () => 0,
    metrics: { ...noMetrics, ...metrics },
  });
  const watch = new LiveWatch();
  return { clock, server, reflector, controller, watch };
}

describe("Controller", () => {
  it("reconciles nothing before its watches are synced, and then the changed objects and those that they map to", async () => {
    const seen: string[] = [];
    const { server, reflector, controller, watch } = setUp(async (key) => void seen.push(key));
    let openList = (): void => {};
    server.answers(ROUTE, async (request) => {
      await new Promise<void>((resolve) => (openList = resolve));
      return await json(200, { metadata: { resourceVersion: "1" }, items: [pod("a", "shop/boss")] })(request);
    });
    server.answers(ROUTE, watch.answer);
    controller.enqueue("shop/early");
    const started = controller.start();
    reflector.start();
    await settled();
    expect(seen).toEqual([]);
    openList();
    await started;
    await settled();
    expect(seen).toEqual(["shop/early", "shop/a", "shop/boss"]);
    watch.send({ type: "ADDED", object: pod("b") });
    await settled();
    expect(seen.slice(3)).toEqual(["shop/b"]);

    expect(await controller.stop()).toEqual([]);
    watch.send({ type: "ADDED", object: pod("c") });
    await settled();
    expect(seen).toHaveLength(4);
    await reflector.stop();
  });

  it("comes back when it is asked to, and after failures, as long as the server wishes", async () => {
    const outcomes: string[] = [];
    const times: number[] = [];
    const busy = new KubeError({ status: 429, reason: "TooManyRequests", request: "apply", detail: "", retryAfterMs: 9_000 });
    const results = [
      async () => ({ requeueAfterMs: 60_000 }),
      async () => await Promise.reject(busy),
      async () => await Promise.reject(new Error("x")),
      async () => {},
    ];
    const context = setUp(
      async () => {
        times.push(context.clock.now());
        return await results[times.length - 1]?.();
      },
      { reconciled: (_, outcome) => outcomes.push(outcome) },
    );
    const { clock, server, reflector, controller, watch } = context;
    server.answers(ROUTE, json(200, { metadata: { resourceVersion: "1" }, items: [pod("a")] }), watch.answer);
    reflector.start();
    await controller.start();
    for (let second = 0; second < 80; second += 1) {
      watch.send({ type: "BOOKMARK", object: { metadata: { resourceVersion: "2" } } });
      await clock.advance(1_000);
    }
    expect(outcomes).toEqual(["requeue_after", "error", "error", "success"]);
    const begin = times[0] ?? 0;
    expect(times.map((time) => time - begin)).toEqual([0, 60_000, 69_000, 69_005]);
    await Promise.all([controller.stop(), reflector.stop()]);
  });

  it("does not let one that always asks to be looked at again at once burn a core", async () => {
    const times: number[] = [];
    const { clock, server, reflector, controller, watch } = setUp(async () => {
      times.push(clock.now());
      return { requeueAfterMs: 0 };
    });
    server.answers(ROUTE, json(200, { metadata: { resourceVersion: "1" }, items: [pod("a")] }), watch.answer);
    reflector.start();
    await controller.start();
    await clock.advance(10_000);
    expect(times.length).toBeGreaterThan(5);
    expect(times.length).toBeLessThan(20);
    await Promise.all([controller.stop(), reflector.stop()]);
  });

  it("aborts a reconcile that outlives the stop's deadline, and names it", async () => {
    let aborted = false;
    const { clock, server, reflector, controller, watch } = setUp(async (_, signal) => {
      signal.addEventListener("abort", () => (aborted = true));
      await new Promise(() => {});
    });
    server.answers(ROUTE, json(200, { metadata: { resourceVersion: "1" }, items: [pod("a")] }), watch.answer);
    reflector.start();
    await controller.start();
    await settled();
    const stopped = controller.stop({ deadlineMs: 5_000, graceMs: 1_000 });
    await clock.advance(4_999);
    expect(aborted).toBe(false);
    await clock.advance(1_001);
    expect([aborted, await stopped]).toEqual([true, ["shop/a"]]);
    await reflector.stop();
  });
});
