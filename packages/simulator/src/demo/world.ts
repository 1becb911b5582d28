/** Brings the demo's world up: NATS, the hub as a process of its own, and five embedded clusters with an agent each, all over the real bus. */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startAgent, type Agent } from "@portolan/agent/agent";
import { KubeClient } from "@portolan/agent/kube";
import { connectBus } from "@portolan/shared/bus";
import { loadCatalogFolder, type Catalog } from "@portolan/shared/catalog";
import { generateKeyPair } from "@portolan/shared/signing";
import { pino, type Logger } from "pino";
import { createEmbeddedCluster, type EmbeddedCluster } from "../kubernetes/mod.ts";
import { getNatsServer, startNatsServer, type NatsServer } from "../nats-server/mod.ts";
import { freePort, startServerProcess, type ServerProcess } from "../server-process/mod.ts";
import { certificates, clusters, identity, type DemoCluster, type DemoInstance } from "./cast.ts";

const root = join(import.meta.dirname, "../../../..");
/** The settings that `docker-compose.yml` uses as well. */
const natsLimits = join(root, "deploy/compose/limits.conf");
const hubProgram = join(root, "packages/hub/src/main.ts");

export const catalogFolders = { atStart: join(root, "examples/catalog"), newer: join(root, "examples/catalog-next") } as const;

/** How long workloads and Jobs take: long enough to be seen. */
const delays = { workloadReadyMs: 250, jobMs: 500 };
const defaultPort = 8640;
const hubPatienceMs = 15_000;

export interface World {
  readonly url: string;
  readonly natsUrl: string;
  /** Where the logs of NATS, hub and agents are. */
  readonly logFolder: string;
  stop(options: StopOptions): Promise<void>;
}

export interface StopOptions {
  readonly keepLogs: boolean;
}

export interface WorldOptions {
  /** Port of the hub's API; 0 = any free one. Absent: 8640, or a free one when that is taken. */
  readonly port?: number;
  readonly signal: AbortSignal;
  /** Told what takes long, one line each. */
  readonly onProgress: (line: string) => void;
}

/** What could not be brought up, with the cure. */
export class DemoError extends Error {
  readonly code = "DemoNotStarted";
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "DemoError";
  }
}

export async function startWorld({ port, signal, onProgress }: WorldOptions): Promise<World> {
  const dir = await mkdtemp(join(tmpdir(), "portolan-demo-"));
  const started: { stop(): Promise<unknown> }[] = [];
  const stop = async ({ keepLogs }: StopOptions): Promise<void> => {
    for (const each of started.toReversed()) await each.stop();
    if (!keepLogs) await rm(dir, { recursive: true, force: true });
  };
  try {
    const nats = await startNats(join(dir, "nats.log"), onProgress);
    started.push(nats);
    const { privateKeyPem, publicKey } = generateKeyPair();
    const keyFile = join(dir, "hub.pem");
    await writeFile(keyFile, privateKeyPem, { mode: 0o600 });
    const apiPort = await choosePort(port);
    const hub = await startHub(nats, apiPort, keyFile, dir);
    started.push(hub);
    const logger = pino({ level: "warn" }, pino.destination(join(dir, "agents.log")));
    const catalog = await readCatalog(catalogFolders.atStart);
    for (const each of await Promise.all(
      clusters.map(async (cluster) => await startCluster(cluster, catalog, nats.url, publicKey, logger)),
    ))
      started.push(each);
    await hubAnswers(hub, `http://127.0.0.1:${apiPort}`, signal);
    return { url: `http://127.0.0.1:${apiPort}`, natsUrl: nats.url, logFolder: dir, stop };
  } catch (error) {
    await stop({ keepLogs: false });
    throw error;
  }
}

async function startNats(logFile: string, onProgress: (line: string) => void): Promise<NatsServer> {
  const { binary } = await getNatsServer({ onProgress });
  return await startNatsServer({ binary, logFile, extraConfiguration: await readFile(natsLimits, "utf8") });
}

async function choosePort(wanted: number | undefined): Promise<number> {
  if (wanted === 0) return await freePort();
  const port = wanted ?? defaultPort;
  if (!(await answers(port))) return port;
  if (wanted === undefined) return await freePort();
  throw new DemoError(`port ${port} is in use; choose another one with --port, or --port 0 for any`);
}

/** Whether something listens on a port of this machine. */
async function answers(port: number): Promise<boolean> {
  const socket = createConnection({ port, host: "127.0.0.1" });
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
  } finally {
    socket.destroy();
  }
}

async function startHub(nats: NatsServer, port: number, keyFile: string, dir: string): Promise<ServerProcess> {
  if (!existsSync(hubProgram)) throw new DemoError(`expected the hub at ${hubProgram}; run the demo from a complete checkout`);
  return await startServerProcess({
    name: "hub",
    binary: process.execPath,
    args: [hubProgram, "--nats", nats.url, "--listen", `127.0.0.1:${port}`, "--signing-key", keyFile, "--log-level", "warn"],
    logFile: join(dir, "hub.log"),
  });
}

async function hubAnswers(hub: ServerProcess, url: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + hubPatienceMs;
  while (!signal.aborted) {
    if (hub.exit() !== undefined) throw new DemoError(`the hub has ended: ${hub.logTail()}`);
    if (await isReady(url)) return;
    if (Date.now() > deadline) throw new DemoError(`the hub was not ready within ${hubPatienceMs / 1000} s: ${hub.logTail()}`);
    await sleep(20);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    // It does not listen yet.
    return false;
  }
}

export async function readCatalog(folder: string): Promise<Catalog> {
  const { catalog, problems } = await loadCatalogFolder(folder);
  if (problems.length > 0)
    throw new DemoError(`${folder} holds mistakes: ${problems.map((problem) => `${problem.file}: ${problem.message}`).join("; ")}`);
  return catalog;
}

async function startCluster(
  cluster: DemoCluster,
  catalog: Catalog,
  natsUrl: string,
  hubKey: string,
  logger: Logger,
): Promise<{ stop(): Promise<void> }> {
  const embedded = createEmbeddedCluster({ name: cluster.name, version: cluster.kubernetes, nodes: cluster.nodes, delays });
  await furnish(embedded, cluster);
  const agent: Agent = await startAgent({
    cluster: cluster.name,
    transport: embedded.transport,
    catalog,
    namespace: "portolan-system",
    agentVersion: "0.1.0",
    logger,
    fleet: {
      hubKeys: [hubKey],
      registrationId: "",
      connect: async (signal) =>
        await connectBus({ servers: natsUrl, name: `portolan-agent ${cluster.name}`, inboxPrefix: `_INBOX.${cluster.name}`, signal }),
    },
  });
  await installServices(embedded, cluster);
  return {
    async stop() {
      await agent.stop();
      await embedded.close();
    },
  };
}

/** What a cluster's people would have made before: namespaces, labels of the region, the secret that identity needs. */
async function furnish(embedded: EmbeddedCluster, cluster: DemoCluster): Promise<void> {
  const kube = new KubeClient({ transport: embedded.transport });
  const options = { fieldManager: "demo" };
  for (const node of (await kube.list("v1", "Node")).items) {
    await kube.patch(
      { apiVersion: "v1", kind: "Node", name: node.metadata.name },
      { type: "merge", patch: { metadata: { labels: { "topology.kubernetes.io/region": cluster.region } } } },
      options,
    );
  }
  for (const { namespace } of [certificates, identity])
    await kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, options);
  await kube.apply(
    { apiVersion: "v1", kind: "Secret", metadata: { name: "database", namespace: identity.namespace }, stringData: { password: "demo" } },
    options,
  );
}

/** As with `kubectl apply`: from here on the agent does the rest. */
async function installServices(embedded: EmbeddedCluster, cluster: DemoCluster): Promise<void> {
  const kube = new KubeClient({ transport: embedded.transport });
  const apply = async ({ service, namespace, name }: DemoInstance, rest: object): Promise<void> => {
    const object = {
      apiVersion: "portolan.dev/v1alpha1",
      kind: "ServiceInstance",
      metadata: { namespace, name },
      spec: { service, ...rest },
    };
    await kube.create(object, { fieldManager: "kubectl-client-side-apply" });
  };
  await apply(certificates, { version: cluster.certificates, config: { replicas: 2 } });
  await apply(identity, {
    version: cluster.identity,
    config: { hostname: `login.${cluster.name}.example.org` },
    secretRefs: [{ name: "database", secretName: "database" }],
  });
}
