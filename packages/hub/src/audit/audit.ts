import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { Bus, StoredMessage } from "@portolan/shared/bus";
import { subjects } from "@portolan/shared/wire";
import { Timeline } from "../timeline/mod.ts";
import { decodeEntry, ENTRIES_LOST, SYSTEM_ACTOR, type AuditEntry, type AuditRecord } from "./entry.ts";
import { Outbox } from "./outbox.ts";

export interface AuditOptions {
  readonly bus: Pick<Bus, "publishStored">;
  readonly logger: Logger;
  readonly now: () => number;
  /** An entry is lost. */
  readonly onDropped: () => void;
  /** What the stream holds has been read. */
  readonly onLoaded: () => void;
  /** So many entries wait at most while they cannot be stored. Default 10,000. */
  readonly maxWaiting?: number;
}

/** Which entries are asked for. What is absent does not restrict. */
export interface AuditQuery {
  readonly cluster?: string;
  readonly rollout?: string;
  readonly service?: string;
  readonly actor?: string;
  /** At or after, in milliseconds since the Unix epoch. */
  readonly sinceMs?: number;
  /** Before. */
  readonly untilMs?: number;
  readonly limit: number;
  /** From the page before. */
  readonly before?: number;
}

export interface AuditPage {
  /** Newest first, as the stream took them. */
  readonly items: AuditEntry[];
  readonly before?: number;
}

const MAX_WAITING = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;

/** The record of every decision: written into the stream, and its newest part read back from there, also what other hubs wrote. */
export class Audit {
  /** So many of the newest entries can be asked for; the stream holds more. */
  static readonly CAPACITY = 100_000;
  readonly #options: AuditOptions;
  readonly #outbox: Outbox;
  readonly #timeline = new Timeline<AuditEntry>(Audit.CAPACITY);
  /** Ids of the timeline: an entry that was sent again too late for the stream to know it is shown once. */
  readonly #ids = new Set<string>();
  #loaded = false;

  constructor(options: AuditOptions) {
    this.#options = options;
    const { bus, logger, onDropped, maxWaiting = MAX_WAITING } = options;
    this.#outbox = new Outbox({ bus, logger, capacity: maxWaiting, onDropped, onDrained: (dropped) => this.#tellDropped(dropped) });
  }

  /** Whether what the stream holds has been read. */
  get loaded(): boolean {
    return this.#loaded;
  }

  /** How many entries are not stored yet. */
  get waiting(): number {
    return this.#outbox.size;
  }

  /**
   * Records what was done; returns at once. It is stored at least once as long as the hub runs: while NATS is away it waits, in order,
   * and what finds no place is told in the log, counted, and told in the record itself when NATS is back (`AuditEntriesLost`).
   *
   * @throws {WireError} InvalidField, when the action is no PascalCase verb: a mistake of the caller.
   */
  record(record: AuditRecord): AuditEntry {
    subjects.audit(record.action);
    const entry = { ...record, id: record.id ?? randomUUID(), atMs: record.atMs ?? this.#options.now() };
    this.#outbox.add(entry);
    return entry;
  }

  /** Whether what the stream holds has an entry, or could have had it: what is older than all that was read is not known. */
  has({ id, atMs }: Pick<AuditEntry, "id" | "atMs">): boolean {
    return this.#ids.has(id) || atMs < (this.#timeline.oldest?.atMs ?? 0);
  }

  /** A message of the stream. Returns what is wrong with it. */
  onStored({ payload, sequence }: StoredMessage): string | undefined {
    const entry = decodeEntry(payload);
    if (entry === undefined) {
      return "not an audit entry";
    }
    if (!this.#ids.has(entry.id) && this.#timeline.add(sequence, entry)) {
      this.#ids.add(entry.id);
      this.#forgetIds();
    }
    return undefined;
  }

  onCaughtUp(): void {
    this.#loaded = true;
    this.#options.onLoaded();
  }

  /** The stream was lost or made anew. */
  onReset(): void {
    this.#loaded = false;
    this.#timeline.clear();
    this.#ids.clear();
  }

  query({ limit, before, ...filter }: AuditQuery): AuditPage {
    return this.#timeline.page({ limit, ...(before === undefined ? {} : { before }), matches: (entry) => matches(entry, filter) });
  }

  /** Waits a moment for what is not stored yet. */
  close(): Promise<void> {
    return this.#outbox.close(CLOSE_TIMEOUT_MS);
  }

  /** Sets keep the order of insertion: the first ones belong to entries that the timeline let go. */
  #forgetIds(): void {
    for (const id of this.#ids) {
      if (this.#ids.size <= this.#timeline.size) {
        break;
      }
      this.#ids.delete(id);
    }
  }

  #tellDropped(dropped: number): void {
    if (dropped > 0) {
      this.record({ actor: SYSTEM_ACTOR, action: ENTRIES_LOST, reason: `${dropped} entries could not be stored` });
    }
  }
}

function matches(entry: AuditEntry, { cluster, rollout, service, actor, sinceMs, untilMs }: Omit<AuditQuery, "limit" | "before">): boolean {
  return (
    (cluster ?? entry.cluster) === entry.cluster &&
    (rollout ?? entry.rollout) === entry.rollout &&
    (service ?? entry.service) === entry.service &&
    (actor ?? entry.actor) === entry.actor &&
    entry.atMs >= (sinceMs ?? entry.atMs) &&
    entry.atMs < (untilMs ?? Number.POSITIVE_INFINITY)
  );
}
