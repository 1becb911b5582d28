/** What the agent asks of its API server, under client-go's names. */
import { Counter, Histogram, type Registry } from "prom-client";
import type { KubeTransport } from "../kube/mod.ts";

/** client-go's, of component-base. */
const buckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];
/** client-go's code for a request that nothing answered. */
const noAnswer = "<error>";

/**
 * Counts requests by the answer's status, and measures until an answer begins: a watch lasts for minutes, and says nothing about the server.
 * One for a registry.
 *
 * @param host of the API server, with its port where that is not the scheme's own
 * @param now in ms
 */
export function measuredTransport(
  transport: KubeTransport,
  host: string,
  registry: Registry,
  now: () => number = () => performance.now(),
): KubeTransport {
  const registers = [registry];
  const requests = new Counter({
    name: "rest_client_requests_total",
    help: "Requests to the API server by the status of their answers",
    labelNames: ["code", "method", "host"],
    registers,
  });
  const duration = new Histogram({
    name: "rest_client_request_duration_seconds",
    help: "How long an answer of the API server takes to begin",
    labelNames: ["verb", "host"],
    buckets,
    registers,
  });
  return async (request) => {
    const startedAt = now();
    const { method } = request;
    let code = noAnswer;
    try {
      const response = await transport(request);
      code = String(response.status);
      return response;
    } finally {
      requests.inc({ code, method, host });
      duration.observe({ verb: method, host }, (now() - startedAt) / 1000);
    }
  };
}
