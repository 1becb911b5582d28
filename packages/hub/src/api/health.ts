import { createRoute, z, type OpenAPIHono } from "@hono/zod-openapi";
import type { ApiContext } from "./context.ts";
import { json, problems } from "./route.ts";
import { hubSchema } from "./schemas.ts";

const readySchema = z.object({ ready: z.boolean(), waitingFor: z.array(z.string()).readonly() }).openapi("Ready");

/** The hub itself: who it is, whether it lives, whether its view is complete, and its metrics. */
export function healthRoutes(app: OpenAPIHono, context: ApiContext): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/hub",
      summary: "The hub itself, with the public key that agents pin",
      responses: { 200: json(hubSchema, "The hub"), ...problems },
    }),
    (c) => {
      const { ready, waitingFor, connected, streams } = context.readiness();
      const { version, publicKey, keyId, startedAtMs, clockSkewMs, fleet } = context;
      return c.json(
        {
          version,
          publicKey,
          keyId,
          startedAt: new Date(startedAtMs).toISOString(),
          clockSkewMs: clockSkewMs(),
          ready,
          waitingFor,
          connected,
          streams,
          clusters: [...fleet.clusters()].length,
          instances: [...fleet.instances()].length,
        },
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/livez",
      summary: "The process runs",
      responses: { 200: { content: { "text/plain": { schema: z.string() } }, description: "ok" } },
    }),
    (c) => c.text("ok", 200),
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/readyz",
      summary: "The fleet view is complete and followed",
      responses: { 200: json(readySchema, "Ready"), 503: json(readySchema, "Not ready, and what it waits for") },
    }),
    (c) => {
      const { ready, waitingFor } = context.readiness();
      return c.json({ ready, waitingFor }, ready ? 200 : 503);
    },
  );

  app.get("/metrics", async (c) => c.text(await context.metrics.text(), 200, { "content-type": context.metrics.contentType }));
}
