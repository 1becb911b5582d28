/** What watchers can choose. */
export type WatchKind = "clusters" | "instances" | "availability" | "upgrades" | "events";

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
  /** JSON. */
  readonly data: string;
}

/** Bounds of an {@link EventRing}. */
export interface RingLimits {
  readonly events: number;
  /** Of all events' data together, in UTF-16 code units. */
  readonly characters: number;
}

/** The newest events, for watchers that come back after a short absence. */
export class EventRing {
  readonly #limits: RingLimits;
  /** By id, oldest first. */
  readonly #events = new Map<number, WatchEvent>();
  #characters = 0;
  #lastId: number;

  /** @param lastId ids begin after it; ids of an earlier process must not be greater, so that they count as too old */
  constructor(limits: RingLimits, lastId: number) {
    this.#limits = limits;
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
    this.#characters += added.data.length;
    for (const old of this.#events.values()) {
      if (this.#events.size <= this.#limits.events && this.#characters <= this.#limits.characters) {
        break;
      }
      this.#events.delete(old.id);
      this.#characters -= old.data.length;
    }
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
