import { Registry } from "prom-client";
import { expect, it } from "vitest";
import type { KubeRequest, KubeResponse } from "../kube/mod.ts";
import { measuredTransport } from "./rest-client-metrics.ts";

async function* nothing(): AsyncGenerator<Uint8Array> {}

const get: KubeRequest = { method: "GET", path: "/api/v1/pods", headers: {} };

it("counts and measures requests under client-go's names and labels, those without an answer too", async () => {
  const registry = new Registry();
  const response: KubeResponse = { status: 409, headers: {}, body: nothing() };
  let time = 0;
  const transport = measuredTransport(
    async (request) => {
      time += 300;
      if (request.method === "GET") throw new Error("connection refused");
      return response;
    },
    "10.0.0.1:6443",
    registry,
    () => time,
  );
  expect(await transport({ ...get, method: "PATCH" })).toBe(response);
  await transport({ ...get, method: "PATCH" });
  await expect(transport(get)).rejects.toThrow("connection refused");
  const text = await registry.metrics();
  for (const line of [
    'rest_client_requests_total{code="409",method="PATCH",host="10.0.0.1:6443"} 2',
    'rest_client_requests_total{code="<error>",method="GET",host="10.0.0.1:6443"} 1',
    'rest_client_request_duration_seconds_bucket{le="0.25",verb="PATCH",host="10.0.0.1:6443"} 0',
    'rest_client_request_duration_seconds_bucket{le="0.5",verb="PATCH",host="10.0.0.1:6443"} 2',
    'rest_client_request_duration_seconds_count{verb="GET",host="10.0.0.1:6443"} 1',
  ]) {
    expect(text).toContain(line);
  }
});
