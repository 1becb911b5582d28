import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { prometheusMetrics } from "./prometheus-metrics.ts";

it("exports controller-runtime's names and labels", async () => {
  const registry = new Registry();
  const metrics = prometheusMetrics(registry);
  metrics.queueAdded("instances");
  metrics.queueRetried("instances");
  metrics.queueDepth("instances", 3);
  metrics.queueWaited("instances", 0.002);
  metrics.queueWorked("instances", 0.2);
  metrics.queueWorks("instances", () => [500, 2_000]);
  metrics.maxConcurrentReconciles("instances", 8);
  metrics.activeWorkers("instances", 2);
  metrics.reconciled("instances", "success", 0.2);
  metrics.reconciled("instances", "error", 0.3);
  const text = await registry.metrics();
  for (const line of [
    'workqueue_adds_total{name="instances",controller="instances"} 1',
    'workqueue_retries_total{name="instances",controller="instances"} 1',
    'workqueue_depth{name="instances",controller="instances"} 3',
    'workqueue_queue_duration_seconds_bucket{le="0.005",name="instances",controller="instances"} 1',
    'workqueue_work_duration_seconds_sum{name="instances",controller="instances"} 0.2',
    'workqueue_unfinished_work_seconds{name="instances",controller="instances"} 2.5',
    'workqueue_longest_running_processor_seconds{name="instances",controller="instances"} 2',
    'controller_runtime_max_concurrent_reconciles{controller="instances"} 8',
    'controller_runtime_active_workers{controller="instances"} 2',
    'controller_runtime_reconcile_total{controller="instances",result="success"} 1',
    'controller_runtime_reconcile_total{controller="instances",result="error"} 1',
    'controller_runtime_reconcile_errors_total{controller="instances"} 1',
    'controller_runtime_reconcile_time_seconds_count{controller="instances"} 2',
  ]) {
    expect(text).toContain(line);
  }
});

it("shows zeros before the first reconcile, and no work where there is none", async () => {
  const registry = new Registry();
  const metrics = prometheusMetrics(registry);
  metrics.queueWorks("instances", () => []);
  metrics.maxConcurrentReconciles("instances", 1);
  const text = await registry.metrics();
  for (const line of [
    'workqueue_unfinished_work_seconds{name="instances",controller="instances"} 0',
    'workqueue_longest_running_processor_seconds{name="instances",controller="instances"} 0',
    'controller_runtime_active_workers{controller="instances"} 0',
    'controller_runtime_reconcile_errors_total{controller="instances"} 0',
    'controller_runtime_reconcile_total{controller="instances",result="success"} 0',
    'controller_runtime_reconcile_total{controller="instances",result="requeue_after"} 0',
    'controller_runtime_reconcile_total{controller="instances",result="error"} 0',
  ]) {
    expect(text).toContain(line);
  }
});
