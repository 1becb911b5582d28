import { z } from "zod";
import type { Upgrade } from "./model.ts";

/**
 * How an upgrade is kept: one record with the command and its end, and its targets in records of bounded size, so that no upgrade is
 * too large for the store, and a decision about one target writes little.
 */
export const TARGETS_PER_RECORD = 100;

const reason = z.object({ code: z.string(), message: z.string(), url: z.string().exactOptional() });
const hold = z.discriminatedUnion("reason", [
  z.object({ atMs: z.number(), reason: z.enum(["Aborted", "ProgressDeadlineExceeded"]) }),
  z.object({ atMs: z.number(), reason: z.literal("WindowClosed"), opensAtMs: z.number() }),
]);
const postponed = z.object({ opensAtMs: z.number(), postponements: z.number().int() });
const sentIntent = z.object({
  id: z.string(),
  planHash: z.string(),
  sentAtMs: z.number(),
  hold: hold.exactOptional(),
  postponements: z.number().int().exactOptional(),
});
const decision = z.discriminatedUnion("type", [
  z.object({ type: z.literal("Undecided"), postponed: postponed.exactOptional() }),
  z.object({ type: z.literal("Sent"), intent: sentIntent }),
  z.object({
    type: z.literal("Settled"),
    result: z.enum(["Succeeded", "Failed", "Refused", "Held", "Skipped"]),
    atMs: z.number(),
    reasons: z.array(reason).readonly(),
    openIntent: sentIntent.extend({ hold }).exactOptional(),
  }),
]);
const target = z.object({
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  incarnation: z.string(),
  from: z.string().exactOptional(),
  decision,
});
const command = z.object({
  id: z.string(),
  service: z.string(),
  version: z.string(),
  settings: z.object({
    maxConcurrent: z.number().int(),
    progressDeadlineSeconds: z.number(),
    notAfterSeconds: z.number().exactOptional(),
    unreachable: z.enum(["Refuse", "Skip"]),
    onFailure: z.enum(["Stop", "Continue"]),
    acceptRisks: z.array(z.string()).readonly(),
  }),
  reason: z.string().exactOptional(),
  createdAtMs: z.number(),
  abortedAtMs: z.number().exactOptional(),
  finished: z.object({ result: z.enum(["Succeeded", "Failed", "Aborted"]), atMs: z.number() }).exactOptional(),
  targetCount: z.number().int(),
});
const targets = z.array(target).readonly();

export function commandKey(id: string): string {
  return id;
}

/** Key of the record that holds the target with this index. */
export function targetsKey(id: string, index: number): string {
  return `${id}.${Math.floor(index / TARGETS_PER_RECORD)}`;
}

export function idOfKey(key: string): string {
  return key.split(".", 1)[0] ?? key;
}

export function encodeCommand({ targets: { length: targetCount }, ...rest }: Upgrade): Uint8Array {
  return toBytes({ ...rest, targetCount } satisfies z.input<typeof command>);
}

/** The record that holds the target with this index. */
export function encodeTargets({ targets: all }: Upgrade, index: number): Uint8Array {
  const start = index - (index % TARGETS_PER_RECORD);
  return toBytes(all.slice(start, start + TARGETS_PER_RECORD) satisfies z.input<typeof targets>);
}

/** Keys of all records of an upgrade's targets. */
export function allTargetsKeys(id: string, count: number): string[] {
  return Array.from({ length: Math.ceil(count / TARGETS_PER_RECORD) }, (_, record) => targetsKey(id, record * TARGETS_PER_RECORD));
}

/** The records are not those of an upgrade. */
export class StoredUpgradeError extends Error {
  readonly code = "StoredUpgradeInvalid";

  constructor(id: string, problem: string) {
    super(`the stored upgrade ${id} cannot be read: ${problem}`);
    this.name = "StoredUpgradeError";
  }
}

/**
 * Puts an upgrade together from its records; undefined while some are missing (it is being written, or deleted).
 *
 * @throws StoredUpgradeError
 */
export function decodeUpgrade(id: string, get: (key: string) => Uint8Array | undefined): Upgrade | undefined {
  const head = get(commandKey(id));
  if (head === undefined) {
    return undefined;
  }
  try {
    const { targetCount, ...rest } = command.parse(fromBytes(head));
    const records = allTargetsKeys(id, targetCount).map(get);
    const read = records.flatMap((bytes) => (bytes === undefined ? [] : targets.parse(fromBytes(bytes))));
    return read.length === targetCount ? { ...rest, targets: read } : undefined;
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      throw new StoredUpgradeError(id, error.message);
    }
    throw error;
  }
}

function toBytes(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

function fromBytes(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString());
}
