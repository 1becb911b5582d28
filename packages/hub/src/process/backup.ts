import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { backupToFile, restoreFromFile } from "@portolan/shared/backup";
import { natsOptions, natsOf, UsageError } from "./config.ts";

const BACKUP_COMMANDS = ["backup", "restore"] as const;
export type BackupCommand = (typeof BACKUP_COMMANDS)[number];

/** Whether the command line is not that of a hub that serves, but one of these. */
export function backupCommandOf([first]: readonly string[]): BackupCommand | undefined {
  return BACKUP_COMMANDS.find((command) => command === first);
}

/**
 * `backup FILE` and `restore FILE [--force]`. Returns what is said when it is done.
 *
 * @throws UsageError, BackupError
 */
export async function runBackupCommand(command: BackupCommand, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { values, positionals } = parse(args);
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) {
    throw new UsageError(`${command}: expected one file`);
  }
  const { servers, credentialsFile } = natsOf(values, env);
  const source = { servers, ...(credentialsFile === undefined ? {} : { credentials: await readFile(credentialsFile) }) };
  const done =
    command === "backup" ? await backupToFile(source, file) : await restoreFromFile(source, file, { force: values.force === true });
  return `${JSON.stringify({ [command]: file, ...done })}\n`;
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: { ...natsOptions, force: { type: "boolean" } } });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
