import type { Logger } from "pino";
import { KubeError, splitObjectKey, systemClock, type Clock, type ObjectKey } from "../kube/mod.ts";
import type { Backoff } from "./backoff.ts";
import type { Delta } from "./cache.ts";
import { Eagerness } from "./eagerness.ts";
import { noMetrics, type ControllerMetrics, type ReconcileOutcome } from "./metrics.ts";
import type { Reflector } from "./reflector.ts";
import { WorkQueue, type StopOptions, type WorkFailure } from "./work-queue.ts";

export interface ReconcileResult {
  /** Look again after this long, whatever happens meanwhile. Who asks for "at once" time after time waits longer and longer. */
  readonly requeueAfterMs: number;
}

/**
 * Brings one object a step nearer to its spec. It may be called at any time and any number of times. A rejection is a failure and is
 * tried again after a back-off. The signal is aborted when a stop has waited long enough.
 */
export type Reconcile = (key: ObjectKey, signal: AbortSignal) => Promise<ReconcileResult | void>;

/** Whose changes bring which keys into the queue. */
export interface Watch {
  readonly reflector: Reflector;
  /** Absent: the changed object's own key. */
  readonly keys?: (delta: Delta) => readonly ObjectKey[];
}

export interface ControllerOptions {
  /** For logs and metrics. */
  readonly name: string;
  readonly reconcile: Reconcile;
  /** Started and stopped by their owner. The first key is reconciled when all of them are synced. */
  readonly watches: readonly Watch[];
  /** Keys at once. Default 1. */
  readonly concurrency?: number;
  /** Default: from 5 ms to 5 min. */
  readonly backoff?: Backoff;
  readonly logger: Logger;
  readonly metrics?: ControllerMetrics;
  readonly clock?: Clock;
  /** In [0, 1), as Math.random. */
  readonly random?: () => number;
}

const DEFAULT_BACKOFF: Backoff = { baseMs: 5, maxMs: 300_000 };
const DEFAULT_STOP: StopOptions = { deadlineMs: 20_000, graceMs: 2_000 };

/** Watches, a queue and a reconcile function, put together. */
export class Controller {
  readonly #options: ControllerOptions;
  readonly #clock: Clock;
  readonly #metrics: ControllerMetrics;
  readonly #logger: Logger;
  readonly #queue: WorkQueue;
  readonly #eagerness: Eagerness;
  #unsubscribe: readonly (() => void)[] = [];

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#metrics = options.metrics ?? noMetrics;
    this.#logger = options.logger.child({ controller: options.name });
    this.#eagerness = new Eagerness(options.random ?? Math.random);
    const concurrency = options.concurrency ?? 1;
    this.#metrics.maxConcurrentReconciles(options.name, concurrency);
    this.#queue = new WorkQueue({
      name: options.name,
      process: async (key, signal) => await this.#process(key, signal),
      onFailure: (failure) => this.#report(failure),
      retryAfterMs: (error) => (error instanceof KubeError ? error.retryAfterMs : undefined),
      concurrency,
      backoff: options.backoff ?? DEFAULT_BACKOFF,
      clock: this.#clock,
      random: options.random ?? Math.random,
      metrics: this.#metrics,
    });
  }

  /** Resolves when the watches are synced and work has begun; rejects when one of them is stopped before that. */
  async start(): Promise<void> {
    this.#unsubscribe = this.#options.watches.map(({ reflector, keys }) =>
      reflector.onDelta((delta) => {
        for (const key of keys === undefined ? [delta.key] : keys(delta)) this.#queue.add(key);
      }),
    );
    await Promise.all(this.#options.watches.map(async ({ reflector }) => await reflector.whenSynced()));
    this.#queue.start();
  }

  /** For causes that no watch sees. */
  enqueue(key: ObjectKey): void {
    this.#queue.add(key);
  }

  enqueueAfter(key: ObjectKey, delayMs: number): void {
    this.#queue.addAfter(key, delayMs);
  }

  /** For how long each reconcile that runs has been running. */
  get unfinishedMs(): readonly number[] {
    return this.#queue.unfinishedMs;
  }

  /**
   * Takes nothing more and waits for what runs; see WorkQueue.stop.
   *
   * @returns the keys whose reconcile did not end in time
   */
  async stop(options: StopOptions = DEFAULT_STOP): Promise<readonly ObjectKey[]> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    const abandoned = await this.#queue.stop(options);
    for (const key of abandoned) this.#logger.warn({ ...splitObjectKey(key) }, "a reconcile did not end before the stop's deadline");
    return abandoned;
  }

  async #process(key: ObjectKey, signal: AbortSignal): Promise<void> {
    const startedAt = this.#clock.now();
    let outcome: ReconcileOutcome = "error";
    try {
      const result = await this.#options.reconcile(key, signal);
      outcome = result === undefined ? "success" : "requeue_after";
      const delayMs = this.#eagerness.delayMs(key, result?.requeueAfterMs);
      if (delayMs !== undefined) this.#queue.addAfter(key, delayMs);
    } finally {
      this.#metrics.reconciled(this.#options.name, outcome, (this.#clock.now() - startedAt) / 1000);
    }
  }

  #report({ key, error, failures, retryInMs }: WorkFailure): void {
    this.#logger.warn({ ...splitObjectKey(key), err: error, failures, retryInMs: Math.round(retryInMs) }, "reconcile failed");
  }
}
