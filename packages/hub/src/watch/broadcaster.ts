import { EventRing, type WatchEvent } from "./ring.ts";
import { formatEvent, WatchSession, type WatchFilter, type WatchSink } from "./session.ts";

export interface BroadcasterOptions {
  /** What there is now, for a watcher that starts: events without ids. */
  readonly snapshot: (filter: WatchFilter) => Iterable<Omit<WatchEvent, "id">>;
  readonly now: () => number;
  /** So many events are kept for watchers that come back. */
  readonly ringSize?: number;
  /** How often an idle watcher hears something. */
  readonly keepAliveMs?: number;
  /** A watcher that does not read for so long is dropped. */
  readonly stuckMs?: number;
  readonly onDropped?: () => void;
}

const RING_SIZE = 16_384;
const KEEP_ALIVE_MS = 15_000;
const STUCK_MS = 30_000;
/** Ids start at the time in µs: they go on growing after a restart, and those of an earlier process are too old to resume from. */
const IDS_PER_MS = 1_000;

/**
 * Gives every change to every watcher that wants it, in the tick in which it happened. A watcher that comes back gets what it missed,
 * or, when that is not kept any more, a `reset` and the whole state.
 */
export class Broadcaster {
  readonly #options: BroadcasterOptions;
  readonly #ring: EventRing;
  readonly #sessions = new Set<WatchSession>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: BroadcasterOptions) {
    this.#options = options;
    this.#ring = new EventRing(options.ringSize ?? RING_SIZE, options.now() * IDS_PER_MS);
    this.#timer = setInterval(() => this.#keepAlive(), options.keepAliveMs ?? KEEP_ALIVE_MS);
    this.#timer.unref();
  }

  get watchers(): number {
    return this.#sessions.size;
  }

  publish(event: Omit<WatchEvent, "id">): void {
    const added = this.#ring.push(event);
    let text: string | undefined;
    const rendered = (): string => (text ??= formatEvent(added));
    for (const session of this.#sessions) {
      if (!session.send(added, rendered)) {
        this.#dropped(session);
      }
    }
  }

  /** Begins to serve a watcher: with what it missed when it can be resumed, else with the state as it is. Returns what ends it. */
  open(sink: WatchSink, filter: WatchFilter, lastEventId: number | undefined): () => void {
    const session = new WatchSession(sink, filter, this.#options.now);
    const missed = lastEventId === undefined ? undefined : this.#ring.after(lastEventId);
    if (missed === undefined) {
      if (lastEventId !== undefined) {
        session.sendText(formatEvent({ name: "reset", data: () => ({}) }));
      }
      for (const event of this.#options.snapshot(filter)) {
        // Without an id: who is cut off in between must not resume from a part of the state.
        if (session.wants(event)) {
          session.sendText(formatEvent(event));
        }
      }
      this.#bookmark(session);
    }
    for (const event of missed ?? []) {
      session.send(event);
    }
    this.#sessions.add(session);
    return () => {
      session.close();
      this.#sessions.delete(session);
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    for (const session of this.#sessions) {
      session.drop();
    }
    this.#sessions.clear();
  }

  #bookmark(session: WatchSession): void {
    session.sendText(formatEvent({ id: this.#ring.lastId, name: "bookmark", data: () => ({}) }));
  }

  #keepAlive(): void {
    for (const session of this.#sessions) {
      if (session.isStuck(this.#options.stuckMs ?? STUCK_MS)) {
        session.drop();
        this.#dropped(session);
      } else if (!session.full) {
        session.sendText(": keep-alive\n\n");
        // A watcher with a narrow filter keeps an id from which it can be resumed.
        this.#bookmark(session);
      }
    }
  }

  #dropped(session: WatchSession): void {
    this.#sessions.delete(session);
    this.#options.onDropped?.();
  }
}
