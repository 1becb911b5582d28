import type { Logger } from "pino";
import { describeKind, isNoKindMatch, objectKey, sleep, systemClock, type Clock, type KubeClient, type KubeObject } from "../kube/mod.ts";
import { Cache, type CacheReader, type Delta, type Indexer } from "./cache.ts";
import { restartAfter } from "./reflector-restart.ts";

export interface ReflectorOptions {
  readonly client: KubeClient;
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /**
   * Only metadata is read, for objects whose being there and changing is all that matters, and kept without its managed fields: they are
   * two thirds of it.
   */
  readonly metadataOnly?: boolean;
  /** Beside the one by namespace. */
  readonly indexers?: Readonly<Record<string, Indexer>>;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** In [0, 1), as Math.random. */
  readonly random?: () => number;
}

export type ReflectorState =
  /** Nothing was read yet. */
  | { readonly phase: "Starting" }
  /** The cache follows the server. */
  | { readonly phase: "Synced" }
  /** The server has no such kind: its CustomResourceDefinition is not there. It is looked for again. */
  | { readonly phase: "Missing"; readonly failures: number }
  /** The server cannot be followed at the moment; the cache is what was last seen. */
  | { readonly phase: "Failing"; readonly failures: number; readonly error: unknown }
  | { readonly phase: "Stopped" };

export type DeltaHandler = (delta: Delta) => void;

/** A watch that ends sooner than this and brought nothing is counted as a failure, so that it is not repeated in a busy loop. */
const SHORT_WATCH_MS = 1_000;
/** Watches end by themselves after this long, up to twice as long, as client-go has it: so that they spread over API servers anew. */
const WATCH_LIFETIME_MS = 300_000;

/**
 * Keeps a cache of one kind's objects equal to the server's: lists them, then watches, and starts again whenever that breaks, with
 * growing pauses and without an end. What it last saw stays readable all the while.
 */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #cache: Cache;
  readonly #handlers = new Set<DeltaHandler>();
  readonly #stop = new AbortController();
  readonly #firstSync = Promise.withResolvers<void>();
  readonly #logger: Logger;
  #running: Promise<void> | undefined;
  #state: ReflectorState = { phase: "Starting" };
  #synced = false;
  /** Where the next watch goes on; undefined: with a list. */
  #resourceVersion: string | undefined;
  #failures = 0;
  #pauseMs = 0;
  /** When it last heard of the server, or, while it pauses, when it will try again. */
  #activeAt: number;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#activeAt = this.#clock.now();
    this.#cache = new Cache(options.indexers);
    this.#logger = options.logger.child({ kind: describeKind(options) });
    // Nobody need wait for the first list.
    this.#firstSync.promise.catch(() => {});
  }

  get cache(): CacheReader {
    return this.#cache;
  }

  get state(): ReflectorState {
    return this.#state;
  }

  /** Whether the cache has ever held the server's whole state. Before that an absent object says nothing. */
  get synced(): boolean {
    return this.#synced;
  }

  /**
   * For how long it has neither heard anything, a failure included, nor paused. A watch that is silent is ended and every request has a
   * deadline, so this stays in the order of minutes, whatever the server does, unless the reflector itself is stuck.
   */
  get quietMs(): number {
    return Math.max(0, this.#clock.now() - this.#activeAt);
  }

  /** Resolves once `synced` is true and every handler has seen the first state; rejects when the reflector is stopped before. */
  async whenSynced(): Promise<void> {
    await this.#firstSync.promise;
  }

  /**
   * Calls the handler for every object that is there, as Added, and then for each change, after the cache has it.
   *
   * @returns ends it
   */
  onDelta(handler: DeltaHandler): () => void {
    this.#handlers.add(handler);
    for (const object of this.#cache.list()) this.#tell(handler, { type: "Added", key: objectKey(object.metadata), object });
    return () => this.#handlers.delete(handler);
  }

  start(): void {
    this.#activeAt = this.#clock.now();
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#firstSync.reject(new DOMException("the reflector was stopped before its first list", "AbortError"));
    await this.#running;
    this.#state = { phase: "Stopped" };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#list();
        await this.#watch();
      } catch (error) {
        if (signal.aborted) return;
        this.#failed(error);
      }
      await this.#pause();
    }
  }

  async #list(): Promise<void> {
    const { client, apiVersion, kind } = this.#options;
    const { items, resourceVersion } = await client.list(apiVersion, kind, { ...this.#selection(), signal: this.#stop.signal });
    this.#activeAt = this.#clock.now();
    this.#publish(this.#cache.replace(items.map((item) => this.#kept(item))));
    this.#resourceVersion = resourceVersion;
    this.#state = { phase: "Synced" };
    this.#synced = true;
    this.#firstSync.resolve();
  }

  /** Returns when the server ended the watch in good order. */
  async #watch(): Promise<void> {
    const startedAt = this.#clock.now();
    const isLong = (): boolean => this.#clock.now() - startedAt >= SHORT_WATCH_MS;
    try {
      const brought = await this.#readEvents();
      if (brought === 0 && !isLong()) throw new Error("the server ended the watch at once");
    } finally {
      // A watch that held for a while ends a row of failures, whatever ended it.
      if (isLong()) this.#failures = 0;
    }
  }

  /** How many events came until the server ended the watch in good order. */
  async #readEvents(): Promise<number> {
    const { client, apiVersion, kind } = this.#options;
    const events = client.watch(apiVersion, kind, {
      ...this.#selection(),
      resourceVersion: this.#resourceVersion ?? "",
      lifetimeMs: WATCH_LIFETIME_MS * (1 + this.#random()),
      onOpen: () => {
        this.#activeAt = this.#clock.now();
        this.#state = { phase: "Synced" };
      },
      signal: this.#stop.signal,
    });
    let count = 0;
    for await (const event of events) {
      count += 1;
      this.#failures = 0;
      this.#activeAt = this.#clock.now();
      if (event.type === "BOOKMARK") {
        this.#resourceVersion = event.resourceVersion;
        continue;
      }
      this.#publish(event.type === "DELETED" ? this.#cache.remove(this.#kept(event.object)) : this.#cache.put(this.#kept(event.object)));
      this.#resourceVersion = event.object.metadata.resourceVersion;
    }
    return count;
  }

  #failed(error: unknown): void {
    this.#failures += 1;
    const failures = this.#failures;
    const restart = restartAfter(error, failures, this.#random);
    if (restart.with === "List") this.#resourceVersion = undefined;
    this.#pauseMs = restart.afterMs;
    this.#activeAt = this.#clock.now() + restart.afterMs;
    if (restart.afterMs === 0) return;
    this.#state = isNoKindMatch(error) ? { phase: "Missing", failures } : { phase: "Failing", failures, error };
    this.#logger.warn({ err: error, failures, retryInMs: Math.round(restart.afterMs) }, "cannot follow the API server");
  }

  async #pause(): Promise<void> {
    const pauseMs = this.#pauseMs;
    this.#pauseMs = 0;
    if (pauseMs === 0) return;
    // Rejects only when the reflector is stopped, which the loop sees.
    await sleep(this.#clock, pauseMs, this.#stop.signal).catch(() => {});
  }

  #selection(): { namespace?: string; labelSelector?: string; fieldSelector?: string; metadataOnly?: boolean } {
    const { namespace, labelSelector, fieldSelector, metadataOnly } = this.#options;
    return {
      ...(namespace === undefined ? {} : { namespace }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
      ...(metadataOnly === undefined ? {} : { metadataOnly }),
    };
  }

  #kept(object: KubeObject): KubeObject {
    if (this.#options.metadataOnly !== true) return object;
    const { managedFields: _, ...metadata } = object.metadata;
    return { ...object, metadata };
  }

  #publish(deltas: readonly Delta[]): void {
    for (const delta of deltas) for (const handler of this.#handlers) this.#tell(handler, delta);
  }

  /** One handler's mistake must not keep the others from the change, nor the cache from the next one. */
  #tell(handler: DeltaHandler, delta: Delta): void {
    try {
      handler(delta);
    } catch (error) {
      this.#logger.error({ err: error, key: delta.key }, "a handler failed on a change");
    }
  }
}
