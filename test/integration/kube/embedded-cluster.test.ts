import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Reflector } from "@portolan/agent/controller";
import { isExpired, KubeClient, refOf, type KubeObject } from "@portolan/agent/kube";
import { kubeConfigTransport, loadKubeConfig, type KubeConfigTransport } from "@portolan/agent/kube/kubeconfig";
import { createEmbeddedCluster, type EmbeddedCluster } from "@portolan/simulator/kubernetes";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { describeServer } from "./server-behaviour.ts";

describe("the Kubernetes client on the embedded API", () => {
  let cluster: EmbeddedCluster;
  let client: KubeClient;

  beforeAll(() => {
    cluster = createEmbeddedCluster({ name: "kube-client" });
    client = new KubeClient({ transport: cluster.transport });
  });

  afterAll(async () => await cluster.close());

  describeServer(() => client);
});

describe("the Kubernetes client on the embedded API's port", () => {
  let cluster: EmbeddedCluster;
  let folder: string;
  let connection: KubeConfigTransport;
  let client: KubeClient;

  beforeAll(async () => {
    cluster = createEmbeddedCluster({ name: "kube-client-port" });
    folder = await mkdtemp(join(tmpdir(), "portolan-embedded-"));
    const file = join(folder, "kubeconfig");
    await writeFile(file, (await cluster.listen()).kubeconfig);
    connection = kubeConfigTransport(await loadKubeConfig({ file }));
    client = new KubeClient({ transport: connection.transport });
  });

  afterAll(async () => {
    await connection.close();
    await cluster.close();
    await rm(folder, { recursive: true });
  });

  describeServer(() => client);
});

describe("the Kubernetes client when the server is in trouble", () => {
  let cluster: EmbeddedCluster;
  let client: KubeClient;

  beforeEach(() => {
    cluster = createEmbeddedCluster({ name: "trouble" });
    client = new KubeClient({ transport: cluster.transport, timeoutMs: 100, watchInactivityMs: 200 });
  });

  afterEach(async () => await cluster.close());

  const configMap = (name: string): KubeObject => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" } });

  it("learns that a watch cannot start where the server's history does not reach", async () => {
    const { resourceVersion } = await client.list("v1", "ConfigMap");
    await client.create(configMap("later"));
    cluster.compact();
    await expect(client.watch("v1", "ConfigMap", { resourceVersion }).next()).rejects.toSatisfy(isExpired);
  });

  it.each([
    ["hangs", "hang"],
    ["drops connections", "drop"],
    ["answers 401", { status: 401 }],
    ["answers 403", { status: 403 }],
    ["answers 410", { status: 410 }],
    ["answers 429", { status: 429, headers: { "retry-after": "1" } }],
    ["answers 500", { status: 500 }],
  ] as const)("a reflector lives through a server that %s, and misses nothing", async (_, respond) => {
    const reflector = new Reflector({
      client,
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace: "default",
      logger: pino({ level: "silent" }),
    });
    const names = (): string[] => reflector.cache.list().map((object) => object.metadata.name);
    await client.create(configMap("before"));
    reflector.start();
    await reflector.whenSynced();
    // The watch of now falls silent after 200 ms; what follows meets the fault.
    const heal = cluster.faults.add({ match: ({ method, path }) => method === "GET" && path.includes("/configmaps"), respond });
    await expect.poll(() => reflector.state, { timeout: 5_000, interval: 5 }).toMatchObject({ phase: "Failing", failures: 2 });
    await client.delete(refOf(configMap("before")));
    await client.create(configMap("missed"));
    cluster.compact();
    expect(names()).toContain("before");
    heal();
    await expect.poll(names, { timeout: 10_000 }).toEqual(expect.arrayContaining(["missed"]));
    expect(names()).not.toContain("before");
    await reflector.stop();
  });
});
