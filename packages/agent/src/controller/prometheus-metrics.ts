import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { ControllerMetrics, ReconcileOutcome } from "./metrics.ts";

/** controller-runtime's buckets for the time of one reconcile. */
const RECONCILE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const QUEUE_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

/** A queue has its controller's name. */
const queueLabels = ["name", "controller"] as const;
const results: readonly ReconcileOutcome[] = ["success", "requeue_after", "error"];

/** Names and labels as controller-runtime exports them, so that its dashboards and alerts work here too. One for a registry. */
export function prometheusMetrics(registry: Registry): ControllerMetrics {
  const registers = [registry];
  const unfinishedByQueue = new Map<string, () => readonly number[]>();
  const adds = new Counter({ name: "workqueue_adds_total", help: "Keys added to a queue", labelNames: queueLabels, registers });
  const retries = new Counter({
    name: "workqueue_retries_total",
    help: "Keys that wait for another try",
    labelNames: queueLabels,
    registers,
  });
  const depth = new Gauge({ name: "workqueue_depth", help: "Keys that wait to be worked on", labelNames: queueLabels, registers });
  const waited = new Histogram({
    name: "workqueue_queue_duration_seconds",
    help: "How long keys wait to be worked on",
    labelNames: queueLabels,
    buckets: QUEUE_BUCKETS,
    registers,
  });
  const worked = new Histogram({
    name: "workqueue_work_duration_seconds",
    help: "How long work on a key takes",
    labelNames: queueLabels,
    buckets: QUEUE_BUCKETS,
    registers,
  });
  const unfinished = new Gauge({
    name: "workqueue_unfinished_work_seconds",
    help: "How long work has been going on that is not finished, all keys together",
    labelNames: queueLabels,
    registers: [],
    collect() {
      for (const [name, unfinishedMs] of unfinishedByQueue) {
        this.set(queue(name), unfinishedMs().reduce((sum, ms) => sum + ms, 0) / 1000);
      }
    },
  });
  const longest = new Gauge({
    name: "workqueue_longest_running_processor_seconds",
    help: "How long the work on a key has been going on that goes on longest",
    labelNames: queueLabels,
    registers: [],
    collect() {
      for (const [name, unfinishedMs] of unfinishedByQueue) this.set(queue(name), Math.max(0, ...unfinishedMs()) / 1000);
    },
  });
  for (const gauge of [unfinished, longest]) registry.registerMetric(gauge);
  const mostWorkers = new Gauge({
    name: "controller_runtime_max_concurrent_reconciles",
    help: "Reconciles that may run at once",
    labelNames: ["controller"],
    registers,
  });
  const workers = new Gauge({
    name: "controller_runtime_active_workers",
    help: "Reconciles that run",
    labelNames: ["controller"],
    registers,
  });
  const total = new Counter({
    name: "controller_runtime_reconcile_total",
    help: "Reconciles by their result",
    labelNames: ["controller", "result"],
    registers,
  });
  const errors = new Counter({
    name: "controller_runtime_reconcile_errors_total",
    help: "Reconciles that failed",
    labelNames: ["controller"],
    registers,
  });
  const time = new Histogram({
    name: "controller_runtime_reconcile_time_seconds",
    help: "How long a reconcile takes",
    labelNames: ["controller"],
    buckets: RECONCILE_BUCKETS,
    registers,
  });
  return {
    queueAdded: (name) => adds.inc(queue(name)),
    queueRetried: (name) => retries.inc(queue(name)),
    queueDepth: (name, keys) => depth.set(queue(name), keys),
    queueWaited: (name, seconds) => waited.observe(queue(name), seconds),
    queueWorked: (name, seconds) => worked.observe(queue(name), seconds),
    queueWorks: (name, unfinishedMs) => void unfinishedByQueue.set(name, unfinishedMs),
    maxConcurrentReconciles(controller, most) {
      mostWorkers.set({ controller }, most);
      // Zeros from the beginning: a rate needs a sample from before the first error.
      workers.set({ controller }, 0);
      errors.inc({ controller }, 0);
      for (const result of results) total.inc({ controller, result }, 0);
    },
    activeWorkers: (controller, running) => workers.set({ controller }, running),
    reconciled(controller, result, seconds) {
      total.inc({ controller, result });
      if (result === "error") errors.inc({ controller });
      time.observe({ controller }, seconds);
    },
  };
}

function queue(name: string): { readonly name: string; readonly controller: string } {
  return { name, controller: name };
}
