import { API_VERSION } from "@portolan/agent/resources";
import type { KubeRequest, KubeTransport } from "@portolan/agent/kube";
import type { FaultResponse } from "@portolan/simulator/kubernetes";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { catalog, gatedService, hook, installer, configMap, service, upgrader, webService } from "./catalog.ts";
import { recordedLog, TestCluster, withBreakableWatches, withOwnFaults } from "./harness.ts";

let cluster: TestCluster;

beforeEach(() => {
  cluster = new TestCluster();
});

afterEach(async () => {
  await cluster.close();
});

/** Shorter than an agent's own: as long as it waits for one that hangs. */
const requestTimeoutMs = 1_000;

interface Trouble {
  readonly what: string;
  readonly respond: FaultResponse;
  /** How the agent calls it. */
  readonly told: string;
}

const refusals: readonly Trouble[] = [
  { what: "answers 401", respond: { status: 401 }, told: "401 Unauthorized" },
  { what: "answers 403", respond: { status: 403 }, told: "403 Forbidden" },
  { what: "answers 410", respond: { status: 410 }, told: "410 Expired" },
  { what: "answers 429", respond: { status: 429, headers: { "retry-after": "0" } }, told: "429 TooManyRequests" },
];
const failures: readonly Trouble[] = [
  { what: "answers 500", respond: { status: 500 }, told: "500 InternalError" },
  { what: "answers 503", respond: { status: 503 }, told: "503 ServiceUnavailable" },
  { what: "cuts every connection", respond: "drop", told: "ConnectionFailed" },
  { what: "hangs", respond: "hang", told: "Timeout" },
];

/** What was asked (verb, kind and object, or a permission), then what the server said. */
function cause(told: string): RegExp {
  const asked = "(?:(?:get|list|create|apply|patch|replace|delete) \\w+\\.\\S+ default(?:/\\S+)?|ask for permission to \\S+ .+)";
  return new RegExp(`^${asked}: .+\\(${told}\\)(?:: |$)`, "u");
}

describe("an API server that", () => {
  it.each([...refusals, ...failures])("$what for a while delays an upgrade, and changes nothing in it", async ({ respond, told }) => {
    const { transport, faults } = withOwnFaults(cluster);
    const { logger, lines } = recordedLog();
    await cluster.startAgent({ catalog: catalog(webService), transport, logger, requestTimeoutMs });
    await cluster.create("one", { service: "web", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    const repair = faults.add({ match: ({ path }: KubeRequest) => !path.includes("watch=true"), respond });
    const before = lines.length;
    await cluster.edit("one", { version: "2.0.0" });
    // What was asked of which object, and what came of it: with that a person can find the cause.
    const about = { cluster: "test", namespace: "default", name: "one" };
    await expect
      .poll(() => lines.slice(before).filter(({ level }) => level >= 40), { timeout: 5_000 })
      .toContainEqual(expect.objectContaining({ ...about, err: expect.objectContaining({ message: expect.stringMatching(cause(told)) }) }));
    expect((await cluster.instance("one"))?.status?.version).toBe("1.0.0");
    repair();
    await cluster.untilReady("one", "2.0.0");
    expect(await cluster.jobs()).toHaveLength(2);
  });

  it.each(failures)("$what now and then is asked again", async ({ respond }) => {
    const { transport, faults } = withOwnFaults(cluster);
    await cluster.startAgent({ catalog: catalog(webService), transport, requestTimeoutMs });
    await cluster.create("one", { service: "web", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    let requests = 0;
    faults.add({ match: ({ path }) => !path.includes("watch=true") && ++requests % 5 === 0, respond, times: 3 });
    await cluster.edit("one", { version: "2.0.0" });
    await cluster.untilReady("one", "2.0.0");
    expect(await cluster.jobs()).toHaveLength(2);
    expect((await cluster.instance("one"))?.status?.history).toHaveLength(2);
  });

  it("answers every write of a status with a conflict is not asked in a busy loop", async () => {
    const { transport, faults } = withOwnFaults(cluster);
    await cluster.startAgent({ catalog: catalog(webService), transport });
    await cluster.create("one", { service: "web", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    let conflicts = 0;
    const isStatusWrite = ({ method, path }: KubeRequest): boolean => method === "PATCH" && path.includes("/status");
    const repair = faults.add({
      match: (request) => isStatusWrite(request) && ++conflicts > 0,
      respond: { status: 409, reason: "Conflict" },
    });
    await cluster.edit("one", { version: "1.1.0" });
    await sleep(1_500);
    expect(conflicts).toBeGreaterThan(2);
    expect(conflicts).toBeLessThan(30);
    repair();
    await cluster.untilReady("one", "1.1.0");
  });

  it("ends every watch, and forgets its history, is listed and watched anew", async () => {
    const { transport, breakWatches } = withBreakableWatches(cluster);
    await cluster.startAgent({ catalog: catalog(webService), transport });
    await cluster.create("one", { service: "web", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "2.0.0" });
    cluster.embedded.compact();
    breakWatches();
    expect(await cluster.untilReady("one", "2.0.0")).toMatchObject({ status: { version: "2.0.0" } });
    await cluster.edit("one", { version: "1.1.0" });
    expect(await cluster.untilReady("one", "1.1.0")).toMatchObject({ status: { version: "1.1.0" } });
  });

  it("lets nobody watch a kind has its objects looked at every few seconds instead", async () => {
    const { transport, faults } = withOwnFaults(cluster);
    const isWatched = ({ method, path }: KubeRequest): boolean =>
      method === "GET" && /^\/api\/v1\/configmaps\?.*labelSelector=portolan\.dev/u.test(path);
    faults.add({ match: isWatched, respond: { status: 403 } });
    await cluster.startAgent({ catalog: catalog(webService), transport });
    await cluster.create("one", { service: "web", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    // Whatever else is seen of it has settled by then.
    await sleep(300);
    await cluster.kube.delete({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "web" });
    await expect.poll(async () => await cluster.get("v1", "ConfigMap", "web"), { timeout: 10_000 }).toBeDefined();
  });

  it("refuses one kind is told of in the operation, and tried again with pauses", async () => {
    const { transport, faults } = withOwnFaults(cluster);
    let tries = 0;
    // Not when it is only asked what it would say: then the operation would not begin.
    const isDeployment = ({ method, path }: KubeRequest): boolean =>
      method === "PATCH" && path.includes("/deployments/") && !path.includes("dryRun");
    const repair = faults.add({
      match: (request) => isDeployment(request) && ++tries > 0,
      respond: { status: 403, message: "you may not" },
    });
    await cluster.startAgent({ catalog: catalog(webService), transport });
    await cluster.create("one", { service: "web", version: "1.0.0" });
    const waiting = await cluster.until("one", ({ status }) => status?.operation?.cursor.attempt === 2, "tries a second time");
    expect(waiting.status?.operation?.message).toContain("you may not");
    await sleep(1_000);
    expect(tries).toBeLessThanOrEqual(3);
    repair();
    await cluster.untilReady("one", "1.0.0");
  });

  it("does not take the agent's status for a while gets it later, and no step is run again for that", async () => {
    const { transport, faults } = withOwnFaults(cluster);
    const twoJobs = service("jobs", {
      installers: [installer("1.0.0", [configMap("app", {})]), installer("2.0.0", [configMap("app", {})])],
      upgraders: [
        upgrader("to-2", "1.0.0", "2.0.0", {
          before: [
            hook({
              name: "gate",
              action: "wait",
              target: { apiVersion: "v1", kind: "ConfigMap", name: "gate-2.0.0" },
              until: "object != null",
            }),
          ],
        }),
      ],
    });
    await cluster.startAgent({ catalog: catalog(twoJobs), transport });
    await cluster.create("one", { service: "jobs", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "2.0.0" });
    await cluster.untilAction("one", 0, "before/gate");
    faults.add({
      match: ({ method, path }) => method === "PATCH" && path.includes("/serviceinstances/one/status"),
      respond: { status: 500 },
      times: 3,
    });
    await cluster.openGate("one", "2.0.0");
    await cluster.untilReady("one", "2.0.0");
    expect((await cluster.instance("one"))?.status?.history).toHaveLength(2);
  });
});

describe("a ServiceDefinition that cannot be written", () => {
  it("is written later, without another change of the catalogs, and keeps no other one away", async () => {
    const { transport, faults } = withOwnFaults(cluster);
    const { logger, lines } = recordedLog();
    const definition = async (name: string) => await cluster.kube.get({ apiVersion: API_VERSION, kind: "ServiceDefinition", name });
    const isWeb = ({ method, path }: KubeRequest): boolean => method === "PATCH" && path.includes("/servicedefinitions/web");
    const repair = faults.add({ match: isWeb, respond: { status: 403, message: "you may not" } });
    await cluster.startAgent({ catalog: catalog(webService, gatedService), transport, logger });
    await expect.poll(async () => await definition("gated")).toBeDefined();
    const message = expect.stringMatching(/of these services could not be written: web \(.*you may not \(403 Forbidden\)\)$/u);
    await expect.poll(() => lines).toContainEqual(expect.objectContaining({ err: expect.objectContaining({ message }) }));
    expect(await definition("web")).toBeUndefined();
    repair();
    await expect.poll(async () => await definition("web"), { timeout: 10_000 }).toBeDefined();
  });
});

describe("an agent whose API server hangs", () => {
  it("does nothing more, and another one goes on", async () => {
    let hangs = false;
    const cut = Promise.withResolvers<never>();
    const transport: KubeTransport = async (request) => await (hangs ? cut.promise : cluster.embedded.transport(request));
    const agent = await cluster.startAgent({ catalog: catalog(gatedService), transport });
    await cluster.create("one", { service: "gated", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "2.0.0" });
    await cluster.untilAction("one", 0, "before/gate");
    hangs = true;
    await cluster.openGate("one", "2.0.0");
    await sleep(300);
    expect((await cluster.instance("one"))?.status?.version).toBe("1.0.0");
    await cluster.startAgent({ catalog: catalog(gatedService) });
    await cluster.untilReady("one", "2.0.0");
    const stopped = agent.stop();
    cut.reject(new Error("connection reset"));
    await stopped;
  });
});

describe("somebody who writes at the same time", () => {
  it("is not overwritten, and keeps nothing from moving", async () => {
    await cluster.startAgent({ catalog: catalog(webService) });
    await cluster.create("one", { service: "web", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    await cluster.edit("one", { version: "2.0.0" });
    for (let write = 0; write < 50; write++) {
      await cluster.kube.patch(
        { apiVersion: "portolan.dev/v1alpha1", kind: "ServiceInstance", namespace: "default", name: "one" },
        { type: "merge", patch: { metadata: { labels: { write: String(write) } } } },
        { fieldManager: "other" },
      );
      await sleep(2);
    }
    const { metadata } = await cluster.untilReady("one", "2.0.0");
    expect(metadata.labels?.["write"]).toBe("49");
    expect(await cluster.jobs()).toHaveLength(2);
  });

  it.each([
    ["while a plan is being accepted", /"cursor":\{"step":0\}/u, []],
    ["while its first step is being started", /"action":"deploy"/u, [["1.0.0", "1.1.0", "Held"]]],
  ])("and wants something else %s, gets that and nothing else", async (_, write, dropped) => {
    let armed = false;
    const transport: KubeTransport = async (request) => {
      if (armed && request.path.includes("/serviceinstances/one/status") && write.test(request.body ?? "")) {
        armed = false;
        await cluster.edit("one", { version: "1.0.0" });
      }
      return await cluster.embedded.transport(request);
    };
    await cluster.startAgent({ catalog: catalog(webService), transport });
    await cluster.create("one", { service: "web", version: "1.0.0" });
    await cluster.untilReady("one", "1.0.0");
    armed = true;
    await cluster.edit("one", { version: "1.1.0" });
    await expect.poll(() => armed).toBe(false);
    const { status } = await cluster.untilReady("one", "1.0.0");
    const history = status?.history?.map(({ from, to, result }) => [from, to, result]);
    expect(history).toEqual([...dropped, [undefined, "1.0.0", "Succeeded"]]);
    expect(await cluster.get("v1", "ConfigMap", "web")).toMatchObject({ data: { version: "1.0.0" } });
  });
});
