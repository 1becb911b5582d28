import type { Logger } from "pino";
import { isNotFound, KubeError, sleep, systemClock, type Clock, type KubeClient, type KubeObject, type ObjectRef } from "../kube/mod.ts";
import { backoffMs, type Backoff } from "./backoff.ts";
import { eventObject, eventSeries, seriesKey, subjectKey, type ObjectEvent, type Regarding, type Reporter } from "./event-object.ts";
import { TokenBucket, type TokenBucketLimits } from "./token-bucket.ts";

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly reporter: Reporter;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** In [0, 1), as Math.random. */
  readonly random?: () => number;
}

/** The same thing said again within this time is counted; later it is news. */
const SERIES_MS = 10 * 60_000;
/** A series' count is written at most this often. */
const COUNT_INTERVAL_MS = 10_000;
/** New events of one object. What is beyond is dropped: events are for people. */
const PER_OBJECT: TokenBucketLimits = { burst: 25, refillMs: 10_000 };
/** Events that wait for the API server. */
const LONGEST_QUEUE = 1_000;
const TRIES = 3;
const RETRY: Backoff = { baseMs: 1_000, maxMs: 10_000 };

interface Series {
  readonly key: string;
  readonly regarding: Regarding;
  readonly event: ObjectEvent;
  readonly firstAt: number;
  lastAt: number;
  count: number;
  /** The count that the API server has; 0 when the event was never written. */
  written: number;
  writtenAt: number;
  ref: ObjectRef | undefined;
  /** Written as it is known, waiting for the interval to pass, waiting for its turn, or having it. */
  state: "Idle" | "Waiting" | "Queued" | "Writing";
}

/**
 * Tells people what happened, as events.k8s.io/v1 objects. It is never in the way: `record` only takes a note, writing happens behind
 * it, and what cannot be written after a few tries is logged and dropped.
 *
 * The same event about the same object is one object that counts; an object that has too much to tell is cut short.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #series = new Map<string, Series>();
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #queue: Series[] = [];
  readonly #stop = new AbortController();
  #isWriting = false;
  #written = Promise.resolve();
  #stopped = false;
  #names = 0;
  #dropped = 0;
  #sweptAt: number;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#sweptAt = this.#clock.now();
  }

  /** Events that nobody will read, because there were too many or because the API server did not take them. */
  get dropped(): number {
    return this.#dropped;
  }

  record(about: KubeObject | Regarding, event: ObjectEvent): void {
    if (this.#stopped) return;
    const regarding = regardingOf(about);
    const now = this.#clock.now();
    this.#sweep(now);
    const key = seriesKey(regarding, event);
    const known = this.#series.get(key);
    if (known !== undefined && now - known.lastAt <= SERIES_MS) {
      known.count += 1;
      known.lastAt = now;
      this.#schedule(known);
      return;
    }
    if (!this.#takeToken(regarding, now) || this.#queue.length >= LONGEST_QUEUE) {
      this.#dropped += 1;
      return;
    }
    const series: Series = {
      key,
      regarding,
      event,
      firstAt: now,
      lastAt: now,
      count: 1,
      written: 0,
      writtenAt: Number.NEGATIVE_INFINITY,
      ref: undefined,
      state: "Idle",
    };
    this.#series.set(key, series);
    this.#schedule(series);
  }

  /** Takes nothing more and writes what is known, within the deadline. */
  async stop(deadlineMs = 2_000): Promise<void> {
    this.#stopped = true;
    const cancel = this.#clock.schedule(deadlineMs, () =>
      this.#stop.abort(new DOMException("the recorder is being stopped", "AbortError")),
    );
    for (const series of this.#series.values()) if (series.state === "Waiting") this.#enqueue(series);
    await this.#written;
    cancel();
    this.#stop.abort();
  }

  /** Now, or for a count that was written a moment ago when the interval has passed. */
  #schedule(series: Series): void {
    if (series.state !== "Idle") return;
    const waitMs = this.#stopped ? 0 : series.writtenAt + COUNT_INTERVAL_MS - this.#clock.now();
    if (waitMs <= 0) {
      this.#enqueue(series);
      return;
    }
    series.state = "Waiting";
    const enqueue = (): void => {
      if (series.state === "Waiting") this.#enqueue(series);
    };
    // Rejects only when the recorder has stopped, with everything written that could be.
    void sleep(this.#clock, waitMs, this.#stop.signal).then(enqueue, () => {});
  }

  #enqueue(series: Series): void {
    series.state = "Queued";
    this.#queue.push(series);
    this.#write();
  }

  #write(): void {
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#written = this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    for (let series = this.#queue.shift(); series !== undefined; series = this.#queue.shift()) {
      series.state = "Writing";
      await this.#tryToWrite(series);
      series.state = "Idle";
      if (series.count > series.written) this.#schedule(series);
    }
    // In the same turn as the last look into the queue: what is recorded next begins a new round.
    this.#isWriting = false;
  }

  async #tryToWrite(series: Series): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#writeSeries(series);
        return;
      } catch (error) {
        if (attempt === TRIES || !isWorthAnotherTry(error) || this.#stop.signal.aborted) {
          this.#giveUp(series, error);
          return;
        }
        const wished = error.retryAfterMs ?? 0;
        // Rejects only at the stop's deadline, which the next attempt meets too.
        await sleep(this.#clock, Math.max(wished, backoffMs(RETRY, attempt, this.#random)), this.#stop.signal).catch(() => {});
      }
    }
  }

  async #writeSeries(series: Series): Promise<void> {
    const { client, reporter } = this.#options;
    const seen = { count: series.count, firstAt: series.firstAt, lastAt: series.lastAt };
    const { signal } = this.#stop;
    if (series.ref !== undefined) {
      try {
        await client.patch(series.ref, { type: "merge", patch: { series: eventSeries(seen) } }, { signal });
      } catch (error) {
        if (!isNotFound(error)) throw error;
        // The API server keeps events for an hour. This one is told anew.
        series.ref = undefined;
      }
    }
    if (series.ref === undefined) {
      this.#names += 1;
      const suffix = `${this.#clock.now().toString(16)}${this.#names.toString(16).padStart(4, "0")}`;
      const object = eventObject(reporter, series.regarding, series.event, seen, suffix);
      await client.create(object, { signal });
      series.ref = { apiVersion: object.apiVersion, kind: object.kind, ...object.metadata };
    }
    series.written = seen.count;
    series.writtenAt = this.#clock.now();
  }

  #giveUp(series: Series, error: unknown): void {
    this.#dropped += series.count - series.written;
    series.written = series.count;
    this.#series.delete(series.key);
    // At the stop's deadline there may be hundreds, and nothing is to be learnt from each.
    if (this.#stop.signal.aborted) return;
    const { regarding, event } = series;
    const { namespace, name } = regarding;
    this.#options.logger.warn({ err: error, namespace, name, reason: event.reason, note: event.note }, "an event could not be written");
  }

  #takeToken(regarding: Regarding, now: number): boolean {
    const key = subjectKey(regarding);
    const bucket = this.#buckets.get(key) ?? new TokenBucket(PER_OBJECT, now);
    this.#buckets.set(key, bucket);
    return bucket.take(now);
  }

  /** Forgets what makes no difference any more. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < SERIES_MS) return;
    this.#sweptAt = now;
    for (const [key, series] of this.#series) if (series.state === "Idle" && now - series.lastAt > SERIES_MS) this.#series.delete(key);
    for (const [key, bucket] of this.#buckets) if (bucket.fullAt <= now) this.#buckets.delete(key);
  }
}

function regardingOf(about: KubeObject | Regarding): Regarding {
  if (!("metadata" in about)) return about;
  const { name, namespace, uid } = about.metadata;
  return {
    apiVersion: about.apiVersion,
    kind: about.kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
  };
}

/** No answer, a busy server or a broken one; every other refusal would be the same again. */
function isWorthAnotherTry(error: unknown): error is KubeError {
  return error instanceof KubeError && (error.status === 0 || error.status === 429 || error.status >= 500);
}
