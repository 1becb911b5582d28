import { createRoute, z, type OpenAPIHono } from "@hono/zod-openapi";
import type { PublishedCatalog } from "../catalogs/mod.ts";
import { actorOf } from "./actor.ts";
import { conditionsOf, ifMatchHeaders } from "./conditions.ts";
import type { ApiContext } from "./context.ts";
import { pageInOrder, pageQuery } from "./paging.ts";
import { presentCatalog } from "./present.ts";
import { Problem, problemFrom } from "./problems.ts";
import { body, json, page, problems } from "./route.ts";
import { catalogRequestSchema, catalogSchema, publishedCatalogSchema } from "./schemas.ts";

/** The fleet's catalogs: published and withdrawn. */
export function catalogRoutes(app: OpenAPIHono, { catalogs }: ApiContext): void {
  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/catalogs",
      summary: "The fleet's catalog set",
      request: { query: z.object(pageQuery) },
      responses: { 200: json(page(catalogSchema), "Lowest precedence first"), ...problems },
    }),
    (c) => {
      const { items, ...rest } = pageInOrder(catalogs.set, ({ name }) => name, c.req.valid("query"));
      return c.json({ items: items.map(presentCatalog), ...rest }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/catalogs",
      summary: "Publishes a catalog, in the place of the one with its name",
      request: { headers: ifMatchHeaders, ...body(catalogRequestSchema) },
      responses: { 201: json(publishedCatalogSchema, "Published, with what its authors should know"), ...problems },
    }),
    async (c) => {
      const { name, catalog } = c.req.valid("json");
      const publication = await catalogs.publish(name, catalog, { actor: actorOf(c), conditions: await conditionsOf(c, tagOf) });
      if ("refused" in publication) {
        const findings = publication.refused;
        const errors = findings.filter(({ severity }) => severity === "error").length;
        throw new Problem("CatalogInvalid", `the catalog ${name} has errors (${errors}); nothing was published`, { findings });
      }
      if ("tooLarge" in publication) {
        throw new Problem("CatalogTooLarge", publication.tooLarge.message);
      }
      if ("tooMany" in publication) {
        throw new Problem("TooManyCatalogs", `the fleet has ${publication.tooMany} catalogs: withdraw one first`);
      }
      if ("problem" in publication) {
        throw problemFrom(publication.problem);
      }
      const { published, findings } = publication;
      return c.json({ ...presentCatalog(published), findings }, 201);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/v1/catalogs/{name}",
      summary: "Withdraws a catalog; running operations keep what they use",
      request: { params: z.object({ name: z.string() }), headers: ifMatchHeaders },
      responses: { 204: { description: "Withdrawn" }, ...problems },
    }),
    async (c) => {
      const { name } = c.req.valid("param");
      const withdrawal = await catalogs.withdraw(name, { actor: actorOf(c), conditions: await conditionsOf(c, tagOf) });
      if ("problem" in withdrawal) {
        throw problemFrom(withdrawal.problem);
      }
      if ("unknown" in withdrawal) {
        throw new Problem("UnknownCatalog", `the fleet has no catalog called ${name}`);
      }
      return c.body(null, 204);
    },
  );
}

/** Its digest stands for all that it holds. */
function tagOf(catalog: PublishedCatalog | undefined): string | undefined {
  return catalog === undefined ? undefined : `"${catalog.digest}"`;
}
