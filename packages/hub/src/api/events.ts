import { createRoute, z, type OpenAPIHono } from "@hono/zod-openapi";
import type { FleetEvent } from "@portolan/shared/wire";
import { instanceKey } from "../fleet/mod.ts";
import type { ApiContext } from "./context.ts";
import { presentEvent } from "./present.ts";
import { Problem } from "./problems.ts";
import { json, page, problems } from "./route.ts";
import { eventSchema } from "./schemas.ts";
import { continueAt, placeAndSpan, timelineQuery } from "./timelines.ts";

/** What happened in the clusters. */
export function eventRoutes(app: OpenAPIHono, { events, rollouts, fleet }: ApiContext): void {
  // They are told by the agents' clocks, which may be off by minutes.
  const happenedAtMs = ({ cluster, atUnixMs }: FleetEvent): number => atUnixMs - (fleet.cluster(cluster)?.clockSkewMs ?? 0);
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/events",
      summary: "What agents told of their operations, newest first",
      description:
        "The newest 100,000 events, in the order in which they arrived. `since` and `until` are by the fleet's clock, `at` by the cluster's.",
      request: {
        query: z.object({
          ...timelineQuery,
          cluster: z.string().optional(),
          service: z.string().optional(),
          namespace: z.string().optional(),
          name: z.string().optional(),
          rollout: z.string().optional().openapi({ description: "Of its targets, since it was started and until it has ended" }),
        }),
      },
      responses: { 200: json(page(eventSchema), "Newest first"), ...problems },
    }),
    (c) => {
      const { limit, cluster, service, namespace, name, rollout, ...rest } = c.req.valid("query");
      const belongs = rollout === undefined ? () => true : belongsTo(rollouts, rollout, happenedAtMs);
      const { sinceMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY, ...place } = placeAndSpan(rest);
      const { items, before } = events.page({
        limit,
        ...place,
        matches: (event) =>
          (cluster ?? event.cluster) === event.cluster &&
          (service ?? event.service) === event.service &&
          (namespace ?? event.namespace) === event.namespace &&
          (name ?? event.name) === event.name &&
          happenedAtMs(event) >= sinceMs &&
          happenedAtMs(event) < untilMs &&
          belongs(event),
      });
      return c.json({ items: items.map(presentEvent), ...continueAt(before) }, 200);
    },
  );
}

/** Whether an event is of a target of a rollout, while that was under way. @throws Problem UnknownRollout */
function belongsTo(
  rollouts: ApiContext["rollouts"],
  name: string,
  happenedAtMs: (event: FleetEvent) => number,
): (event: FleetEvent) => boolean {
  const progress = rollouts.get(name);
  if (progress === undefined) {
    throw new Problem("UnknownRollout", `there is no rollout ${name}`);
  }
  const { started, finished, targets } = progress.rollout;
  const keys = new Set(targets.map(instanceKey));
  const sinceMs = started?.atMs ?? Number.POSITIVE_INFINITY;
  const untilMs = finished?.atMs ?? Number.POSITIVE_INFINITY;
  return (event) => keys.has(instanceKey(event)) && happenedAtMs(event) >= sinceMs && happenedAtMs(event) <= untilMs;
}
