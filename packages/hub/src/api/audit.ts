import { createRoute, z, type OpenAPIHono } from "@hono/zod-openapi";
import type { ApiContext } from "./context.ts";
import { presentAuditEntry } from "./present.ts";
import { Problem } from "./problems.ts";
import { json, page, problems } from "./route.ts";
import { auditEntrySchema } from "./schemas.ts";
import { continueAt, placeAndSpan, timelineQuery } from "./timelines.ts";

/** Who did what, and why. */
export function auditRoutes(app: OpenAPIHono, { audit }: ApiContext): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/audit",
      summary: "Who did what, and why, newest first",
      description: "The newest 100,000 entries. Actors are not authenticated yet: they are what clients say in `x-portolan-actor`.",
      request: {
        query: z.object({
          ...timelineQuery,
          cluster: z.string().optional(),
          rollout: z.string().optional(),
          service: z.string().optional(),
          actor: z.string().optional(),
        }),
      },
      responses: { 200: json(page(auditEntrySchema), "Newest first"), ...problems },
    }),
    (c) => {
      if (!audit.loaded) {
        throw new Problem("NotReadYet", "the audit record is being read; try again in a moment");
      }
      const { limit, cluster, rollout, service, actor, ...rest } = c.req.valid("query");
      const { items, before } = audit.query({
        limit,
        ...(cluster === undefined ? {} : { cluster }),
        ...(rollout === undefined ? {} : { rollout }),
        ...(service === undefined ? {} : { service }),
        ...(actor === undefined ? {} : { actor }),
        ...placeAndSpan(rest),
      });
      return c.json({ items: items.map(presentAuditEntry), ...continueAt(before) }, 200);
    },
  );
}
