export type ReconcileOutcome = "success" | "requeue_after" | "error";

/** What queues and controllers tell about themselves, in controller-runtime's terms. Durations in seconds, as Prometheus has them. */
export interface ControllerMetrics {
  queueAdded(queue: string): void;
  queueRetried(queue: string): void;
  queueDepth(queue: string, depth: number): void;
  /** A key was taken after waiting in the queue. */
  queueWaited(queue: string, seconds: number): void;
  /** A key was worked on. */
  queueWorked(queue: string, seconds: number): void;
  /** Asked whenever somebody reads the metrics: for how long each key that is being worked on has been, in ms. */
  queueWorks(queue: string, unfinishedMs: () => readonly number[]): void;
  /** Before a controller's first reconcile. */
  maxConcurrentReconciles(controller: string, workers: number): void;
  activeWorkers(controller: string, workers: number): void;
  reconciled(controller: string, outcome: ReconcileOutcome, seconds: number): void;
}

const nothing = (): void => {};

export const noMetrics: ControllerMetrics = {
  queueAdded: nothing,
  queueRetried: nothing,
  queueDepth: nothing,
  queueWaited: nothing,
  queueWorked: nothing,
  queueWorks: nothing,
  maxConcurrentReconciles: nothing,
  activeWorkers: nothing,
  reconciled: nothing,
};
