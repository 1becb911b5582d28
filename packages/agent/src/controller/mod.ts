/**
 * A small controller runtime after client-go and controller-runtime: reflectors with caches, a keyed queue, controllers, events.
 * What is reconciled, and how, is not known here.
 */
export type { Backoff } from "./backoff.ts";
export { byLabel, byOwner, NAMESPACE_INDEX, type CacheReader, type Delta, type Indexer } from "./cache.ts";
export { Controller, type ControllerOptions, type Reconcile, type ReconcileResult, type Watch } from "./controller.ts";
export type { ObjectEvent, Regarding, Reporter } from "./event-object.ts";
export { EventRecorder, type EventRecorderOptions } from "./event-recorder.ts";
export { noMetrics, type ControllerMetrics, type ReconcileOutcome } from "./metrics.ts";
export { prometheusMetrics } from "./prometheus-metrics.ts";
export { Reflector, type DeltaHandler, type ReflectorOptions, type ReflectorState } from "./reflector.ts";
export type { StopOptions } from "./work-queue.ts";
