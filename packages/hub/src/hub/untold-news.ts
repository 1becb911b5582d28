import type { Rollout } from "../rollouts/mod.ts";
import { rolloutNews, type RolloutNews } from "./rollout-news.ts";

export interface UntoldNewsOptions {
  readonly now: () => number;
  /** Whether it is known by now what was told. */
  readonly isKnown: () => boolean;
  /** Tells what nobody has told. */
  readonly tellMissing: (news: RolloutNews) => void;
}

/** Who stored it has so long to record it, and to tell it to endpoints that may be slow, or answer at the second attempt. */
const RECORD_GRACE_MS = 3_000;
const EVENT_GRACE_MS = 30_000;
const TICK_MS = 500;

/**
 * What is to be told of changes of rollouts that another hub has stored. That one tells it, unless it was killed in between: so it is
 * looked for in the record after a moment, and told then.
 */
export class UntoldNews {
  readonly #options: UntoldNewsOptions;
  #waiting: readonly { readonly dueMs: number; readonly news: RolloutNews }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: UntoldNewsOptions) {
    this.#options = options;
  }

  add(before: Rollout | undefined, after: Rollout): void {
    const { records, events } = rolloutNews(before, after, undefined);
    const nowMs = this.#options.now();
    const added = [
      ...(records.length === 0 ? [] : [{ dueMs: nowMs + RECORD_GRACE_MS, news: { records, events: [] } }]),
      ...(events.length === 0 ? [] : [{ dueMs: nowMs + EVENT_GRACE_MS, news: { records: [], events } }]),
    ];
    this.#waiting = [...this.#waiting, ...added];
    if (added.length > 0) {
      this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const { now, isKnown, tellMissing } = this.#options;
    if (!isKnown()) {
      return;
    }
    const nowMs = now();
    const due = this.#waiting.filter(({ dueMs }) => dueMs <= nowMs);
    this.#waiting = this.#waiting.filter(({ dueMs }) => dueMs > nowMs);
    for (const { news } of due) {
      tellMissing(news);
    }
    if (this.#waiting.length === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}
