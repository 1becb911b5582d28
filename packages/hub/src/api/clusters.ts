import { createRoute, z, type OpenAPIHono } from "@hono/zod-openapi";
import { isLabelKey, isLabelValue, matchesLabels } from "../selectors/mod.ts";
import { actorOf } from "./actor.ts";
import { clusterOf, describeCluster, type ApiContext } from "./context.ts";
import { clusterFields } from "./fields.ts";
import { pageOf, pageQuery } from "./paging.ts";
import { conditionsOf, etagOf, ifMatchHeaders } from "./conditions.ts";
import { Problem, problemFrom } from "./problems.ts";
import { body, fieldSelectorQuery, fieldTest, json, labelSelector, page, problems } from "./route.ts";
import { clusterSchema } from "./schemas.ts";

const MAX_LABELS = 64;

const labelsSchema = z
  .strictObject({
    labels: z
      .record(
        z.string().refine(isLabelKey, "must be a label key as Kubernetes allows it"),
        z.string().refine(isLabelValue, "must be a label value as Kubernetes allows it"),
      )
      .refine((labels) => Object.keys(labels).length <= MAX_LABELS, `at most ${MAX_LABELS} labels`),
  })
  .openapi("ClusterLabels", { example: { labels: { region: "eu", "example.org/tier": "gold" } } });

const clusterParams = z.object({ cluster: z.string() });

/** Clusters, and the labels that the hub keeps for them. */
export function clusterRoutes(app: OpenAPIHono, context: ApiContext): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/clusters",
      summary: "Clusters of the fleet",
      request: {
        query: z.object({ ...pageQuery, labelSelector: z.string().optional(), fieldSelector: fieldSelectorQuery(clusterFields) }),
      },
      responses: { 200: json(page(clusterSchema), "Ordered by name"), ...problems },
    }),
    (c) => {
      const query = c.req.valid("query");
      const selector = labelSelector(query.labelSelector);
      const hasFields = fieldTest(query.fieldSelector, clusterFields);
      const found = [...context.fleet.clusters()].filter(
        (cluster) => hasFields(cluster) && matchesLabels(selector, context.labels.of(cluster.name)),
      );
      const { items, ...rest } = pageOf(found, ({ name }) => name, query);
      return c.json({ items: items.map((cluster) => describeCluster(context, cluster)), ...rest }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/clusters/{cluster}",
      summary: "One cluster",
      request: { params: clusterParams },
      responses: { 200: json(clusterSchema, "The cluster"), ...problems },
    }),
    (c) => c.json(describeCluster(context, clusterOf(context, c.req.valid("param").cluster)), 200),
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/clusters/{cluster}/labels",
      summary: "The labels that the hub keeps for a cluster, with the ETag that a change is held to",
      request: { params: clusterParams },
      responses: { 200: json(labelsSchema, "The labels"), ...problems },
    }),
    (c) => {
      const labels = context.labels.of(clusterOf(context, c.req.valid("param").cluster).name);
      return c.json({ labels }, 200, { etag: etagOf(labels) });
    },
  );

  app.openapi(
    createRoute({
      method: "put",
      path: "/v1/clusters/{cluster}/labels",
      summary: "Replaces the labels that the hub keeps for a cluster",
      request: { params: clusterParams, headers: ifMatchHeaders, ...body(labelsSchema) },
      responses: { 200: json(clusterSchema, "The cluster with its new labels"), ...problems },
    }),
    async (c) => {
      const cluster = clusterOf(context, c.req.valid("param").cluster);
      const { labels } = c.req.valid("json");
      // What is too large already gets smaller by fewer labels.
      const isTooLarge = context.writer.problemOf(cluster.name) !== undefined;
      const tooLarge = isTooLarge ? undefined : context.writer.tooLarge(cluster.name, { labels });
      if (tooLarge !== undefined) {
        throw new Problem("IntentDocumentTooLarge", tooLarge.message);
      }
      const outcome = await context.labels.set(cluster.name, labels, actorOf(c), await conditionsOf(c, etagOf));
      if ("problem" in outcome) {
        throw problemFrom(outcome.problem);
      }
      return c.json(describeCluster(context, cluster), 200, { etag: etagOf(context.labels.of(cluster.name)) });
    },
  );
}
