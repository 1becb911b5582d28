import { createRoute, z, type OpenAPIHono } from "@hono/zod-openapi";
import type { ApiContext } from "./context.ts";
import { presentEvent } from "./present.ts";
import { json, page, problems } from "./route.ts";
import { eventSchema } from "./schemas.ts";
import { continueAt, placeAndSpan, timelineQuery } from "./timelines.ts";

/** What happened in the clusters. */
export function eventRoutes(app: OpenAPIHono, { events }: ApiContext): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/events",
      summary: "What agents told of their operations, newest first",
      description: "The newest 100,000 events, in the order in which they arrived. `since` and `until` are by the agents' clocks.",
      request: {
        query: z.object({
          ...timelineQuery,
          cluster: z.string().optional(),
          service: z.string().optional(),
          namespace: z.string().optional(),
          name: z.string().optional(),
        }),
      },
      responses: { 200: json(page(eventSchema), "Newest first"), ...problems },
    }),
    (c) => {
      const { limit, cluster, service, namespace, name, ...rest } = c.req.valid("query");
      const { sinceMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY, ...place } = placeAndSpan(rest);
      const { items, before } = events.page({
        limit,
        ...place,
        matches: (event) =>
          (cluster ?? event.cluster) === event.cluster &&
          (service ?? event.service) === event.service &&
          (namespace ?? event.namespace) === event.namespace &&
          (name ?? event.name) === event.name &&
          event.atUnixMs >= sinceMs &&
          event.atUnixMs < untilMs,
      });
      return c.json({ items: items.map(presentEvent), ...continueAt(before) }, 200);
    },
  );
}
