/** The bundled agent as a process of its own, on an embedded cluster in this one, and what can be read off from outside. */
import { installCrds } from "@portolan/agent/cluster";
import { KubeClient, type KubeRequest } from "@portolan/agent/kube";
import { API_VERSION } from "@portolan/agent/resources";
import { createEmbeddedCluster } from "@portolan/simulator/kubernetes";
import { freePort, startServerProcess } from "@portolan/simulator/server-process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bundle } from "../../scripts/bundle/bundle.ts";

const SERVICE = "bench";
const POLL_MS = 100;
const PATIENCE_MS = 120_000;
/** Linux counts a process's time in hundredths of a second. */
const TICK_MS = 10;

export interface BundledAgent {
  readonly kube: KubeClient;
  /** Makes instances of a service that has so many objects. */
  addInstances(count: number): Promise<void>;
  start(options?: { readonly inspected: boolean }): Promise<void>;
  untilAllReady(): Promise<void>;
  /** In millions of bytes. */
  residentMB(): Promise<number>;
  /** Processor time so far, in milliseconds. */
  cpuMs(): Promise<number>;
  reconciles(): Promise<number>;
  /** Writes that it has made so far, but for its Lease. */
  writes(): number;
  /** Only where it was started inspected. */
  heapAfterCollectionMiB(): Promise<number>;
  /** Causes one reconcile of each instance, and nothing to do. */
  disturb(round: number): Promise<void>;
  close(): Promise<void>;
}

export async function bundledAgent({ objectsEach }: { readonly objectsEach: number }): Promise<BundledAgent> {
  const dir = await mkdtemp(join(tmpdir(), "portolan-footprint-"));
  const main = join(dir, "agent.mjs");
  await bundle("agent", main);
  await writeCatalog(join(dir, "catalog"), objectsEach);
  const cluster = createEmbeddedCluster({ name: "bench", delays: { workloadReadyMs: 1, jobMs: 1 }, historyLimit: 10_000 });
  const { kubeconfig } = await cluster.listen();
  await writeFile(join(dir, "kubeconfig"), kubeconfig);
  let writes = 0;
  cluster.faults.add({
    respond: { status: 500 },
    match({ method, path, headers }: KubeRequest) {
      if (method !== "GET" && headers["user-agent"] === "portolan-agent" && !path.includes("/leases")) writes++;
      return false;
    },
  });
  const kube = new KubeClient({ transport: cluster.transport, userAgent: "bench" });
  await installCrds(kube, new AbortController().signal);
  const metricsPort = await freePort();
  const inspectPort = await freePort();
  let running: Awaited<ReturnType<typeof startServerProcess>> | undefined;
  let instances = 0;
  const pid = (): number => {
    if (running === undefined) throw new Error("the agent does not run");
    return running.pid;
  };
  const reconciles = async (): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
    const counts = text.matchAll(/^controller_runtime_reconcile_total\{.*\} (\d+)$/gmu);
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  };
  return {
    kube,
    reconciles,
    writes: () => writes,
    async addInstances(count) {
      for (const last = instances + count; instances < last; instances++) {
        const namespace = `bench-${instances}`;
        await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
        const spec = { service: SERVICE, version: "1.0.0" };
        await kube.create({ apiVersion: API_VERSION, kind: "ServiceInstance", metadata: { name: SERVICE, namespace }, spec });
      }
    },
    async start({ inspected } = { inspected: false }) {
      running = await startServerProcess({
        name: "the bundled agent",
        binary: process.execPath,
        args: [
          // As the guide says it is started where memory is scarce.
          "--lite-mode",
          "--max-semi-space-size=1",
          ...(inspected ? [`--inspect=127.0.0.1:${inspectPort}`] : []),
          main,
          "--cluster=bench",
          `--kubeconfig=${join(dir, "kubeconfig")}`,
          `--catalog=${join(dir, "catalog")}`,
          `--listen=127.0.0.1:${metricsPort}`,
        ],
        logFile: join(dir, "agent.log"),
      });
    },
    async untilAllReady() {
      for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(POLL_MS)) {
        const { items } = await kube.list(API_VERSION, "ServiceInstance");
        if (items.every((item) => JSON.stringify(item["status"] ?? {}).includes('"phase":"Ready"'))) return;
        if (running?.exit() !== undefined) break;
      }
      throw new Error(`not all instances became ready:\n${running?.logTail() ?? ""}`);
    },
    async residentMB() {
      const status = await readFile(`/proc/${pid()}/status`, "utf8");
      // What Linux calls kB has 1024 bytes.
      return (Number(/^VmRSS:\s+(\d+) kB$/mu.exec(status)?.[1]) * 1024) / 1e6;
    },
    async cpuMs() {
      const stat = await readFile(`/proc/${pid()}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    },
    heapAfterCollectionMiB: async () => await collectedHeapMiB(inspectPort),
    async disturb(round) {
      const patch = { metadata: { labels: { round: String(round) } } };
      const refs = Array.from({ length: instances }, (_, index) => ({
        apiVersion: API_VERSION,
        kind: "ServiceInstance",
        namespace: `bench-${index}`,
        name: SERVICE,
      }));
      await Promise.all(refs.map(async (ref) => await kube.patch(ref, { type: "merge", patch })));
    },
    async close() {
      await running?.stop();
      await cluster.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function writeCatalog(folder: string, objects: number): Promise<void> {
  const files = Array.from({ length: objects }, (_, index) => `manifests/${index}.yaml`);
  const service = {
    name: SERVICE,
    title: "Bench",
    description: "Some objects.",
    scope: "Namespace",
    config: { type: "object" },
    examples: [{}],
  };
  await mkdir(join(folder, SERVICE, "manifests"), { recursive: true });
  await mkdir(join(folder, SERVICE, "installers"), { recursive: true });
  await writeFile(join(folder, SERVICE, "service.yaml"), JSON.stringify(service));
  const installer = { version: "1.0.0", deployer: { type: "manifests", manifests: files } };
  await writeFile(join(folder, SERVICE, "installers", "1.0.0.yaml"), JSON.stringify(installer));
  for (const [index, file] of files.entries()) {
    const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: `object-${index}` }, data: { version: "${release.version}" } };
    await writeFile(join(folder, SERVICE, file), JSON.stringify(object));
  }
}

/** Asks the process's inspector for a full collection, and then for what is left. */
async function collectedHeapMiB(port: number): Promise<number> {
  const targets: unknown = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
  const url = /"webSocketDebuggerUrl":"([^"]+)"/u.exec(JSON.stringify(targets))?.[1];
  if (url === undefined) throw new Error("the agent has no inspector");
  const socket = new WebSocket(url);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener("open", () => resolve(), { once: true });
      socket.addEventListener("error", () => reject(new Error("the inspector cannot be reached")), { once: true });
    });
    await ask(socket, 1, "HeapProfiler.collectGarbage");
    await ask(socket, 2, "HeapProfiler.collectGarbage");
    const answer = await ask(socket, 3, "Runtime.getHeapUsage");
    return Number(/"usedSize":(\d+)/u.exec(answer)?.[1]) / 2 ** 20;
  } finally {
    socket.close();
  }
}

async function ask(socket: WebSocket, id: number, method: string): Promise<string> {
  return await new Promise((resolve) => {
    const onMessage = ({ data }: MessageEvent): void => {
      const text = String(data);
      if (!text.startsWith(`{"id":${id},`)) return;
      socket.removeEventListener("message", onMessage);
      resolve(text);
    };
    socket.addEventListener("message", onMessage);
    socket.send(JSON.stringify({ id, method }));
  });
}
