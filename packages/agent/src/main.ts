/** The agent's process: settings, signals, and everything put together. */
import { join } from "node:path";
import { connectBus } from "@portolan/shared/bus";
import { loadCatalogFolder, type Catalog } from "@portolan/shared/catalog";
import { pino, type Logger } from "pino";
import { collectDefaultMetrics, Registry } from "prom-client";
import packageJson from "../package.json" with { type: "json" };
import { findStuck, startAgent, type Agent } from "./agent/mod.ts";
import { prometheusMetrics } from "./controller/mod.ts";
import type { KubeTransport } from "./kube/mod.ts";
import { findKubeConfig, KubeConfigError, kubeConfigTransport, loadKubeConfig } from "./kube/kubeconfig/mod.ts";
import { leaderGauge, LEASE_NAME, type RightToAct } from "./leadership/mod.ts";
import { standForElection, type Candidacy, type CandidacyOptions } from "./process/candidacy.ts";
import { collectGarbage } from "./process/collect-garbage.ts";
import { ConfigError } from "./process/config-error.ts";
import { readConfig, usage, type AgentConfig } from "./process/config.ts";
import { findHelm } from "./process/find-helm.ts";
import { helmKubeconfig } from "./process/helm-kubeconfig.ts";
import { helmVersion } from "./process/helm-version.ts";
import { PortInUseError, startHealthServer } from "./process/health-server.ts";
import { patiently } from "./process/patiently.ts";
import { measuredTransport } from "./process/rest-client-metrics.ts";
import type { Standing } from "./standing/mod.ts";

/** After the lease was lost, everything has so long to end; then it is ended with the process. */
const lostGraceMs = 30_000;
/** By then the instances that were there have been looked at. */
const startIsOverMs = 15_000;

async function main(): Promise<void> {
  if (process.argv.includes("--help")) {
    process.stdout.write(usage);
    return;
  }
  if (process.argv.includes("--version")) {
    process.stdout.write(`${packageJson.version}\n`);
    return;
  }
  const config = readConfig(process.argv.slice(2), process.env);
  const logger = pino({ level: config.logLevel, base: null });
  const stopping = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopping.abort(signal));

  const registry = new Registry();
  // A finer look at the event loop would wake the process a hundred times a second.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 1_000 });
  const metrics = prometheusMetrics(registry);
  let agent: Agent | undefined;
  let standsBy = false;
  // Else a rolling update would wait for its new agent, which waits for the old one.
  const ready = (): boolean => (agent === undefined ? standsBy : agent.ready);
  const stuck = (): string | undefined => (agent === undefined ? undefined : findStuck(agent.pulse));
  const health = config.listen === undefined ? undefined : await startHealthServer({ ...config.listen, stuck, ready, registry });
  const catalog = await readCatalog(config, logger);
  const kubernetes = kubeConfigTransport(await loadKubeConfig({ file: config.kubeconfig }));
  logger.info({ version: packageJson.version, server: kubernetes.server }, "the agent is starting");
  const starting = logger.child({ cluster: config.cluster, server: kubernetes.server });
  const onStandby = (): void => void (standsBy = true);
  const measured = measuredTransport(kubernetes.transport, new URL(kubernetes.server).host, registry);
  const helm = await findHelm(config.helm, process.env);
  if (helm === undefined) logger.info("there is no helm on PATH: versions that are deployed with helm cannot be reached");
  const version = helm === undefined ? {} : { helmVersion: await helmVersion(helm) };
  const standing = (): Standing => ({
    agentVersion: packageJson.version,
    ...version,
    ...(agent?.fleet ?? { fleet: config.nats === undefined ? "None" : "Connecting" }),
  });
  const candidacy = await stand(config, measured, registry, starting, stopping.signal, { onStandby, standing });
  standsBy = false;
  const ending = candidacy === undefined ? stopping.signal : AbortSignal.any([stopping.signal, candidacy.lost]);
  const transport = candidacy?.transport ?? measured;
  const state = join(config.charts.cache, "agents", config.cluster);
  const kubeconfig = helm === undefined ? undefined : await helmKubeconfig(findKubeConfig({ file: config.kubeconfig }), state);
  const means = { transport, server: kubernetes.server, right: candidacy?.right, helm, kubeconfig, state };
  agent = await startPatiently(config, means, catalog, metrics, logger, ending);
  setTimeout(collectGarbage, startIsOverMs).unref();
  if (!ending.aborted) await new Promise((resolve) => ending.addEventListener("abort", resolve, { once: true }));
  const lost = candidacy?.lost.aborted === true;
  logger.info({ reason: String(ending.reason) }, "the agent is stopping");
  if (lost) setTimeout(() => process.exit(1), lostGraceMs).unref();
  await agent?.stop(lost ? { drainMs: 0 } : {});
  await candidacy?.release();
  await kubernetes.close();
  health?.close();
  // Started anew, it is a candidate again, and nothing of before is left that could act.
  if (lost) process.exit(1);
}

/** Waits for its turn, where that is asked for. */
async function stand(
  { leaderElection, namespace }: AgentConfig,
  transport: KubeTransport,
  registry: Registry,
  logger: Logger,
  signal: AbortSignal,
  hooks: Pick<CandidacyOptions, "onStandby" | "standing">,
): Promise<Candidacy | undefined> {
  if (leaderElection === undefined) return undefined;
  const onLeading = leaderGauge(registry, LEASE_NAME);
  return await standForElection({ transport, namespace, timing: leaderElection, logger, signal, onLeading, ...hooks });
}

/** What an agent works with. */
interface Means {
  readonly transport: KubeTransport;
  /** Address of the API server. */
  readonly server: string;
  /** Absent: there is no other agent. */
  readonly right: RightToAct | undefined;
  /** Path of helm. */
  readonly helm: string | undefined;
  /** For helm; absent: it finds the cluster for itself. */
  readonly kubeconfig: string | undefined;
  /** Folder for what helm and the agent keep of each other. */
  readonly state: string;
}

async function startPatiently(
  config: AgentConfig,
  { transport, server, right, helm, kubeconfig, state }: Means,
  catalog: Catalog | undefined,
  metrics: ReturnType<typeof prometheusMetrics>,
  logger: Logger,
  signal: AbortSignal,
): Promise<Agent | undefined> {
  const { cluster, namespace, nats, hubKeys, registrationId, heartbeatMs, namespacePatienceMs, charts } = config;
  const start = async (): Promise<Agent> =>
    await startAgent({
      cluster,
      transport,
      ...(catalog === undefined ? {} : { catalog }),
      ...(helm === undefined
        ? {}
        : {
            helm: {
              program: helm,
              ...(kubeconfig === undefined ? {} : { kubeconfig }),
              state,
              charts,
              ...(right === undefined ? {} : { right }),
            },
          }),
      namespace,
      ...(namespacePatienceMs === undefined ? {} : { namespacePatienceMs }),
      agentVersion: packageJson.version,
      logger,
      metrics,
      signal,
      ...(nats === undefined
        ? {}
        : {
            fleet: {
              hubKeys,
              registrationId,
              heartbeatMs,
              connect: async (connecting) =>
                await connectBus({
                  servers: nats,
                  name: `portolan-agent ${cluster}`,
                  inboxPrefix: `_INBOX.${cluster}`,
                  signal: connecting,
                  logger,
                }),
            },
          }),
    });
  return await patiently("start", logger.child({ cluster, server }), signal, start);
}

async function readCatalog(config: AgentConfig, logger: Logger): Promise<Catalog | undefined> {
  if (config.catalog === undefined) return undefined;
  const { catalog, problems } = await loadCatalogFolder(config.catalog);
  for (const problem of problems) logger.warn({ problem }, "a part of the catalog is not used");
  return catalog;
}

try {
  await main();
} catch (error) {
  const mistake = error instanceof ConfigError;
  const known = mistake || error instanceof PortInUseError || error instanceof KubeConfigError;
  process.stderr.write(
    `portolan-agent: ${error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error)}\n${mistake ? `\n${usage}` : ""}`,
  );
  // What was started already would keep the process alive.
  process.exit(mistake ? 2 : 1);
}
