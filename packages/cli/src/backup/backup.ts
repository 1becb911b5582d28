import { readFile } from "node:fs/promises";
import { backupToFile, BackupError, restoreFromFile, type BackupSource, type BackupSummary } from "@portolan/shared/backup";
import { CliError, EXIT, ReportedError } from "../errors/mod.ts";
import type { Console } from "../output/mod.ts";

/** Where NATS is, and who we are there. */
export interface NatsOptions {
  readonly nats: string;
  readonly natsCreds?: string;
}

export async function backUpHub(console: Console, file: string, options: NatsOptions): Promise<void> {
  const summary = await reported(async () => backupToFile(await sourceOf(options), file));
  console.out.write(`${file} holds ${text(summary)}\n`);
  console.err.write("The hub's signing key is not in it: keep its file (--signing-key of the hub) as well.\n");
}

export async function restoreHub(
  console: Console,
  file: string,
  { force, ...options }: NatsOptions & { readonly force: boolean },
): Promise<void> {
  const summary = await reported(async () => restoreFromFile(await sourceOf(options), file, { force }));
  console.out.write(`restored ${text(summary)}, of ${summary.createdAt}\n`);
}

async function sourceOf({ nats, natsCreds }: NatsOptions): Promise<BackupSource> {
  const servers = nats.split(",").map((server) => server.trim());
  return natsCreds === undefined ? { servers } : { servers, credentials: await readCredentials(natsCreds) };
}

async function readCredentials(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new CliError("InputUnreadable", `${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function text({ records, catalogs, audit }: BackupSummary): string {
  return `${records} records, ${catalogs} catalogs and ${audit} audit entries`;
}

async function reported<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof BackupError)) {
      throw error;
    }
    const exitCode = error.code === "NatsUnreachable" ? EXIT.timedOut : EXIT.error;
    throw new ReportedError(error.code, exitCode, error.message, {
      ...(error.code === "NotEmpty" ? { hint: "stop the hubs and give --force to replace it" } : {}),
      cause: error,
    });
  }
}
