/**
 * The bundled agent as a process of its own, as people run it: TLS to its API server (an embedded cluster in this process), NATS and a hub
 * beside it, helm where the machine has one; and what can be read off from outside.
 */
import { installCrds } from "@portolan/agent/cluster";
import { KubeClient, type KubeRequest } from "@portolan/agent/kube";
import { API_VERSION, asServiceInstance, type ServiceInstance } from "@portolan/agent/resources";
import { startNatsServer } from "@portolan/simulator/nats-server";
import { createEmbeddedCluster } from "@portolan/simulator/kubernetes";
import { freePort, startServerProcess } from "@portolan/simulator/server-process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { bundle } from "../../scripts/bundle/bundle.ts";
import { benchHub } from "../fleet/hub.ts";
import { APP, CHART, LOGIN, SETTINGS, VERSIONS, writeFootprintCatalog } from "./catalog.ts";
import { collectedHeapMiB } from "./inspected-heap.ts";

const POLL_MS = 100;
const PATIENCE_MS = 180_000;
/** Linux counts a process's time in hundredths of a second. */
const TICK_MS = 10;
const OWN_USER_AGENT = "footprint";

export interface BundledAgentOptions {
  /** Of each instance that is not deployed from a chart. */
  readonly objectsEach: number;
  /** Path of helm; absent: no instance is deployed from a chart. */
  readonly helm?: string | undefined;
}

export interface StartOptions {
  /** `agent.mjs` as a program, with what its first line says, or `node agent.mjs`. Default: as a program. */
  readonly as?: "program" | "node";
  readonly inspected?: boolean;
}

/** One of the instances; each is in a namespace of its own. */
export interface FootprintInstance {
  readonly namespace: string;
  readonly service: typeof APP | typeof CHART;
}

export interface BundledAgent {
  readonly instances: readonly FootprintInstance[];
  /** @param charts how many of them are deployed from a chart */
  addInstances(count: number, charts: number): Promise<void>;
  start(options?: StartOptions): Promise<void>;
  /** Until each has its version, and nothing is left to do. */
  untilAllReady(): Promise<void>;
  until(instance: FootprintInstance, holds: (found: ServiceInstance) => boolean): Promise<void>;
  /** In millions of bytes. */
  residentMB(): Promise<number>;
  /** Processor time so far, in milliseconds. */
  cpuMs(): Promise<number>;
  reconciles(): Promise<number>;
  /** Requests so far that write something and are not about its Lease; those of its helm too. */
  writes(): readonly string[];
  /** Only where it was started inspected. */
  heapAfterCollectionMiB(): Promise<number>;
  /** Causes one reconcile of each instance, and nothing to do. */
  disturb(round: number): Promise<void>;
  wish(instance: FootprintInstance, version: string): Promise<void>;
  /** Another hand changes an object. */
  makeDrift(instance: FootprintInstance, round: number): Promise<void>;
  rotateSecret(instance: FootprintInstance, round: number): Promise<void>;
  close(): Promise<void>;
}

export async function bundledAgent({ objectsEach, helm }: BundledAgentOptions): Promise<BundledAgent> {
  const dir = await mkdtemp(join(tmpdir(), "portolan-footprint-"));
  const main = join(dir, "agent.mjs");
  await bundle("agent", main);
  await writeFootprintCatalog(dir, objectsEach, helm);
  const nats = await startNatsServer();
  const hub = await benchHub(nats.url, dir);
  await hub.process.start();
  const cluster = createEmbeddedCluster({ name: "bench", delays: { workloadReadyMs: 1, jobMs: 1 }, historyLimit: 10_000 });
  const { kubeconfig } = await cluster.listen({ tls: true });
  await writeFile(join(dir, "kubeconfig"), kubeconfig);
  const writes: string[] = [];
  cluster.faults.add({
    respond: { status: 500 },
    match(request: KubeRequest) {
      if (isWriteOfOthers(request)) writes.push(`${request.method} ${request.path}`);
      return false;
    },
  });
  const kube = new KubeClient({ transport: cluster.transport, userAgent: OWN_USER_AGENT });
  await installCrds(kube, new AbortController().signal);
  const metricsPort = await freePort();
  const inspectPort = await freePort();
  const helmArgs = [`--helm=${helm}`, `--chart-cache=${join(dir, "cache")}`, `--chart-folder=${dir}`, "--chart-mirror=file-charts=charts"];
  let running: Awaited<ReturnType<typeof startServerProcess>> | undefined;
  const instances: FootprintInstance[] = [];
  const pid = (): number => {
    if (running === undefined) throw new Error("the agent does not run");
    return running.pid;
  };
  const refTo = ({ namespace, service }: FootprintInstance) => ({
    apiVersion: API_VERSION,
    kind: "ServiceInstance",
    namespace,
    name: service,
  });
  const waitUntil = async (holds: () => Promise<boolean>): Promise<void> => {
    for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(POLL_MS)) {
      if (await holds()) return;
      if (running?.exit() !== undefined) break;
    }
    throw new Error(`the instances did not come to what was expected:\n${running?.logTail() ?? ""}`);
  };
  return {
    instances,
    writes: () => writes,
    async addInstances(count, charts) {
      const first = instances.length;
      for (let index = 0; index < count; index++) {
        const added = { namespace: `bench-${first + index}`, service: index < charts ? CHART : APP } as const;
        const { namespace, service } = added;
        instances.push(added);
        await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
        await kube.create({ ...secret, metadata: { name: LOGIN, namespace }, stringData: { password: "first-password" } });
        const secretRefs = service === APP ? [{ name: LOGIN, secretName: LOGIN }] : [];
        const { apiVersion, kind, name } = refTo(added);
        await kube.create({ apiVersion, kind, metadata: { name, namespace }, spec: { service, version: VERSIONS[0], secretRefs } });
      }
    },
    async start({ as = "program", inspected = false } = {}) {
      running = await startServerProcess({
        name: "the bundled agent",
        binary: as === "program" ? main : process.execPath,
        args: [
          ...(as === "program" ? [] : [main]),
          "--cluster=bench",
          `--kubeconfig=${join(dir, "kubeconfig")}`,
          `--catalog=${join(dir, "catalog")}`,
          `--listen=127.0.0.1:${metricsPort}`,
          `--nats=${nats.url}`,
          `--hub-key=${hub.publicKey}`,
          ...(helm === undefined ? [] : helmArgs),
        ],
        env: {
          PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"] ?? ""}`,
          ...(inspected ? { NODE_OPTIONS: `--inspect=127.0.0.1:${inspectPort}` } : {}),
        },
        logFile: join(dir, "agent.log"),
      });
    },
    async untilAllReady() {
      await waitUntil(async () =>
        (await kube.list(API_VERSION, "ServiceInstance")).items.every((item) => isSettled(asServiceInstance(item))),
      );
    },
    async until(instance, holds) {
      await waitUntil(async () => {
        const found = await kube.get(refTo(instance));
        return found !== undefined && holds(asServiceInstance(found));
      });
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
    async reconciles() {
      const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
      const counts = text.matchAll(/^controller_runtime_reconcile_total\{.*\} (\d+)$/gmu);
      return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
    },
    heapAfterCollectionMiB: async () => await collectedHeapMiB(inspectPort),
    async disturb(round) {
      const patch = { metadata: { labels: { round: String(round) } } };
      await Promise.all(instances.map(async (each) => await kube.patch(refTo(each), { type: "merge", patch })));
    },
    async wish(instance, version) {
      await kube.patch(refTo(instance), { type: "merge", patch: { spec: { version } } });
    },
    async makeDrift({ namespace, service }, round) {
      const name = service === APP ? SETTINGS : CHART;
      const patch = { data: { [service === APP ? "version" : "message"]: `by hand, in round ${round}` } };
      await kube.patch({ apiVersion: "v1", kind: "ConfigMap", namespace, name }, { type: "merge", patch });
    },
    async rotateSecret({ namespace }, round) {
      const patch = { stringData: { password: `password-of-round-${round}` } };
      await kube.patch({ ...secret, namespace, name: LOGIN }, { type: "merge", patch });
    },
    async close() {
      await running?.stop();
      await hub.process.kill();
      await nats.stop();
      await cluster.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const secret = { apiVersion: "v1", kind: "Secret" };

/** Questions and trials are sent as writes too, and change nothing. */
function isWriteOfOthers({ method, path, headers }: KubeRequest): boolean {
  const changesNothing = method === "GET" || path.includes("dryRun=All") || path.includes("/selfsubjectaccessreviews");
  return !changesNothing && headers["user-agent"] !== OWN_USER_AGENT && !path.includes("/leases");
}

function isSettled({ metadata, spec, status }: ServiceInstance): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return (
    ready?.status === "True" &&
    status?.version === spec.version &&
    status?.operation === undefined &&
    status?.observedGeneration === metadata.generation
  );
}
