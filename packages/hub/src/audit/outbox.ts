import type { Logger } from "pino";
import { BusError, type Bus } from "@portolan/shared/bus";
import { subjects } from "@portolan/shared/wire";
import { encodeEntry, ENTRIES_LOST, type AuditEntry } from "./entry.ts";

export interface OutboxOptions {
  readonly bus: Pick<Bus, "publishStored">;
  readonly logger: Logger;
  /** So many entries wait at most. */
  readonly capacity: number;
  /** An entry is lost. It is told in the log, too. */
  readonly onDropped: () => void;
  /** Everything that waited is stored; `dropped` were lost since the last time. */
  readonly onDrained: (dropped: number) => void;
}

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 2_000;

/**
 * Entries on their way into the stream, in order, one after the other: each is tried until the stream has it. An entry that arrived
 * without its acknowledgement coming back is sent again under its id, and the stream takes it once.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  readonly #waiting: AuditEntry[] = [];
  #dropped = 0;
  #failures = 0;
  #sending = false;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;
  #onEmpty: (() => void) | undefined;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.length;
  }

  add(entry: AuditEntry): void {
    if (this.#stopped || this.#waiting.length >= this.#options.capacity) {
      this.#drop(entry, this.#stopped ? "the hub stops" : `${this.#options.capacity} entries wait already`);
      return;
    }
    this.#waiting.push(entry);
    if (this.#retry === undefined) {
      void this.#send();
    }
  }

  /** Resolves when everything is stored or the time is over; what is not stored then is lost, and told. */
  async close(timeoutMs: number): Promise<void> {
    if (this.#waiting.length > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#onEmpty = resolve;
      const timer = setTimeout(resolve, timeoutMs);
      await promise;
      clearTimeout(timer);
    }
    this.#stopped = true;
    clearTimeout(this.#retry);
    for (const entry of this.#waiting.splice(0)) {
      this.#drop(entry, "the hub stops and could not store it");
    }
  }

  /** Never rejects with what the bus may say. */
  async #send(): Promise<void> {
    if (this.#sending) {
      return;
    }
    this.#sending = true;
    for (let entry = this.#waiting[0]; entry !== undefined; entry = this.#waiting[0]) {
      const outcome = await this.#store(entry);
      if (outcome === "again") {
        break;
      }
      // Closing may have emptied it meanwhile.
      if (this.#waiting[0] === entry) {
        this.#waiting.shift();
      }
    }
    this.#sending = false;
    if (this.#waiting.length === 0) {
      this.#drained();
    } else {
      this.#sendLater();
    }
  }

  async #store(entry: AuditEntry): Promise<"done" | "again"> {
    try {
      await this.#options.bus.publishStored(subjects.audit(entry.action), encodeEntry(entry), { messageId: entry.id });
      this.#failures = 0;
      return "done";
    } catch (error) {
      if (!(error instanceof BusError)) {
        throw error;
      }
      if (error.code === "TooLarge") {
        this.#drop(entry, error.message);
        return "done";
      }
      if (this.#failures === 0) {
        this.#options.logger.warn({ code: error.code, detail: error.message }, "an audit entry could not be stored yet, will try again");
      }
      this.#failures += 1;
      return "again";
    }
  }

  #sendLater(): void {
    if (this.#stopped) {
      return;
    }
    const pauseMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(this.#failures - 1, 10));
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.#send();
    }, pauseMs);
  }

  #drained(): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    this.#options.onDrained(dropped);
    if (this.#waiting.length === 0) {
      this.#onEmpty?.();
    }
  }

  /** What is lost for the stream stands at least in the log, without its content. */
  #drop({ before: _before, after: _after, ...entry }: AuditEntry, why: string): void {
    // That entries were lost is not told of the entry that tells it: it would never end.
    if (entry.action !== ENTRIES_LOST) {
      this.#dropped += 1;
    }
    this.#options.logger.error({ audit: entry, why }, "an audit entry is lost");
    this.#options.onDropped();
  }
}
