import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { KubeClient } from "../kube/mod.ts";
import { json, LiveWatch, ScriptedServer, status } from "../kube/testing/mod.ts";
import { ClusterPolicyWatch } from "./mod.ts";

const LIST = "GET /api/v1/namespaces/portolan-system/configmaps";
const GET = `${LIST}/portolan-policy`;

function policy(resourceVersion: string, data: object): object {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace: "portolan-system", name: "portolan-policy", uid: "p", resourceVersion },
    data,
  };
}
const allow = (text: string): object => ({ "policy.yaml": `allow: {${text}}` });
const listOf = (...items: object[]) => json(200, { kind: "List", metadata: { resourceVersion: "1" }, items });

function watched() {
  const server = new ScriptedServer().serves("v1", { ConfigMap: "configmaps" });
  let changes = 0;
  const watch = new ClusterPolicyWatch({
    kube: new KubeClient({ transport: server.transport }),
    namespace: "portolan-system",
    logger: pino({ level: "silent" }),
    onChange: () => (changes += 1),
  });
  return { server, watch, changes: () => changes };
}

describe("the cluster's policy", () => {
  it("is known without a request as long as it is watched, and every change of it is told", async () => {
    const { server, watch, changes } = watched();
    const live = new LiveWatch();
    server.answers(LIST, listOf(policy("1", allow("services: [dns]"))), live.answer);
    watch.start();
    await expect.poll(() => server.seen(LIST).length).toBe(2);
    expect(await watch.current()).toMatchObject({ services: ["dns"] });
    live.send({ type: "MODIFIED", object: policy("2", allow("services: []")) });
    await expect.poll(async () => await watch.current()).toMatchObject({ services: [] });
    live.send({ type: "MODIFIED", object: policy("3", allow("service: []")) });
    await expect
      .poll(async () => await watch.current())
      .toEqual({ problem: expect.stringContaining("portolan-system/portolan-policy: allow.service: expected one of") });
    live.send({ type: "MODIFIED", object: policy("4", {}) });
    await expect.poll(async () => await watch.current()).toEqual({ problem: expect.stringContaining("expected the key policy.yaml") });
    live.send({ type: "DELETED", object: policy("5", {}) });
    await expect.poll(async () => await watch.current()).toBe("none");
    expect(changes()).toBe(5);
    expect(server.seen(GET)).toEqual([]);
    expect(server.seen(LIST).map(({ query }) => query["fieldSelector"])).toEqual([
      "metadata.name=portolan-policy",
      "metadata.name=portolan-policy",
    ]);
    await watch.stop();
  });

  it("is read for every wish as long as it may not be watched", async () => {
    const { server, watch } = watched();
    server.answers(LIST, status(403, "Forbidden", "may not list"));
    server.answers(
      GET,
      json(200, policy("1", allow("services: [dns]"))),
      status(404, "NotFound", "gone"),
      status(403, "Forbidden", "may not get"),
    );
    watch.start();
    await expect.poll(() => server.seen(LIST).length).toBe(1);
    expect(await watch.current()).toMatchObject({ services: ["dns"] });
    expect(await watch.current()).toBe("none");
    expect(await watch.current()).toEqual({ problem: expect.stringContaining("may not be read") });
    await watch.stop();
  });

  it("that cannot be read now is an error, and not a policy", async () => {
    const { server, watch } = watched();
    server.answers(GET, status(500, "InternalError", "no quorum"));
    await expect(watch.current()).rejects.toThrow("no quorum");
    await watch.stop();
  });
});
