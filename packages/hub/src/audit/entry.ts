import { z } from "zod";

/** No person is called so. */
export const SYSTEM_ACTOR_PREFIX = "system:";
/** Decided by the hub itself, for example a rollout that is paused by its failure budget. */
export const SYSTEM_ACTOR = `${SYSTEM_ACTOR_PREFIX}hub`;

/** The action by which the record itself tells that it is not complete. */
export const ENTRIES_LOST = "AuditEntriesLost";

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

export const entrySchema = z.object({
  id: z.string(),
  atMs: z.number(),
  actor: z.string(),
  action: z.string(),
  reason: z.string().exactOptional(),
  rollout: z.string().exactOptional(),
  cluster: z.string().exactOptional(),
  service: z.string().exactOptional(),
  namespace: z.string().exactOptional(),
  name: z.string().exactOptional(),
  before: z.json().exactOptional(),
  after: z.json().exactOptional(),
});

/** What somebody did: who, what, why, to what, and how it was before and after. */
export interface AuditRecord {
  /**
   * Default: a random one. Who records a decision that may be carried out twice (a leader that resumes) derives it from the decision:
   * the second one is then no second entry.
   */
  readonly id?: string;
  /** Default: now. Milliseconds since the Unix epoch. */
  readonly atMs?: number;
  readonly actor: string;
  /** A verb in PascalCase, as `RolloutStarted`. */
  readonly action: string;
  readonly reason?: string;
  readonly rollout?: string;
  readonly cluster?: string;
  readonly service?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Small: an entry is one message of the bus. */
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

/** A record with its id and its time: what is stored. */
export interface AuditEntry extends AuditRecord {
  readonly id: string;
  readonly atMs: number;
}

export function encodeEntry(entry: AuditEntry): Uint8Array {
  return Buffer.from(JSON.stringify(entry));
}

/** Undefined when the bytes are no entry. */
export function decodeEntry(bytes: Uint8Array): AuditEntry | undefined {
  try {
    const parsed = entrySchema.safeParse(JSON.parse(Buffer.from(bytes).toString()));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}
