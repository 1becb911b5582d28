/**
 * Publishes last values: only the newest payload of a subject is ever waiting, however long the broker is away.
 * Keeps what it has published, so that it can be published again, and the digest by which the hub sees what got lost.
 */
import { BusError, type Bus } from "@portolan/shared/bus";
import { SubjectDigests } from "@portolan/shared/wire";
import type { Logger } from "pino";

const mostInFlight = 256;
const shortestPauseMs = 100;
const longestPauseMs = 5_000;

export class Outbox {
  readonly #bus: Bus;
  readonly #logger: Logger;
  /** The last value of every subject; what the digest covers. */
  readonly #current = new Map<string, Uint8Array>();
  readonly #digests = new SubjectDigests();
  /** What has still to be published; a tombstone's subject is not in `#current` any more. */
  readonly #pending = new Map<string, Uint8Array>();
  readonly #inFlight = new Set<string>();
  /** Highest sequence that the stream gave so far. A lower one afterwards tells that the stream was made anew. */
  #highestSequence = 0;
  /** How often the stream was found to be new: what was sent before says nothing about the newest one. */
  #renewals = 0;
  #pauseMs = shortestPauseMs;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;
  readonly #unsubscribe: () => void;

  constructor(bus: Bus, logger: Logger) {
    this.#bus = bus;
    this.#logger = logger;
    this.#unsubscribe = bus.onStatus((status) => {
      if (status === "connected") this.#flush();
    });
  }

  /** Digest over all last values, lower-case hex. */
  get digest(): string {
    return this.#digests.hex;
  }

  /** How many last values there are. */
  get count(): number {
    return this.#current.size;
  }

  /** Subject and SHA-256 of every last value. */
  entries(): ReturnType<SubjectDigests["entries"]> {
    return this.#digests.entries();
  }

  /** Publishes a last value, unless it is what the subject says already. */
  put(subject: string, payload: Uint8Array): void {
    const before = this.#current.get(subject);
    if (before !== undefined && Buffer.compare(before, payload) === 0) return;
    this.#current.set(subject, payload);
    this.#digests.set(subject, payload);
    this.#enqueue(subject, payload);
  }

  /** Ends a subject: publishes its tombstone and forgets it. */
  end(subject: string, tombstone: Uint8Array): void {
    if (!this.#current.delete(subject)) return;
    this.#digests.delete(subject);
    this.#enqueue(subject, tombstone);
  }

  /** Publishes something that is not kept and not covered by the digest, such as a heartbeat. The newest one wins. */
  send(subject: string, payload: Uint8Array): void {
    this.#enqueue(subject, payload);
  }

  /** Publishes last values again; those that are named, or all. Returns how many. */
  republish(subjects: Iterable<string> = this.#current.keys()): number {
    let published = 0;
    for (const subject of subjects) {
      const payload = this.#current.get(subject);
      if (payload === undefined) continue;
      this.#pending.set(subject, payload);
      published++;
    }
    this.#flush();
    return published;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.#unsubscribe();
  }

  #enqueue(subject: string, payload: Uint8Array): void {
    this.#pending.set(subject, payload);
    this.#flush();
  }

  #flush(): void {
    if (this.#stopped || !this.#bus.connected) return;
    for (const [subject, payload] of this.#pending) {
      if (this.#inFlight.size >= mostInFlight) return;
      if (this.#inFlight.has(subject)) continue;
      void this.#publish(subject, payload);
    }
  }

  async #publish(subject: string, payload: Uint8Array): Promise<void> {
    this.#inFlight.add(subject);
    const sent = { floor: this.#highestSequence, renewals: this.#renewals };
    try {
      const { sequence } = await this.#bus.publishStored(subject, payload);
      this.#inFlight.delete(subject);
      if (this.#pending.get(subject) === payload) this.#pending.delete(subject);
      this.#pauseMs = shortestPauseMs;
      this.#noticeNewStream(sequence, sent);
      this.#flush();
    } catch (error) {
      this.#inFlight.delete(subject);
      this.#failed(subject, payload, error);
    }
  }

  /** A sequence that is not above what the stream had given before this message was sent: the stream was made anew, and is empty. */
  #noticeNewStream(sequence: number, { floor, renewals }: { readonly floor: number; readonly renewals: number }): void {
    if (sequence > floor || renewals !== this.#renewals) {
      this.#highestSequence = Math.max(this.#highestSequence, sequence);
      return;
    }
    this.#logger.warn({ sequence, floor }, "the stream was made anew; publishing everything again");
    this.#highestSequence = sequence;
    this.#renewals++;
    this.republish();
  }

  #failed(subject: string, payload: Uint8Array, error: unknown): void {
    if (error instanceof BusError && error.code === "TooLarge") {
      // It would never be taken; the next value of the subject may.
      this.#logger.error({ subject, err: error }, "a message is too large for the broker and was dropped");
      if (this.#pending.get(subject) === payload) this.#pending.delete(subject);
      // What the hub will never have must not stand in the digest, or it would be asked for again and again.
      if (this.#current.get(subject) === payload) {
        this.#current.delete(subject);
        this.#digests.delete(subject);
      }
      return;
    }
    if (!this.#bus.connected || this.#stopped || this.#retry !== undefined) return;
    this.#logger.debug({ subject, err: error, pauseMs: this.#pauseMs }, "publishing failed and is tried again");
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#flush();
    }, this.#pauseMs);
    this.#retry.unref();
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs);
  }
}
