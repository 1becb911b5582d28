import type { CancelTimer, Clock } from "../kube/mod.ts";
import { backoffMs, type Backoff } from "./backoff.ts";
import type { ControllerMetrics } from "./metrics.ts";

export interface WorkQueueOptions {
  /** For metrics. */
  readonly name: string;
  /**
   * Works on a key. A promise that rejects brings the key back after its back-off. The signal is aborted when a stop has waited long
   * enough.
   */
  readonly process: (key: string, signal: AbortSignal) => Promise<void>;
  /** Told of each failure before the wait for the next try begins. */
  readonly onFailure: (failure: WorkFailure) => void;
  /** The server's or the caller's own wish for how long to wait after this error, when that is longer than the back-off. */
  readonly retryAfterMs: (error: unknown) => number | undefined;
  readonly concurrency: number;
  readonly backoff: Backoff;
  readonly clock: Clock;
  /** In [0, 1), as Math.random. */
  readonly random: () => number;
  readonly metrics: ControllerMetrics;
}

export interface WorkFailure {
  readonly key: string;
  readonly error: unknown;
  /** In a row, this one included. */
  readonly failures: number;
  readonly retryInMs: number;
}

export interface StopOptions {
  /** How long running work may go on before its signal is aborted. */
  readonly deadlineMs: number;
  /** How long aborted work may take to notice. */
  readonly graceMs: number;
}

interface Delayed {
  readonly at: number;
  readonly cancel: CancelTimer;
}

interface Running {
  readonly since: number;
  readonly controller: AbortController;
}

/**
 * A queue of keys, for level-based work: a key that waits stands in it once, however often it is added; one that is worked on is
 * never worked on twice at once, and what is added meanwhile brings it back afterwards. Keys are taken in the order in which they came.
 *
 * After client-go's workqueue; unlike there, queue and workers are one.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  /** Waiting keys and since when, oldest first. */
  readonly #ready = new Map<string, number>();
  readonly #running = new Map<string, Running>();
  /** Running keys that were added since their run began. */
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #retries = new Map<string, CancelTimer>();
  readonly #failures = new Map<string, number>();
  #state: "Waiting" | "Working" | "Stopped" = "Waiting";
  #pumpScheduled = false;
  #onIdle: (() => void) | undefined;
  #stopped: Promise<readonly string[]> | undefined;

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    options.metrics.queueWorks(options.name, () => this.unfinishedMs);
  }

  /** Begins to work. Keys may be added before. */
  start(): void {
    if (this.#state !== "Waiting") return;
    this.#state = "Working";
    this.#schedulePump();
  }

  /** As soon as possible, also when the key waits for its back-off or was asked for later. */
  add(key: string): void {
    if (this.#state === "Stopped") return;
    const { metrics, name } = this.#options;
    if (this.#running.has(key)) {
      if (this.#again.has(key)) return;
      this.#again.add(key);
      metrics.queueAdded(name);
      return;
    }
    if (this.#ready.has(key)) return;
    metrics.queueAdded(name);
    this.#makeReady(key);
  }

  /** After a while. Of several wishes for one key the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.#state === "Stopped") return;
    const { clock } = this.#options;
    const waitMs = Math.max(0, delayMs);
    const at = clock.now() + waitMs;
    const planned = this.#delayed.get(key);
    if (planned !== undefined && planned.at <= at) return;
    planned?.cancel();
    const cancel = clock.schedule(waitMs, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { at, cancel });
  }

  /** As if the key had never failed. */
  forget(key: string): void {
    this.#failures.delete(key);
    this.#retries.get(key)?.();
    this.#retries.delete(key);
  }

  /** Keys that wait to be worked on now. */
  get depth(): number {
    return this.#ready.size;
  }

  /** For how long each key that is being worked on has been. */
  get unfinishedMs(): readonly number[] {
    const now = this.#options.clock.now();
    return [...this.#running.values()].map(({ since }) => now - since);
  }

  /**
   * Takes nothing more, drops what waits and lets running work finish; at the deadline its signal is aborted.
   *
   * @returns the keys whose work did not even then end
   */
  async stop(options: StopOptions): Promise<readonly string[]> {
    this.#stopped ??= this.#drain(options);
    return await this.#stopped;
  }

  async #drain({ deadlineMs, graceMs }: StopOptions): Promise<readonly string[]> {
    this.#state = "Stopped";
    this.#ready.clear();
    this.#again.clear();
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    for (const cancel of this.#retries.values()) cancel();
    this.#retries.clear();
    this.#options.metrics.queueDepth(this.#options.name, 0);

    await this.#idleWithin(deadlineMs);
    for (const { controller } of this.#running.values()) controller.abort(new DOMException("the queue is being stopped", "AbortError"));
    await this.#idleWithin(graceMs);
    return [...this.#running.keys()];
  }

  #idleWithin(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#running.size === 0) {
        resolve();
        return;
      }
      const cancel = this.#options.clock.schedule(timeoutMs, () => {
        this.#onIdle = undefined;
        resolve();
      });
      this.#onIdle = () => {
        this.#onIdle = undefined;
        cancel();
        resolve();
      };
    });
  }

  #makeReady(key: string): void {
    this.#ready.set(key, this.#options.clock.now());
    this.#options.metrics.queueDepth(this.#options.name, this.#ready.size);
    this.#schedulePump();
  }

  /** Work never begins within the call that asks for it. */
  #schedulePump(): void {
    if (this.#pumpScheduled || this.#state !== "Working") return;
    this.#pumpScheduled = true;
    queueMicrotask(() => {
      this.#pumpScheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    const { clock, concurrency, metrics, name } = this.#options;
    for (const [key, since] of this.#ready) {
      if (this.#running.size >= concurrency) break;
      this.#ready.delete(key);
      metrics.queueWaited(name, (clock.now() - since) / 1000);
      void this.#work(key);
    }
    metrics.queueDepth(name, this.#ready.size);
  }

  async #work(key: string): Promise<void> {
    const { clock, metrics, name, process } = this.#options;
    const controller = new AbortController();
    const startedAt = clock.now();
    this.#running.set(key, { since: startedAt, controller });
    metrics.activeWorkers(name, this.#running.size);
    try {
      await process(key, controller.signal);
      this.forget(key);
    } catch (error) {
      this.#failed(key, error);
    } finally {
      this.#running.delete(key);
      metrics.activeWorkers(name, this.#running.size);
      metrics.queueWorked(name, (clock.now() - startedAt) / 1000);
      if (this.#again.delete(key)) this.#makeReady(key);
      if (this.#running.size === 0) this.#onIdle?.();
      this.#schedulePump();
    }
  }

  #failed(key: string, error: unknown): void {
    const { backoff, clock, metrics, name, onFailure, random, retryAfterMs } = this.#options;
    const failures = (this.#failures.get(key) ?? 0) + 1;
    const retryInMs = Math.max(backoffMs(backoff, failures, random), retryAfterMs(error) ?? 0);
    onFailure({ key, error, failures, retryInMs });
    if (this.#state === "Stopped") return;
    this.#failures.set(key, failures);
    metrics.queueRetried(name);
    this.#retries.get(key)?.();
    const cancel = clock.schedule(retryInMs, () => {
      this.#retries.delete(key);
      this.add(key);
    });
    this.#retries.set(key, cancel);
  }
}
