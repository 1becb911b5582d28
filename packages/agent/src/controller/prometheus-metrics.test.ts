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
  metrics.activeWorkers("instances", 2);
  metrics.reconciled("instances", "success", 0.2);
  metrics.reconciled("instances", "error", 0.3);
  const text = await registry.metrics();
  for (const line of [
    'workqueue_adds_total{name="instances"} 1',
    'workqueue_retries_total{name="instances"} 1',
    'workqueue_depth{name="instances"} 3',
    'workqueue_queue_duration_seconds_bucket{le="0.005",name="instances"} 1',
    'workqueue_work_duration_seconds_sum{name="instances"} 0.2',
    'controller_runtime_active_workers{controller="instances"} 2',
    'controller_runtime_reconcile_total{controller="instances",result="success"} 1',
    'controller_runtime_reconcile_total{controller="instances",result="error"} 1',
    'controller_runtime_reconcile_errors_total{controller="instances"} 1',
    'controller_runtime_reconcile_time_seconds_count{controller="instances"} 2',
  ]) {
    expect(text).toContain(line);
  }
});
