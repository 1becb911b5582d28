/** What is asked of a timeline. */
export interface TimelineQuery<T> {
  /** At most so many, from 1 on. */
  readonly limit: number;
  /** Only what the stream took before this sequence. */
  readonly before?: number;
  readonly matches: (item: T) => boolean;
}

export interface TimelinePage<T> {
  /** Newest first. */
  readonly items: T[];
  /** Give it as `before` to go on; absent when nothing more matches. */
  readonly before?: number;
}

interface Entry<T> {
  readonly sequence: number;
  readonly item: T;
}

/** The newest items of a stream in the order in which the stream took them. */
export class Timeline<T> {
  readonly #capacity: number;
  /** Ascending by sequence. The ones before `#first` are let go, and cut off from time to time: cheaper than to shift at each. */
  #entries: Entry<T>[] = [];
  #first = 0;

  /** @param capacity so many items are kept at most */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** How many items it holds. */
  get size(): number {
    return this.#entries.length - this.#first;
  }

  /** The one that it would let go first. */
  get oldest(): T | undefined {
    return this.#entries[this.#first]?.item;
  }

  /** Takes the next message of the stream. One that was delivered before is ignored: false. */
  add(sequence: number, item: T): boolean {
    if (sequence <= (this.#entries.at(-1)?.sequence ?? 0)) {
      return false;
    }
    this.#entries.push({ sequence, item });
    if (this.size > this.#capacity) {
      this.#first += 1;
    }
    if (this.#first > this.#capacity) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    return true;
  }

  /** The stream was made anew: what it held is gone. */
  clear(): void {
    this.#entries = [];
    this.#first = 0;
  }

  page({ limit, before = Number.POSITIVE_INFINITY, matches }: TimelineQuery<T>): TimelinePage<T> {
    const items: T[] = [];
    let last = 0;
    for (let index = this.#entries.length - 1; index >= this.#first; index--) {
      const entry = this.#entries[index];
      if (entry === undefined || entry.sequence >= before || !matches(entry.item)) {
        continue;
      }
      if (items.length === limit) {
        return { items, before: last };
      }
      items.push(entry.item);
      last = entry.sequence;
    }
    return { items };
  }
}
