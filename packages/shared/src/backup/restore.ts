import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import { AUDIT_STREAM, CATALOGS_STREAM, FLEET_STREAMS, type Bus, type KeyValue } from "../bus/mod.ts";
import type { BackupSummary } from "./backup.ts";
import { connected, type BackupSource } from "./connected.ts";
import { BackupError, isFileError } from "./errors.ts";
import { InvalidLine, readEnd, readEntry, readHeader, Tally, type BackupEntry } from "./format.ts";
import { hubBuckets, readStream, recordsOf } from "./stored.ts";

/**
 * Restores a backup, of which every line has been checked before. No hub should run meanwhile.
 *
 * @param options `force`: where there is data, records become those of the backup and all others are deleted; catalogs and audit entries
 *   are added to those that are there
 *
 * @throws {BackupError} NatsUnreachable, NatsFailed, BackupFileUnusable, InvalidBackup, NotEmpty
 */
export async function restoreFromFile(source: BackupSource, file: string, options: { readonly force: boolean }): Promise<BackupSummary> {
  const summary = await check(file);
  await connected(source, async (bus) => {
    const there = await whatIsThere(bus);
    if (!options.force && there.length > 0) {
      throw new BackupError("NotEmpty", `NATS holds data of a hub already: ${there.join(", ")}; with force it is replaced`);
    }
    await bus.ensureStreams(FLEET_STREAMS);
    await new Restore(bus, await auditIds(bus)).run(entriesOf(file));
  });
  return summary;
}

async function check(file: string): Promise<BackupSummary> {
  const tally = new Tally();
  let createdAt: string | undefined;
  let number = 0;
  let complete = false;
  try {
    for await (const line of linesOf(file)) {
      number += 1;
      if (complete) throw new InvalidLine("something stands behind the end");
      const end = readEnd(line);
      if (end !== undefined) {
        if (JSON.stringify(tally.end()) !== JSON.stringify(end)) throw new InvalidLine("the file was changed: counts or checksum differ");
        complete = true;
        continue;
      }
      tally.line(line);
      if (createdAt === undefined) ({ createdAt } = readHeader(line));
      else tally.entry(readEntry(line));
    }
  } catch (error) {
    if (error instanceof InvalidLine) throw new BackupError("InvalidBackup", `${file}:${number}: ${error.message}`);
    throw error;
  }
  if (createdAt === undefined || !complete) throw new BackupError("InvalidBackup", `${file}: the file ends before the backup does`);
  return { createdAt, ...tally.counts };
}

async function* entriesOf(file: string): AsyncGenerator<BackupEntry> {
  let first = true;
  for await (const line of linesOf(file)) {
    if (!first && readEnd(line) === undefined) yield readEntry(line);
    first = false;
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = createReadStream(file);
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    throw isFileError(error) ? new BackupError("BackupFileUnusable", error.message, { cause: error }) : error;
  } finally {
    input.destroy();
  }
}

/** In words; empty when a hub has never written anything. */
async function whatIsThere(bus: Bus): Promise<string[]> {
  const found: string[] = [];
  for (const bucket of await hubBuckets(bus)) {
    const records = await recordsOf(bus, bucket);
    if (records.length > 0) found.push(`${records.length} records in ${bucket}`);
  }
  for (const { name, subjects } of [CATALOGS_STREAM, AUDIT_STREAM]) {
    let messages = 0;
    await readStream(bus, name, subjects, () => (messages += 1));
    if (messages > 0) found.push(`${messages} messages in ${name}`);
  }
  return found;
}

async function auditIds(bus: Bus): Promise<Set<string>> {
  const ids = new Set<string>();
  await readStream(bus, AUDIT_STREAM.name, AUDIT_STREAM.subjects, ({ payload }) => {
    const id = auditId(payload);
    if (id !== undefined) ids.add(id);
  });
  return ids;
}

const identified = z.object({ id: z.string() });

/** Undefined for what is no entry: that is restored, and shown to nobody. */
function auditId(payload: Uint8Array): string | undefined {
  try {
    return identified.safeParse(JSON.parse(Buffer.from(payload).toString())).data?.id;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** One restore on its way. */
class Restore {
  readonly #bus: Bus;
  readonly #auditIds: ReadonlySet<string>;
  /** Of the buckets of the backup, what belongs into each. */
  readonly #keys = new Map<string, Set<string>>();
  readonly #buckets = new Map<string, KeyValue>();

  constructor(bus: Bus, auditIds: ReadonlySet<string>) {
    this.#bus = bus;
    this.#auditIds = auditIds;
  }

  async run(entries: AsyncIterable<BackupEntry>): Promise<void> {
    for await (const entry of entries) await this.#write(entry);
    await this.#deleteOthers();
  }

  async #write(entry: BackupEntry): Promise<void> {
    switch (entry.type) {
      case "catalog":
        await this.#bus.publishStored(entry.subject, Buffer.from(entry.payload, "base64"));
        break;
      case "audit":
        await this.#audit(entry.subject, Buffer.from(entry.payload, "base64"));
        break;
      case "bucket":
        await this.#bucket(entry.bucket);
        break;
      case "record":
        await (await this.#bucket(entry.bucket)).put(entry.key, Buffer.from(entry.value, "base64"));
        this.#keys.get(entry.bucket)?.add(entry.key);
        break;
    }
  }

  async #audit(subject: string, payload: Uint8Array): Promise<void> {
    const id = auditId(payload);
    if (id !== undefined && this.#auditIds.has(id)) return;
    await this.#bus.publishStored(subject, payload);
  }

  async #bucket(name: string): Promise<KeyValue> {
    const known = this.#buckets.get(name);
    if (known !== undefined) return known;
    const opened = await this.#bus.keyValue(name);
    this.#buckets.set(name, opened);
    this.#keys.set(name, new Set());
    return opened;
  }

  /** What was written after the backup, or never was in it. */
  async #deleteOthers(): Promise<void> {
    for (const bucket of await hubBuckets(this.#bus)) {
      const keep = this.#keys.get(bucket);
      const keyValue = await this.#bucket(bucket);
      for (const key of await keyValue.keys()) {
        if (keep?.has(key) !== true) await keyValue.delete(key);
      }
    }
  }
}
