import { createRoute, z, type OpenAPIHono } from "@hono/zod-openapi";
import type { ApiContext } from "./context.ts";
import { pageInOrder, pageQuery } from "./paging.ts";
import { presentFleetPlan } from "./present.ts";
import { body, json, page, problems } from "./route.ts";
import { fleetPlanSchema, planRequestSchema, versionRowSchema } from "./schemas.ts";
import { selectFor } from "./selection.ts";

/** The availability matrix, and the preview of a fleet upgrade. */
export function availabilityRoutes(app: OpenAPIHono, context: ApiContext): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/availability",
      summary: "Service × version: who runs it, who could go to it, who could not and why",
      request: { query: z.object({ ...pageQuery, service: z.string().optional() }) },
      responses: { 200: json(page(versionRowSchema), "By service, newest version first"), ...problems },
    }),
    (c) => {
      const { service, ...query } = c.req.valid("query");
      const services = service === undefined ? context.matrix.services() : [service];
      const rows = services.flatMap((name) => context.matrix.rows(name));
      return c.json(
        pageInOrder(rows, ({ service, version }) => `${service} ${version}`, query),
        200,
      );
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/plans",
      summary: "Preview: how every chosen instance would go to a version, each by its own agent's plan",
      request: body(planRequestSchema),
      responses: { 200: json(page(fleetPlanSchema), "Ordered by cluster, namespace and name"), ...problems },
    }),
    (c) => {
      const { service, version, selector } = c.req.valid("json");
      const instances = selectFor(context, service, version, selector);
      return c.json({ items: instances.map((instance) => presentFleetPlan(instance, version)) }, 200);
    },
  );
}
