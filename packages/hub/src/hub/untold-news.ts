import type { News } from "./rollout-news.ts";

export interface UntoldNewsOptions {
  readonly now: () => number;
  /** Whether it is known by now what was stored, and what was told. */
  readonly isKnown: () => boolean;
  /** Tells what nobody has told. */
  readonly tellMissing: (news: News) => void;
}

/** Who stored it has so long to record it, and to tell it to endpoints that may be slow, or answer at the second attempt. */
const RECORD_GRACE_MS = 3_000;
const EVENT_GRACE_MS = 30_000;
const TICK_MS = 500;

/**
 * What is to be told of changes that another hub has stored. That one tells it, unless it was killed in between: so it is looked for in the
 * record a moment after the change, and told then. What was stored before this hub has begun is recorded at once: should another one do the
 * same, the record takes it once.
 */
export class UntoldNews {
  readonly #options: UntoldNewsOptions;
  #waiting: readonly { readonly dueMs: number; readonly news: News }[] = [];
  #hasBegun = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: UntoldNewsOptions) {
    this.#options = options;
  }

  add({ records, events }: News): void {
    const nowMs = this.#options.now();
    const recordsDueMs = this.#hasBegun ? nowMs + RECORD_GRACE_MS : nowMs;
    const added = [
      ...(records.length === 0 ? [] : [{ dueMs: recordsDueMs, news: { records, events: [] } }]),
      ...(events.length === 0 ? [] : [{ dueMs: nowMs + EVENT_GRACE_MS, news: { records: [], events } }]),
    ];
    this.#waiting = [...this.#waiting, ...added];
    this.look();
  }

  /** Tells what is due, as soon as it is known what was told. */
  look(): void {
    const { now, isKnown, tellMissing } = this.#options;
    if (isKnown()) {
      this.#hasBegun = true;
      const nowMs = now();
      const due = this.#waiting.filter(({ dueMs }) => dueMs <= nowMs);
      this.#waiting = this.#waiting.filter(({ dueMs }) => dueMs > nowMs);
      for (const { news } of due) {
        tellMissing(news);
      }
    }
    if (this.#waiting.length === 0) {
      this.stop();
    } else {
      this.#timer ??= setInterval(() => this.look(), TICK_MS).unref();
    }
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
