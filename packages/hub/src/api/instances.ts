import { createRoute, z, type OpenAPIHono } from "@hono/zod-openapi";
import { instanceKey } from "../fleet/mod.ts";
import { matchesLabels } from "../selectors/mod.ts";
import { planFor } from "../rollouts/mod.ts";
import { instanceOf, type ApiContext } from "./context.ts";
import { instanceFields } from "./fields.ts";
import { pageOf, pageQuery } from "./paging.ts";
import { presentAvailability, presentInstance, refOf } from "./present.ts";
import { Problem } from "./problems.ts";
import { fieldSelectorQuery, fieldTest, INSTANCE_PATH, instanceParams, json, labelSelector, page, problems } from "./route.ts";
import { availabilitySchema, instanceSchema, planSchema } from "./schemas.ts";

/** Instances, where they could go, and how. */
export function instanceRoutes(app: OpenAPIHono, context: ApiContext): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/instances",
      summary: "Instances of the fleet",
      request: {
        query: z.object({
          ...pageQuery,
          cluster: z.string().optional(),
          service: z.string().optional(),
          namespace: z.string().optional(),
          labelSelector: z.string().optional(),
          fieldSelector: fieldSelectorQuery(instanceFields),
        }),
      },
      responses: { 200: json(page(instanceSchema), "Ordered by cluster, namespace and name"), ...problems },
    }),
    (c) => {
      const query = c.req.valid("query");
      const selector = labelSelector(query.labelSelector);
      const hasFields = fieldTest(query.fieldSelector, instanceFields);
      const all = query.cluster === undefined ? context.fleet.instances() : context.fleet.instancesOf(query.cluster);
      const found = [...all].filter(
        (instance) =>
          (query.service ?? instance.status.service) === instance.status.service &&
          (query.namespace ?? instance.namespace) === instance.namespace &&
          hasFields(instance) &&
          matchesLabels(selector, instance.status.labels),
      );
      const { items, ...rest } = pageOf(found, instanceKey, query);
      return c.json({ items: items.map(presentInstance), ...rest }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: INSTANCE_PATH,
      summary: "One instance",
      request: { params: instanceParams },
      responses: { 200: json(instanceSchema, "The instance"), ...problems },
    }),
    (c) => c.json(presentInstance(instanceOf(context, c.req.valid("param"))), 200),
  );

  app.openapi(
    createRoute({
      method: "get",
      path: `${INSTANCE_PATH}/availability`,
      summary: "Every version that an instance could go to, or why not",
      request: { params: instanceParams },
      responses: { 200: json(availabilitySchema, "As the agent said last"), ...problems },
    }),
    (c) => {
      const instance = instanceOf(context, c.req.valid("param"));
      if (instance.availability === undefined) {
        throw new Problem(
          "AvailabilityUnknown",
          `the agent of ${instance.cluster} has not said yet where ${instance.namespace}/${instance.name} could go`,
        );
      }
      return c.json(presentAvailability(instance, instance.availability), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: `${INSTANCE_PATH}/plan`,
      summary: "The steps of an instance to a version, as its agent plans them",
      request: { params: instanceParams, query: z.object({ version: z.string().min(1) }) },
      responses: { 200: json(planSchema, "The plan"), ...problems },
    }),
    (c) => {
      const instance = instanceOf(context, c.req.valid("param"));
      const { version } = c.req.valid("query");
      return c.json(plan(instance, version), 200);
    },
  );
}

/** @throws Problem Unreachable, AvailabilityUnknown */
function plan(instance: Parameters<typeof planFor>[0], version: string): z.infer<typeof planSchema> {
  const { service, version: from } = instance.status;
  const shared = { ...refOf(instance), service, ...(from === undefined ? {} : { from }), version };
  const found = planFor(instance, version);
  switch (found.type) {
    case "There":
    case "Installed":
      return { ...shared, steps: [], cost: 0, disruptive: false, irreversible: false, risks: [] };
    case "Reachable": {
      const { steps, cost, risks, planHash } = found.plan;
      return {
        ...shared,
        steps,
        cost,
        disruptive: steps.some((step) => step.disruptive),
        irreversible: steps.some((step) => step.irreversible),
        risks,
        planHash,
      };
    }
    case "Unreachable":
      throw new Problem(
        "Unreachable",
        `${instanceKey(instance)} cannot go from ${from ?? "nothing"} to ${version}: ${found.reasons.map(({ message }) => message).join("; ")}`,
        { reasons: found.reasons },
      );
    case "Unknown":
      throw new Problem("AvailabilityUnknown", `${instanceKey(instance)}: ${found.reason.message}`);
  }
}
