import { createServer, connect, type Socket } from "node:net";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Reflector } from "@portolan/agent/controller";
import { KubeClient, refOf, type KubeObject } from "@portolan/agent/kube";
import { kubeConfigTransport, loadKubeConfig, type KubeConfigTransport } from "@portolan/agent/kube/kubeconfig";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { describeServer } from "../integration/kube/server-behaviour.ts";
import { startControlPlane, type ControlPlane } from "../testbed/kubernetes/control-plane.ts";
import { describeKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";

const SETTLE_MS = 20_000;
const logger = pino({ level: "silent" });

describeKubernetes("the Kubernetes client on a real API server", () => {
  let controlPlane: ControlPlane;
  let admin: KubeClient;
  const undo: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    controlPlane = await startControlPlane({ name: "kube-client" });
    admin = await clientOf(controlPlane.kubeconfigPath);
  });

  afterAll(async () => {
    for (const step of undo.splice(0).toReversed()) await step();
    await controlPlane.stop();
  });

  async function open(file: string): Promise<KubeConfigTransport> {
    const connection = kubeConfigTransport(await loadKubeConfig({ file }));
    undo.push(async () => await connection.close());
    return connection;
  }

  async function clientOf(file: string): Promise<KubeClient> {
    return new KubeClient({ transport: (await open(file)).transport, timeoutMs: 5_000 });
  }

  describeServer(() => admin);

  describe("credentials", () => {
    it("is refused with a wrong token, by 401", async () => {
      const file = join(controlPlane.dir, "wrong-token");
      await writeFile(file, (await readFile(controlPlane.kubeconfigPath, "utf8")).replaceAll(controlPlane.token, "wrong"));
      await expect((await clientOf(file)).list("v1", "ConfigMap")).rejects.toMatchObject({ status: 401, reason: "Unauthorized" });
    });

    it("a reflector without permission says so, and follows once it has the permission", async () => {
      const account = { namespace: "default", name: "reader" };
      const client = await clientOf(await controlPlane.serviceAccountKubeconfig(account));
      const reflector = new Reflector({ client, apiVersion: "v1", kind: "Secret", namespace: "default", logger });
      reflector.start();
      await expect.poll(() => reflector.state.phase, { timeout: SETTLE_MS }).toBe("Failing");
      expect(reflector.state).toMatchObject({
        error: { reason: "Forbidden", message: expect.stringContaining("list Secret.v1 in default") },
      });
      expect(reflector.synced).toBe(false);

      const rbac = { apiVersion: "rbac.authorization.k8s.io/v1", metadata: { name: "reader", namespace: "default" } };
      const rules = [{ apiGroups: [""], resources: ["secrets"], verbs: ["list", "watch"] }];
      await admin.apply({ ...rbac, kind: "Role", rules }, { fieldManager: "test" });
      const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" };
      await admin.apply(
        { ...rbac, kind: "RoleBinding", roleRef, subjects: [{ kind: "ServiceAccount", ...account }] },
        { fieldManager: "test" },
      );
      await expect.poll(() => reflector.state.phase, { timeout: SETTLE_MS }).toBe("Synced");
      await reflector.stop();
    });
  });

  describe("a network that breaks", () => {
    const sockets = new Set<Socket>();
    let mode: "open" | "refusing" | "silent" = "open";

    function setMode(next: typeof mode): void {
      mode = next;
      for (const socket of sockets) {
        if (mode === "silent") socket.pause();
        else socket.destroy();
      }
    }

    afterEach(() => setMode("open"));

    /** A kubeconfig whose way to the API server leads through here. */
    async function throughProxy(): Promise<string> {
      const target = new URL(controlPlane.url);
      const proxy = createServer((client) => {
        if (mode === "refusing") {
          client.destroy();
          return;
        }
        const server = connect(Number(target.port), target.hostname);
        for (const [socket, other] of [[client, server] as const, [server, client] as const]) {
          sockets.add(socket);
          socket.on("data", (data) => other.write(data));
          socket.on("error", () => socket.destroy());
          socket.on("close", () => {
            sockets.delete(socket);
            other.destroy();
          });
        }
        if (mode === "silent") client.pause();
      });
      const { promise, resolve } = Promise.withResolvers<void>();
      proxy.listen(0, "127.0.0.1", resolve);
      await promise;
      undo.push(async () => {
        for (const socket of sockets) socket.destroy();
        await proxy[Symbol.asyncDispose]();
      });
      const bound = proxy.address();
      const port = bound !== null && typeof bound === "object" ? bound.port : 0;
      const file = join(controlPlane.dir, "proxied");
      await writeFile(
        file,
        (await readFile(controlPlane.kubeconfigPath, "utf8")).replaceAll(controlPlane.url, `https://127.0.0.1:${port}`),
      );
      return file;
    }

    const marker = (name: string): KubeObject => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "default", labels: { network: "test" } },
    });

    it.each([
      ["refusing", "ConnectionFailed"],
      ["silent", "Inactive"],
    ] as const)("a reflector misses nothing while the network is %s", async (trouble, reason) => {
      const { transport } = await open(await throughProxy());
      const client = new KubeClient({ transport, timeoutMs: 1_000, watchInactivityMs: 2_000 });
      const reflector = new Reflector({ client, apiVersion: "v1", kind: "ConfigMap", labelSelector: "network=test", logger });
      const seen = (): string[] => reflector.cache.list().map((object) => object.metadata.name);
      reflector.start();
      await reflector.whenSynced();
      await admin.create(marker(`before-${trouble}`));
      await expect.poll(seen, { timeout: SETTLE_MS }).toEqual([`before-${trouble}`]);

      setMode(trouble);
      await expect.poll(() => reflector.state, { timeout: SETTLE_MS, interval: 10 }).toMatchObject({ phase: "Failing", error: { reason } });
      await admin.create(marker(`during-${trouble}`));
      await admin.delete(refOf(marker(`before-${trouble}`)));
      expect(seen()).toEqual([`before-${trouble}`]);

      setMode("open");
      await expect.poll(seen, { timeout: SETTLE_MS }).toEqual([`during-${trouble}`]);
      await admin.delete(refOf(marker(`during-${trouble}`)));
      await expect.poll(seen, { timeout: SETTLE_MS }).toEqual([]);
      await reflector.stop();
    });

    it("a request fails in its time when the server does not answer, and the next one finds it again", async () => {
      const { transport } = await open(await throughProxy());
      const client = new KubeClient({ transport, timeoutMs: 500 });
      await client.version();
      setMode("silent");
      await expect(client.list("v1", "ConfigMap")).rejects.toMatchObject({ status: 0, reason: "Timeout" });
      setMode("open");
      await expect(client.list("v1", "ConfigMap")).resolves.toHaveProperty("items");
    });
  });
});
