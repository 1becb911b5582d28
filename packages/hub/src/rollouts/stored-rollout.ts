import { z } from "zod";
import { rememberedRequestsSchema } from "../conditions/mod.ts";
import { readRecord } from "../records/mod.ts";
import { journalSchema } from "./journal-entry.ts";
import type { Rollout } from "./model.ts";
import { storedSpecSchema } from "./spec.ts";

/**
 * How a rollout is kept: one record with the document and what was decided about the whole, and its targets in records of bounded size,
 * so that no rollout is too large for the store, and a decision about one target writes little.
 */
export const TARGETS_PER_RECORD = 100;

/** What a NATS server takes as one message, if nobody has told it otherwise. */
export const MAX_RECORD_BYTES = 1024 * 1024;

const reason = z.object({ code: z.string(), message: z.string(), url: z.string().exactOptional() });
const reasons = z.array(reason).readonly();
const hold = z.discriminatedUnion("reason", [
  z.object({ atMs: z.number(), reason: z.enum(["Aborted", "RollingBack", "ProgressDeadlineExceeded", "Skipped"]) }),
  z.object({ atMs: z.number(), reason: z.literal("WindowClosed"), opensAtMs: z.number() }),
]);
const sentIntent = z.object({
  id: z.string(),
  planHash: z.string().exactOptional(),
  sentAtMs: z.number(),
  clockSkewMs: z.number().exactOptional(),
  hold: hold.exactOptional(),
});
const decision = z.discriminatedUnion("type", [
  z.object({ type: z.literal("Undecided"), opensAtMs: z.number().exactOptional() }),
  z.object({ type: z.literal("Deferred"), atMs: z.number() }),
  z.object({ type: z.literal("Sent"), intent: sentIntent }),
  z.object({
    type: z.literal("Settled"),
    result: z.enum(["Succeeded", "Failed", "Refused", "Held", "Skipped"]),
    atMs: z.number(),
    sentAtMs: z.number().exactOptional(),
    by: z.string().exactOptional(),
    reasons,
    openIntent: sentIntent.extend({ hold }).exactOptional(),
    plans: z.object({ agreed: z.string(), agent: z.string() }).exactOptional(),
    tolerated: z.literal(true).exactOptional(),
  }),
]);
const check = z.discriminatedUnion("type", [
  z.object({ type: z.literal("Asked"), intentId: z.string() }),
  z.object({
    type: z.literal("Checked"),
    planHash: z.string(),
    steps: z.array(z.string()).readonly(),
    disruptive: z.boolean(),
    irreversible: z.boolean(),
    risks: z.array(z.string()).readonly(),
    changes: z
      .object({ created: z.number(), changed: z.number(), deleted: z.number(), objects: z.array(z.string()).readonly() })
      .exactOptional(),
    estimatedMs: z.number().exactOptional(),
  }),
  z.object({ type: z.literal("There") }),
  z.object({ type: z.literal("Refused"), reasons, planHash: z.string().exactOptional() }),
  z.object({ type: z.literal("Unchecked"), reason }),
]);
const target = z.object({
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  incarnation: z.string(),
  wave: z.number().int(),
  from: z.string().exactOptional(),
  to: z.string().exactOptional(),
  check: check.exactOptional(),
  attempts: z.number().int(),
  request: z.string().exactOptional(),
  decision,
});
const wave = z.object({
  approvalAskedAtMs: z.number().exactOptional(),
  approved: z.object({ atMs: z.number(), by: z.string() }).exactOptional(),
  startedAtMs: z.number().exactOptional(),
  settledAtMs: z.number().exactOptional(),
  promotedAtMs: z.number().exactOptional(),
  passedAtMs: z.number().exactOptional(),
});
const interruption = z.object({ atMs: z.number(), reason, by: z.string().exactOptional() });
const head = z.object({
  name: z.string(),
  uid: z.string(),
  spec: storedSpecSchema,
  reason: z.string().exactOptional(),
  createdAtMs: z.number(),
  createdBy: z.string(),
  requests: rememberedRequestsSchema.exactOptional(),
  journal: journalSchema.exactOptional(),
  check: z.object({ number: z.number().int(), askedAtMs: z.number(), hash: z.string().exactOptional() }).exactOptional(),
  started: z.object({ atMs: z.number(), by: z.string() }).exactOptional(),
  paused: interruption.exactOptional(),
  resumedAtMs: z.number().exactOptional(),
  aborted: interruption.exactOptional(),
  rollingBack: interruption.exactOptional(),
  undoes: z.object({ name: z.string(), uid: z.string() }).exactOptional(),
  undoneBy: z.string().exactOptional(),
  finished: z.object({ result: z.enum(["Succeeded", "Failed", "Aborted", "RolledBack"]), atMs: z.number() }).exactOptional(),
  waves: z.array(wave).readonly(),
  targetCount: z.number().int(),
});
const targets = z.array(target).readonly();
const identity = head.pick({ uid: true });

/** Names and uids hold no dot, so that a record of targets is told from its rollout. */
export function headKey(name: string): string {
  return name;
}

type Identity = Pick<Rollout, "name" | "uid">;

/** Key of the record that holds the target with this index. Another rollout of the same name has other records: writing those harms nobody. */
export function targetsKey({ name, uid }: Identity, index: number): string {
  return `${name}.${uid}.${Math.floor(index / TARGETS_PER_RECORD)}`;
}

export function nameOfKey(key: string): string {
  return key.split(".", 1)[0] ?? key;
}

/** Of the rollout that a record of targets belongs to; undefined for other records. */
export function uidOfKey(key: string): string | undefined {
  return key.split(".", 2)[1];
}

/** Undefined when the record is none of a rollout. */
export function uidOfHead(bytes: Uint8Array): string | undefined {
  return readRecord(identity, bytes)?.uid;
}

export function encodeHead({ targets: { length: targetCount }, ...rest }: Rollout): Uint8Array {
  return toBytes({ ...rest, targetCount });
}

/** The record that holds the target with this index. */
export function encodeTargets({ targets: all }: Rollout, index: number): Uint8Array {
  const start = index - (index % TARGETS_PER_RECORD);
  return toBytes(all.slice(start, start + TARGETS_PER_RECORD));
}

/** Keys of all records of a rollout's targets. */
export function allTargetsKeys(rollout: Identity, count: number): string[] {
  return Array.from({ length: Math.ceil(count / TARGETS_PER_RECORD) }, (_, index) => targetsKey(rollout, index * TARGETS_PER_RECORD));
}

/** Bytes of each of its records. */
export function encodedSizes(rollout: Rollout): number[] {
  const keys = allTargetsKeys(rollout, rollout.targets.length);
  return [encodeHead(rollout).length, ...keys.map((_, record) => encodeTargets(rollout, record * TARGETS_PER_RECORD).length)];
}

/** The records are not those of a rollout. */
export class StoredRolloutError extends Error {
  readonly code = "StoredRolloutInvalid";

  constructor(name: string, problem: string) {
    super(`the stored rollout ${name} cannot be read: ${problem}`);
    this.name = "StoredRolloutError";
  }
}

/**
 * Puts a rollout together from its records; undefined while some are missing (it is being written, or deleted).
 *
 * @throws StoredRolloutError
 */
export function decodeRollout(name: string, get: (key: string) => Uint8Array | undefined): Rollout | undefined {
  const bytes = get(headKey(name));
  if (bytes === undefined) {
    return undefined;
  }
  try {
    const { targetCount, ...rest } = head.parse(fromBytes(bytes));
    const records = allTargetsKeys({ name, uid: rest.uid }, targetCount).map(get);
    if (records.includes(undefined)) {
      return undefined;
    }
    const read = records.flatMap((bytes) => (bytes === undefined ? [] : targets.parse(fromBytes(bytes))));
    // More may have joined than were taken in before the hub was killed.
    return read.length >= targetCount ? { ...rest, targets: read.slice(0, targetCount) } : undefined;
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      throw new StoredRolloutError(name, error.message);
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
