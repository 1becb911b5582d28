import { readFile } from "node:fs/promises";
import { pino } from "pino";
import { BackupError } from "@portolan/shared/backup";
import { HubPortInUse, SigningKeyUnusable, signingKeyFrom, startHub } from "../hub/mod.ts";
import { backupCommandOf, runBackupCommand } from "./backup.ts";
import { configure, USAGE, UsageError, type Configuration } from "./config.ts";
import { SettingsUnusable } from "./json-file.ts";
import { readRoles } from "./roles.ts";
import { readWebhooks } from "./webhooks.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

/** Runs a hub until it is told to stop. Errors that a person can mend are said in a line, and end the process. */
export async function runHub(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  try {
    const command = backupCommandOf(args);
    if (command !== undefined) {
      process.stdout.write(await runBackupCommand(command, args.slice(1), env));
      return;
    }
    const configuration = configure(args, env);
    if (configuration === "help") {
      process.stdout.write(USAGE);
    } else {
      await run(configuration, env);
    }
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(error.message);
      process.exit(EXIT_USAGE);
    }
    if (isMendable(error)) {
      process.stderr.write(`${error.code}: ${error.message}\n`);
      process.exit(EXIT_FAILED);
    }
    throw error;
  }
}

function isMendable(error: unknown): error is HubPortInUse | SigningKeyUnusable | SettingsUnusable | BackupError {
  return [HubPortInUse, SigningKeyUnusable, SettingsUnusable, BackupError].some((known) => error instanceof known);
}

async function run(configuration: Configuration, env: NodeJS.ProcessEnv): Promise<void> {
  const { servers, credentialsFile, host, port, signingKeyFile, webhooksFile, rolesFile, logLevel } = configuration;
  const logger = pino({ level: logLevel });
  const hub = await startHub({
    servers,
    ...(credentialsFile === undefined ? {} : { credentials: await readFile(credentialsFile) }),
    host,
    port,
    signingKey: await signingKeyFrom(signingKeyFile),
    ...(rolesFile === undefined ? {} : { roles: await readRoles(rolesFile) }),
    ...(webhooksFile === undefined ? {} : { webhooks: await readWebhooks(webhooksFile, env) }),
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
