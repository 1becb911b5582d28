/** The agent's settings: from flags, and where a flag is absent from the environment. */
import { parseArgs } from "node:util";
import { isClusterName } from "@portolan/shared/wire";

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
  readonly listen?: { readonly host: string; readonly port: number };
  readonly logLevel: string;
}

/** A setting is missing or cannot be used. */
export class ConfigError extends Error {
  readonly code = "InvalidConfiguration";
  constructor(message: string) {
    super(message);
    this.name = "ConfigError";
  }
}

export const usage = `Usage: portolan-agent --cluster NAME [options]

  --cluster NAME            name of this cluster in its fleet, a DNS label   PORTOLAN_CLUSTER
  --kubeconfig FILE         default: in-cluster, KUBECONFIG, ~/.kube/config  PORTOLAN_KUBECONFIG
  --nats URL                the fleet's NATS; without it the agent is alone  PORTOLAN_NATS
  --hub-key KEY             public key of the hub, repeatable                PORTOLAN_HUB_KEYS (comma-separated)
  --registration-id ID      given when the cluster was registered            PORTOLAN_REGISTRATION_ID
  --catalog DIR             folder of service definitions                    PORTOLAN_CATALOG
  --namespace NAME          for the agent's own things (portolan-system)     PORTOLAN_NAMESPACE
  --heartbeat-ms MS         how often the fleet hears of it (3000)           PORTOLAN_HEARTBEAT_MS
  --listen HOST:PORT        serve /livez, /readyz and /metrics               PORTOLAN_LISTEN
  --log-level LEVEL         trace, debug, info, warn, error (info)           PORTOLAN_LOG_LEVEL
`;

/** @throws ConfigError naming the setting, what was expected and what was found */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv): AgentConfig {
  const flags = parseFlags(args);
  const setting = (flag: keyof typeof flags, variable: string): string | undefined => {
    const value = flags[flag] ?? env[variable];
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
  const hubKeys = flags["hub-key"] ?? (env["PORTOLAN_HUB_KEYS"] ?? "").split(",").filter((key) => key !== "");
  if (nats !== undefined && hubKeys.length === 0) {
    throw new ConfigError(
      "expected the hub's public key in --hub-key or PORTOLAN_HUB_KEYS, found none: without it no intent can be trusted",
    );
  }
  const kubeconfig = setting("kubeconfig", "PORTOLAN_KUBECONFIG");
  const catalog = setting("catalog", "PORTOLAN_CATALOG");
  const listen = setting("listen", "PORTOLAN_LISTEN");
  return {
    cluster,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(nats === undefined ? {} : { nats }),
    hubKeys,
    registrationId: setting("registration-id", "PORTOLAN_REGISTRATION_ID") ?? "",
    ...(catalog === undefined ? {} : { catalog }),
    namespace: setting("namespace", "PORTOLAN_NAMESPACE") ?? "portolan-system",
    heartbeatMs: positive("--heartbeat-ms", setting("heartbeat-ms", "PORTOLAN_HEARTBEAT_MS") ?? "3000"),
    ...(listen === undefined ? {} : { listen: address(listen) }),
    logLevel: setting("log-level", "PORTOLAN_LOG_LEVEL") ?? "info",
  };
}

function parseFlags(args: readonly string[]) {
  const string = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        cluster: string,
        kubeconfig: string,
        nats: string,
        "hub-key": { type: "string", multiple: true },
        "registration-id": string,
        catalog: string,
        namespace: string,
        "heartbeat-ms": string,
        listen: string,
        "log-level": string,
      },
    }).values;
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error));
  }
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 100) throw new ConfigError(`expected at least 100 in ${name}, found ${JSON.stringify(text)}`);
  return value;
}

function address(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(":");
  const port = Number(text.slice(colon + 1));
  if (colon < 0 || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new ConfigError(`expected HOST:PORT in --listen, found ${JSON.stringify(text)}`);
  }
  return { host: text.slice(0, colon), port };
}
