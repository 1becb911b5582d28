import { createHash } from "node:crypto";
import { z } from "zod";

/** One line of the file, as JSON. The first is the header and the last the end, by which a file that was cut off is found. */

const base64 = z.base64();
const count = z.number().int().min(0);

const headerSchema = z.strictObject({ type: z.literal("portolan-backup"), version: z.literal(1), createdAt: z.iso.datetime() });
const endSchema = z.strictObject({
  type: z.literal("end"),
  records: count,
  catalogs: count,
  audit: count,
  /** Of all lines before, as lower-case hex. */
  sha256: z.string(),
});
const entrySchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("catalog"), subject: z.string(), payload: base64 }),
  z.strictObject({ type: z.literal("audit"), subject: z.string(), payload: base64 }),
  /** A bucket, before its records: also one that is empty. */
  z.strictObject({ type: z.literal("bucket"), bucket: z.string() }),
  z.strictObject({ type: z.literal("record"), bucket: z.string(), key: z.string(), value: base64 }),
]);

export type BackupHeader = z.infer<typeof headerSchema>;
export type BackupEntry = z.infer<typeof entrySchema>;
export type BackupEnd = z.infer<typeof endSchema>;
export type BackupCounts = Pick<BackupEnd, "records" | "catalogs" | "audit">;

/** What is wrong with a line. */
export class InvalidLine extends Error {
  override readonly name = "InvalidLine";
}

/** @throws InvalidLine */
export function readHeader(line: string): BackupHeader {
  return parse(headerSchema, line, "expected the header of a backup of version 1");
}

/** @throws InvalidLine */
export function readEntry(line: string): BackupEntry {
  return parse(entrySchema, line, "not a line of a backup");
}

/** Undefined for a line that is not the last one. */
export function readEnd(line: string): BackupEnd | undefined {
  return line.startsWith('{"type":"end"') ? parse(endSchema, line, "not the end of a backup") : undefined;
}

function parse<T>(schema: z.ZodType<T>, line: string, problem: string): T {
  try {
    const parsed = schema.safeParse(JSON.parse(line));
    if (parsed.success) return parsed.data;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new InvalidLine(problem);
}

/** Counts entries and hashes lines: what the end of a file says. */
export class Tally {
  readonly #hash = createHash("sha256");
  #records = 0;
  #catalogs = 0;
  #audit = 0;

  line(line: string): void {
    this.#hash.update(`${line}\n`);
  }

  entry({ type }: BackupEntry): void {
    if (type === "record") this.#records += 1;
    else if (type === "catalog") this.#catalogs += 1;
    else if (type === "audit") this.#audit += 1;
  }

  get counts(): BackupCounts {
    return { records: this.#records, catalogs: this.#catalogs, audit: this.#audit };
  }

  /** Of all lines so far; nothing can be added then. */
  end(): BackupEnd {
    return { type: "end", ...this.counts, sha256: this.#hash.digest("hex") };
  }
}
