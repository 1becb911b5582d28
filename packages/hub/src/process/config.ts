import { parseArgs } from "node:util";

export const USAGE = `Usage: portolan-hub [options]
       portolan-hub backup FILE [--nats …] [--nats-creds …]             what only the hub knows, into a file
       portolan-hub restore FILE [--force] [--nats …] [--nats-creds …]  and back; --force replaces what is there

Every option can be given by the environment variable in brackets.

  --nats URL[,URL]       NATS servers                     [PORTOLAN_NATS]         nats://127.0.0.1:4222
  --nats-creds FILE      NATS credentials                 [PORTOLAN_NATS_CREDS]
  --listen HOST:PORT     address of the API               [PORTOLAN_LISTEN]       127.0.0.1:8640
  --signing-key FILE     Ed25519 key as PKCS#8 PEM,       [PORTOLAN_SIGNING_KEY]  portolan-hub.pem
                         made when there is none
  --roles FILE           who may approve waves           [PORTOLAN_ROLES]
  --webhooks FILE        who is told of rollouts          [PORTOLAN_WEBHOOKS]
  --log-level LEVEL      trace, debug, info, warn, error  [PORTOLAN_LOG_LEVEL]    info
  --help
`;

const LOG_LEVELS: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal", "silent"];

/** The command line cannot be used. */
export class UsageError extends Error {
  constructor(problem: string) {
    super(`${problem}\n\n${USAGE}`);
    this.name = "UsageError";
  }
}

export interface Configuration {
  readonly servers: readonly string[];
  readonly credentialsFile: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly signingKeyFile: string;
  readonly rolesFile: string | undefined;
  readonly webhooksFile: string | undefined;
  readonly logLevel: string;
}

/**
 * What the command line and the environment say; the command line wins.
 *
 * @throws UsageError
 */
export function configure(args: readonly string[], env: NodeJS.ProcessEnv): Configuration | "help" {
  const { values } = parse(args);
  if (values.help === true) {
    return "help";
  }
  const { host, port } = address(values.listen ?? env["PORTOLAN_LISTEN"] ?? "127.0.0.1:8640");
  const logLevel = values["log-level"] ?? env["PORTOLAN_LOG_LEVEL"] ?? "info";
  if (!LOG_LEVELS.includes(logLevel)) {
    throw new UsageError(`--log-level: expected one of ${LOG_LEVELS.join(", ")}, found ${JSON.stringify(logLevel)}`);
  }
  return {
    ...natsOf(values, env),
    host,
    port,
    signingKeyFile: values["signing-key"] ?? env["PORTOLAN_SIGNING_KEY"] ?? "portolan-hub.pem",
    rolesFile: values.roles ?? env["PORTOLAN_ROLES"],
    webhooksFile: values.webhooks ?? env["PORTOLAN_WEBHOOKS"],
    logLevel,
  };
}

/** Options that say where NATS is, for `parseArgs`. */
export const natsOptions = { nats: { type: "string" }, "nats-creds": { type: "string" } } as const;

/** Where NATS is, and the file with the credentials for it. */
export function natsOf(
  values: { readonly nats?: string | undefined; readonly "nats-creds"?: string | undefined },
  env: NodeJS.ProcessEnv,
): Pick<Configuration, "servers" | "credentialsFile"> {
  return {
    servers: (values.nats ?? env["PORTOLAN_NATS"] ?? "nats://127.0.0.1:4222").split(",").map((server) => server.trim()),
    credentialsFile: values["nats-creds"] ?? env["PORTOLAN_NATS_CREDS"],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...natsOptions,
        listen: { type: "string" },
        "signing-key": { type: "string" },
        roles: { type: "string" },
        webhooks: { type: "string" },
        "log-level": { type: "string" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function address(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[(?<v6>[0-9a-fA-F:]+)\]|(?<host>[^:]*)):(?<port>\d{1,5})$/u.exec(text);
  const port = Number(match?.groups?.["port"]);
  if (match === null || port > 65_535) {
    throw new UsageError(`--listen: expected HOST:PORT, found ${JSON.stringify(text)}`);
  }
  return { host: match.groups?.["v6"] ?? (match.groups?.["host"] || "127.0.0.1"), port };
}
