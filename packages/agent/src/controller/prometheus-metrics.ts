import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { ControllerMetrics } from "./metrics.ts";

/** controller-runtime's buckets for the time of one reconcile. */
const RECONCILE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const QUEUE_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

/** Names and labels as controller-runtime exports them, so that its dashboards and alerts work here too. One for a registry. */
export function prometheusMetrics(registry: Registry): ControllerMetrics {
  const registers = [registry];
  const adds = new Counter({ name: "workqueue_adds_total", help: "Keys added to a queue", labelNames: ["name"], registers });
  const retries = new Counter({ name: "workqueue_retries_total", help: "Keys that wait for another try", labelNames: ["name"], registers });
  const depth = new Gauge({ name: "workqueue_depth", help: "Keys that wait to be worked on", labelNames: ["name"], registers });
  const waited = new Histogram({
    name: "workqueue_queue_duration_seconds",
    help: "How long keys wait to be worked on",
    labelNames: ["name"],
    buckets: QUEUE_BUCKETS,
    registers,
  });
  const worked = new Histogram({
    name: "workqueue_work_duration_seconds",
    help: "How long work on a key takes",
    labelNames: ["name"],
    buckets: QUEUE_BUCKETS,
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
    queueAdded: (name) => adds.inc({ name }),
    queueRetried: (name) => retries.inc({ name }),
    queueDepth: (name, keys) => depth.set({ name }, keys),
    queueWaited: (name, seconds) => waited.observe({ name }, seconds),
    queueWorked: (name, seconds) => worked.observe({ name }, seconds),
    activeWorkers: (controller, running) => workers.set({ controller }, running),
    reconciled(controller, result, seconds) {
      total.inc({ controller, result });
      if (result === "error") errors.inc({ controller });
      time.observe({ controller }, seconds);
    },
  };
}
