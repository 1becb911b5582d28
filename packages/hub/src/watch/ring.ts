/** What watchers can choose. */
export type WatchKind = "clusters" | "instances" | "availability" | "rollouts" | "events";

/** One change, ready to be sent. */
export interface WatchEvent {
  /** Grows; a watcher that names the last one it saw gets what came after. */
  readonly id: number;
  readonly kind: WatchKind;
  /** The SSE event name. */
  readonly name: string;
  /** Of what it tells: a newer event with the same key replaces one that was not sent yet. */
  readonly key: string;
  readonly cluster?: string;
  readonly service?: string;
  /** What is sent as JSON; asked for only when somebody is there to send it to. */
  readonly data: () => object;
}

/** The newest events, for watchers that come back after a short absence. */
export class EventRing {
  readonly #size: number;
  /** By id, oldest first. */
  readonly #events = new Map<number, WatchEvent>();
  #lastId: number;

  /**
   * @param size so many are kept
   * @param lastId ids begin after it; ids of an earlier process must not be greater, so that they count as too old
   */
  constructor(size: number, lastId: number) {
    this.#size = size;
    this.#lastId = lastId;
  }

  /** Id of the newest event. */
  get lastId(): number {
    return this.#lastId;
  }

  push(event: Omit<WatchEvent, "id">): WatchEvent {
    this.#lastId += 1;
    const added: WatchEvent = { ...event, id: this.#lastId };
    this.#events.set(added.id, added);
    this.#events.delete(added.id - this.#size);
    return added;
  }

  /** All events after the given one; undefined when some of them are not kept any more, or the id was never given out. */
  after(id: number): WatchEvent[] | undefined {
    const oldestKept = this.#lastId - this.#events.size + 1;
    if (id < oldestKept - 1 || id > this.#lastId) {
      return undefined;
    }
    const found: WatchEvent[] = [];
    for (let wanted = id + 1; wanted <= this.#lastId; wanted += 1) {
      const event = this.#events.get(wanted);
      if (event !== undefined) {
        found.push(event);
      }
    }
    return found;
  }
}
