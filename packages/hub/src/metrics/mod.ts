/** Prometheus metrics of the hub. */
export { HubMetrics, type MetricSources } from "./metrics.ts";
