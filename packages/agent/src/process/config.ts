/** The agent's settings: from flags, where a flag is absent from the environment, and where that says nothing from a file. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { isDnsLabel } from "@portolan/shared/catalog";
import { pinKeys, SigningError } from "@portolan/shared/signing";
import { isClusterName } from "@portolan/shared/wire";
import type { ChartSettings } from "../deployers/helm/mod.ts";
import type { LeaseTiming } from "../leadership/mod.ts";
import { chartConfig, chartFlags } from "./chart-config.ts";
import { ConfigError } from "./config-error.ts";
import { parseConfigFile } from "./config-file.ts";
import { leaseConfig, leaseFlags } from "./lease-config.ts";
import { milliseconds } from "./milliseconds.ts";

export interface AgentConfig {
  readonly cluster: string;
  /** Absent: the pod's own service account, or the usual places. */
  readonly kubeconfig?: string;
  /** Absent: the agent works without a fleet. */
  readonly nats?: string;
  readonly hubKeys: readonly string[];
  readonly registrationId: string;
  /** Folder of the catalog that comes with the agent. */
  readonly catalog?: string;
  readonly namespace: string;
  readonly heartbeatMs: number;
  /** How long an instance that cannot be uninstalled may hold a namespace that is going away; absent: as long as the agent has it. */
  readonly namespacePatienceMs?: number;
  readonly listen?: { readonly host: string; readonly port: number };
  readonly logLevel: string;
  /** Absent: the agent acts without asking whether another one does. */
  readonly leaderElection?: LeaseTiming;
  /** Path of helm; absent: the one on PATH. */
  readonly helm?: string;
  readonly charts: ChartSettings;
}

const logLevels: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];
const shortestHeartbeatMs = 100;

export const usage = `Usage: portolan-agent --cluster NAME [options] | --help | --version

  --config FILE             these settings in YAML, see below                PORTOLAN_CONFIG
  --cluster NAME            name of this cluster in its fleet, a DNS label   PORTOLAN_CLUSTER
  --kubeconfig FILE         default: KUBECONFIG, in-cluster, ~/.kube/config  PORTOLAN_KUBECONFIG
  --nats URL                the fleet's NATS; without it the agent is alone  PORTOLAN_NATS
  --hub-key KEY             public key of the hub, repeatable                PORTOLAN_HUB_KEYS (comma-separated)
  --registration-id ID      given when the cluster was registered            PORTOLAN_REGISTRATION_ID
  --catalog DIR             folder of service definitions                    PORTOLAN_CATALOG
  --namespace NAME          for the agent's own things (portolan-system)     PORTOLAN_NAMESPACE
  --heartbeat-ms MS         how often the fleet hears of it (3000)           PORTOLAN_HEARTBEAT_MS
  --namespace-patience-ms MS
                            what cannot be uninstalled holds a namespace
                            that is being deleted for so long (600000)       PORTOLAN_NAMESPACE_PATIENCE_MS
  --listen HOST:PORT        serve /livez, /readyz and /metrics               PORTOLAN_LISTEN
  --no-leader-elect         act without a Lease: there is only this agent    PORTOLAN_LEADER_ELECT=false
  --lease-duration-ms MS    others may act when it is silent for (15000)     PORTOLAN_LEASE_DURATION_MS
  --lease-renew-deadline-ms MS
                            it stops when it could not renew for (10000)     PORTOLAN_LEASE_RENEW_DEADLINE_MS
  --lease-retry-period-ms MS
                            between two renewals (2000)                      PORTOLAN_LEASE_RETRY_PERIOD_MS
  --helm PATH               helm 4; default: the one on PATH                PORTOLAN_HELM
  --chart-cache DIR         keeps charts (~/.cache/portolan-agent)          PORTOLAN_CHART_CACHE
  --chart-folder DIR        charts that a catalog names by a folder         PORTOLAN_CHART_FOLDER
  --chart-mirror FROM=TO    take charts from elsewhere, repeatable          PORTOLAN_CHART_MIRRORS (comma-separated)
  --chart-digest CHART@VERSION=DIGEST
                            pins what its catalog does not, repeatable      PORTOLAN_CHART_DIGESTS (comma-separated)
  --chart-ca FILE           CA bundle of registries and repositories        PORTOLAN_CHART_CA
  --chart-plain-http HOST   OCI registry that speaks HTTP; repeatable       PORTOLAN_CHART_PLAIN_HTTP
  --allow-unpinned-charts   take charts that nobody pinned                  PORTOLAN_ALLOW_UNPINNED_CHARTS=true
  --log-level LEVEL         trace, debug, info, warn, error (info)           PORTOLAN_LOG_LEVEL

A flag counts before its variable, and that before the file. A key of the file is named as the variable: PORTOLAN_HUB_KEYS is hubKeys.
`;

/**
 * @param readText gives what a file holds
 * @throws ConfigError naming the setting, what was expected and what was found
 */
export function readConfig(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  readText: (path: string) => string = (path) => readFileSync(path, "utf8"),
): AgentConfig {
  const flags = parseFlags(args);
  const env = { ...fromFile(flags.config ?? environment["PORTOLAN_CONFIG"] ?? "", readText), ...withoutEmpty(environment) };
  const setting = (flag: keyof typeof flags, variable: string): string | undefined => {
    const value = flags[flag] ?? env[variable];
    if (typeof value === "boolean") return String(value);
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  const cluster = setting("cluster", "PORTOLAN_CLUSTER");
  if (cluster === undefined) throw new ConfigError("expected the cluster's name in --cluster or PORTOLAN_CLUSTER, found none");
  if (!isClusterName(cluster)) {
    throw new ConfigError(
      `expected a DNS label as the cluster's name (a-z, 0-9 and -, at most 63 characters), found ${JSON.stringify(cluster)}`,
    );
  }
  const nats = setting("nats", "PORTOLAN_NATS");
  const hubKeys = (flags["hub-key"] ?? (env["PORTOLAN_HUB_KEYS"] ?? "").split(",")).map((key) => key.trim()).filter((key) => key !== "");
  if (nats !== undefined && hubKeys.length === 0) {
    throw new ConfigError(
      "expected the hub's public key in --hub-key or PORTOLAN_HUB_KEYS, found none: without it no intent can be trusted",
    );
  }
  checkKeys(hubKeys);
  const namespace = setting("namespace", "PORTOLAN_NAMESPACE") ?? "portolan-system";
  if (!isDnsLabel(namespace)) throw new ConfigError(`expected a DNS label in --namespace, found ${JSON.stringify(namespace)}`);
  const logLevel = setting("log-level", "PORTOLAN_LOG_LEVEL") ?? "info";
  if (!logLevels.includes(logLevel)) {
    throw new ConfigError(`expected one of ${logLevels.join(", ")} in --log-level, found ${JSON.stringify(logLevel)}`);
  }
  const kubeconfig = setting("kubeconfig", "PORTOLAN_KUBECONFIG");
  const helm = setting("helm", "PORTOLAN_HELM");
  const catalog = setting("catalog", "PORTOLAN_CATALOG");
  const listen = setting("listen", "PORTOLAN_LISTEN");
  const patience = setting("namespace-patience-ms", "PORTOLAN_NAMESPACE_PATIENCE_MS");
  const leaderElection = leaseConfig((flag) => setting(flag, `PORTOLAN_${flag.replaceAll("-", "_").toUpperCase()}`));
  return {
    cluster,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(nats === undefined ? {} : { nats }),
    hubKeys,
    registrationId: setting("registration-id", "PORTOLAN_REGISTRATION_ID") ?? "",
    ...(catalog === undefined ? {} : { catalog }),
    namespace,
    heartbeatMs: milliseconds("heartbeat-ms", setting("heartbeat-ms", "PORTOLAN_HEARTBEAT_MS") ?? "3000", shortestHeartbeatMs),
    ...(patience === undefined ? {} : { namespacePatienceMs: milliseconds("namespace-patience-ms", patience, 1) }),
    ...(listen === undefined ? {} : { listen: address(listen) }),
    logLevel,
    ...(leaderElection === undefined ? {} : { leaderElection }),
    ...(helm === undefined ? {} : { helm }),
    charts: chartConfig(flags, env),
  };
}

function parseFlags(args: readonly string[]) {
  const string = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        config: string,
        cluster: string,
        kubeconfig: string,
        nats: string,
        "hub-key": { type: "string", multiple: true },
        "registration-id": string,
        catalog: string,
        namespace: string,
        "heartbeat-ms": string,
        "namespace-patience-ms": string,
        listen: string,
        "log-level": string,
        ...leaseFlags,
        helm: string,
        ...chartFlags,
      },
      allowNegative: true,
    }).values;
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error));
  }
}

function fromFile(path: string, readText: (path: string) => string): NodeJS.ProcessEnv {
  if (path === "") return {};
  let text: string;
  try {
    text = readText(path);
  } catch (error) {
    throw new ConfigError(`expected a file that can be read in --config: ${error instanceof Error ? error.message : String(error)}`);
  }
  return parseConfigFile(path, text);
}

/** An empty variable says nothing, so it hides nothing of the file. */
function withoutEmpty(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
}

/** Before anything is started: with a wrong key no intent would ever be accepted. */
function checkKeys(hubKeys: readonly string[]): void {
  try {
    pinKeys(hubKeys);
  } catch (error) {
    if (!(error instanceof SigningError)) throw error;
    throw new ConfigError(`expected the hub's public key in --hub-key or PORTOLAN_HUB_KEYS: ${error.message}`);
  }
}

function address(text: string): { readonly host: string; readonly port: number } {
  // The host of an IPv6 address stands in brackets.
  const [, host = "", port = ""] = /^\[?(.+?)\]?:(\d{1,5})$/u.exec(text) ?? [];
  if (host === "" || Number(port) > 65_535) throw new ConfigError(`expected HOST:PORT in --listen, found ${JSON.stringify(text)}`);
  return { host, port: Number(port) };
}
