#!/usr/bin/env node
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { HubPortInUse, SigningKeyUnusable, signingKeyFrom, startHub } from "./hub/mod.ts";

const USAGE = `Usage: portolan-hub [options]

Every option can be given by the environment variable in brackets.

  --nats URL[,URL]       NATS servers                     [PORTOLAN_NATS]         nats://127.0.0.1:4222
  --nats-creds FILE      NATS credentials                 [PORTOLAN_NATS_CREDS]
  --listen HOST:PORT     address of the API               [PORTOLAN_LISTEN]       127.0.0.1:8640
  --signing-key FILE     Ed25519 key as PKCS#8 PEM,       [PORTOLAN_SIGNING_KEY]  portolan-hub.pem
                         made when there is none
  --log-level LEVEL      trace, debug, info, warn, error  [PORTOLAN_LOG_LEVEL]    info
  --help
`;

/** The command line cannot be used. */
class UsageError extends Error {
  constructor(problem: string) {
    super(`${problem}\n\n${USAGE}`);
    this.name = "UsageError";
  }
}

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

interface Configuration {
  readonly servers: readonly string[];
  readonly credentialsFile: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly signingKeyFile: string;
  readonly logLevel: string;
}

function configure(args: readonly string[], env: NodeJS.ProcessEnv): Configuration | "help" {
  const { values } = parse(args);
  if (values.help === true) {
    return "help";
  }
  const { host, port } = address(values.listen ?? env["PORTOLAN_LISTEN"] ?? "127.0.0.1:8640");
  const servers = (values.nats ?? env["PORTOLAN_NATS"] ?? "nats://127.0.0.1:4222").split(",").map((server) => server.trim());
  return {
    servers,
    credentialsFile: values["nats-creds"] ?? env["PORTOLAN_NATS_CREDS"],
    host,
    port,
    signingKeyFile: values["signing-key"] ?? env["PORTOLAN_SIGNING_KEY"] ?? "portolan-hub.pem",
    logLevel: values["log-level"] ?? env["PORTOLAN_LOG_LEVEL"] ?? "info",
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        nats: { type: "string" },
        "nats-creds": { type: "string" },
        listen: { type: "string" },
        "signing-key": { type: "string" },
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

async function run(configuration: Configuration): Promise<void> {
  const { servers, credentialsFile, host, port, signingKeyFile, logLevel } = configuration;
  const logger = pino({ level: logLevel });
  const hub = await startHub({
    servers,
    ...(credentialsFile === undefined ? {} : { credentials: await readFile(credentialsFile) }),
    host,
    port,
    signingKey: await signingKeyFrom(signingKeyFile),
    logger,
  });
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) {
      process.exit(EXIT_FAILED);
    }
    stopping = true;
    logger.info({ signal }, "stopping; once more ends it at once");
    hub.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.fatal({ err: error }, "could not stop in good order");
        process.exit(EXIT_FAILED);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

try {
  const configuration = configure(process.argv.slice(2), process.env);
  if (configuration === "help") {
    process.stdout.write(USAGE);
  } else {
    await run(configuration);
  }
} catch (error) {
  if (error instanceof UsageError) {
    process.stderr.write(error.message);
    process.exit(EXIT_USAGE);
  }
  if (error instanceof HubPortInUse || error instanceof SigningKeyUnusable) {
    process.stderr.write(`${error.code}: ${error.message}\n`);
    process.exit(EXIT_FAILED);
  }
  throw error;
}
