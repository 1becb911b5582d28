import type { WatchEvent, WatchKind } from "./ring.ts";

/** Where a session writes. */
export interface WatchSink {
  /** False: it is full; `onDrain` is called when it takes more. */
  write(text: string): boolean;
  onDrain(listener: () => void): void;
  /** Ends the connection without waiting for the client. */
  destroy(): void;
}

export interface WatchFilter {
  readonly kinds: ReadonlySet<WatchKind>;
  readonly cluster?: string;
  readonly service?: string;
}

/** So many changes of different things may wait for a client that does not read. */
const MAX_WAITING = 20_000;

/**
 * One watcher. What cannot be written at once waits, one event a key: a slow client misses what was overtaken, never the newest.
 * One that does not read at all is dropped; it comes back with the id that it saw last.
 */
export class WatchSession {
  readonly #sink: WatchSink;
  readonly #filter: WatchFilter;
  readonly #now: () => number;
  readonly #waiting = new Map<string, WatchEvent>();
  #full = false;
  #fullSinceMs = 0;
  #closed = false;

  constructor(sink: WatchSink, filter: WatchFilter, now: () => number) {
    this.#sink = sink;
    this.#filter = filter;
    this.#now = now;
    sink.onDrain(() => this.#drained());
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Something waits for the client to read. */
  get full(): boolean {
    return this.#full;
  }

  wants({ kind, cluster, service }: Pick<WatchEvent, "kind" | "cluster" | "service">): boolean {
    const { kinds, cluster: onlyCluster, service: onlyService } = this.#filter;
    return (
      kinds.has(kind) &&
      (onlyCluster === undefined || cluster === undefined || cluster === onlyCluster) &&
      (onlyService === undefined || service === undefined || service === onlyService)
    );
  }

  /**
   * Gives an event to the client, now or as soon as it reads. Returns false when the client was dropped for it.
   *
   * @param rendered the event's text, where it is made once for many clients
   */
  send(event: WatchEvent, rendered = (): string => formatEvent(event)): boolean {
    if (this.#closed || !this.wants(event)) {
      return !this.#closed;
    }
    if (!this.#full) {
      this.#write(rendered());
      return true;
    }
    // Set anew, so that it stands at the end: what is sent keeps the order of the ids.
    this.#waiting.delete(event.key);
    this.#waiting.set(event.key, event);
    if (this.#waiting.size <= MAX_WAITING) {
      return true;
    }
    this.drop();
    return false;
  }

  /** Text outside of the events' order: the state at the start, bookmarks, comments. */
  sendText(text: string): void {
    if (!this.#closed) {
      this.#write(text);
    }
  }

  /** Whether nothing could be written for so long. */
  isStuck(limitMs: number): boolean {
    return this.#full && this.#now() - this.#fullSinceMs > limitMs;
  }

  /** The client is gone. */
  close(): void {
    this.#closed = true;
    this.#waiting.clear();
  }

  drop(): void {
    this.close();
    this.#sink.destroy();
  }

  #write(text: string): void {
    if (!this.#sink.write(text) && !this.#full) {
      this.#full = true;
      this.#fullSinceMs = this.#now();
    }
  }

  #drained(): void {
    this.#full = false;
    for (const [key, event] of this.#waiting) {
      if (this.#full) {
        return;
      }
      this.#waiting.delete(key);
      this.#write(formatEvent(event));
    }
  }
}

/** An event in the format of Server-Sent Events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function formatEvent({ id, name, data }: Pick<WatchEvent, "name" | "data"> & { readonly id?: number }): string {
  return `event: ${name}\n${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data())}\n\n`;
}
