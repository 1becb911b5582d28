import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { finished } from "node:stream/promises";
import { AUDIT_STREAM, CATALOGS_STREAM, type Bus } from "../bus/mod.ts";
import { connected, type BackupSource } from "./connected.ts";
import { BackupError, isFileError } from "./errors.ts";
import { Tally, type BackupCounts, type BackupEntry, type BackupHeader } from "./format.ts";
import { hubBuckets, readStream, recordsOf } from "./stored.ts";

export type { BackupSource } from "./connected.ts";

/** What a backup holds. */
export interface BackupSummary extends BackupCounts {
  readonly createdAt: string;
}

/**
 * Writes a backup; a file that is there is replaced when the new one is complete. Hubs may run meanwhile: every record is as it was at
 * some moment of the backup, and the contents of all catalogs that are published are in it.
 *
 * @throws {BackupError} NatsUnreachable, NatsFailed, BackupFileUnusable
 */
export function backupToFile(source: BackupSource, file: string, nowMs = Date.now()): Promise<BackupSummary> {
  const createdAt = new Date(nowMs).toISOString();
  return connected(source, async (bus) => {
    const partial = `${file}.partial`;
    try {
      const counts = await write(bus, partial, createdAt);
      await rename(partial, file);
      return { createdAt, ...counts };
    } catch (error) {
      await rm(partial, { force: true });
      throw isFileError(error) ? new BackupError("BackupFileUnusable", error.message, { cause: error }) : error;
    }
  });
}

async function write(bus: Bus, file: string, createdAt: string): Promise<BackupCounts> {
  // What labels and rollouts say is nobody else's business.
  const output = createWriteStream(file, { mode: 0o600 });
  const done = finished(output);
  // It is awaited below; until then a failed write must not end the process.
  done.catch(() => undefined);
  const tally = new Tally();
  const line = (content: BackupHeader | BackupEntry): void => {
    const text = JSON.stringify(content);
    tally.line(text);
    output.write(`${text}\n`);
  };
  const entry = (content: BackupEntry): void => {
    tally.entry(content);
    line(content);
  };
  try {
    line({ type: "portolan-backup", version: 1, createdAt });
    // The set of catalogs is read before their contents, because a catalog is published in the other order.
    const buckets = [];
    for (const bucket of await hubBuckets(bus)) buckets.push({ bucket, records: await recordsOf(bus, bucket) });
    for (const [type, { name, subjects }] of [
      ["catalog", CATALOGS_STREAM],
      ["audit", AUDIT_STREAM],
    ] as const) {
      await readStream(bus, name, subjects, ({ subject, payload }) => entry({ type, subject, payload: toBase64(payload) }));
    }
    // Records last: what they name is restored by then.
    for (const { bucket, records } of buckets) {
      entry({ type: "bucket", bucket });
      for (const { key, value } of records) entry({ type: "record", bucket, key, value: toBase64(value) });
    }
    output.end(`${JSON.stringify(tally.end())}\n`);
    await done;
    return tally.counts;
  } finally {
    output.destroy();
  }
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
