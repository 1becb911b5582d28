/** The agent's process: settings, signals, and everything put together. */
import { connectBus } from "@portolan/shared/bus";
import { loadCatalogFolder, type Catalog } from "@portolan/shared/catalog";
import { pino, type Logger } from "pino";
import { collectDefaultMetrics, Registry } from "prom-client";
import packageJson from "../package.json" with { type: "json" };
import { startAgent, type Agent } from "./agent/mod.ts";
import { prometheusMetrics } from "./controller/mod.ts";
import { sleep, systemClock, type KubeTransport } from "./kube/mod.ts";
import { KubeConfigError, kubeConfigTransport, loadKubeConfig } from "./kube/kubeconfig/mod.ts";
import { ConfigError, readConfig, usage, type AgentConfig } from "./process/config.ts";
import { PortInUseError, startHealthServer } from "./process/health-server.ts";

const startRetryMs = 2_000;

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
  collectDefaultMetrics({ register: registry });
  const metrics = prometheusMetrics(registry);
  let agent: Agent | undefined;
  const health =
    config.listen === undefined ? undefined : await startHealthServer({ ...config.listen, ready: () => agent?.ready === true, registry });
  const catalog = await readCatalog(config, logger);
  const kubernetes = kubeConfigTransport(await loadKubeConfig({ file: config.kubeconfig }));
  logger.info({ version: packageJson.version, server: kubernetes.server }, "the agent is starting");
  agent = await startPatiently(config, kubernetes.transport, catalog, metrics, logger, stopping.signal);
  if (!stopping.signal.aborted) await new Promise((resolve) => stopping.signal.addEventListener("abort", resolve, { once: true }));
  logger.info({ signal: String(stopping.signal.reason) }, "the agent is stopping");
  await agent?.stop();
  await kubernetes.close();
  health?.close();
}

/** The API server may come later than the agent, or be away for a while: then the start is tried again. */
async function startPatiently(
  config: AgentConfig,
  transport: KubeTransport,
  catalog: Catalog | undefined,
  metrics: ReturnType<typeof prometheusMetrics>,
  logger: Logger,
  signal: AbortSignal,
): Promise<Agent | undefined> {
  const { cluster, namespace, nats, hubKeys, registrationId, heartbeatMs } = config;
  while (!signal.aborted) {
    try {
      return await startAgent({
        cluster,
        transport,
        ...(catalog === undefined ? {} : { catalog }),
        namespace,
        agentVersion: packageJson.version,
        logger,
        metrics,
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
    } catch (error) {
      logger.error({ err: error }, `the agent could not start and tries again in ${startRetryMs / 1000} s`);
      await sleep(systemClock, startRetryMs, signal).catch(() => undefined);
    }
  }
  return undefined;
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
