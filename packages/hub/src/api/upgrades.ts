import { createRoute, z, type OpenAPIHono } from "@hono/zod-openapi";
import type { UpgradeSettings } from "../upgrades/mod.ts";
import type { ApiContext } from "./context.ts";
import { idempotencyHeaders } from "./idempotency.ts";
import { pageInOrder, pageQuery } from "./paging.ts";
import { presentUpgrade, presentUpgradeSummary } from "./present.ts";
import { Problem } from "./problems.ts";
import { body, json, page, problems } from "./route.ts";
import { upgradeRequestSchema, upgradeSchema, upgradeSummarySchema } from "./schemas.ts";
import { toSelector } from "./selection.ts";

const upgradeParams = z.object({ id: z.string() });

/** Fleet upgrades: started, looked at and aborted. */
export function upgradeRoutes(app: OpenAPIHono, { upgrades }: ApiContext): void {
  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/upgrades",
      summary: "Moves every chosen instance to a version, up or down, each along its own agent's plan",
      request: { headers: idempotencyHeaders, ...body(upgradeRequestSchema) },
      responses: { 201: json(upgradeSchema, "It runs"), ...problems },
    }),
    async (c) => {
      const { service, version, selector, reason, ...settings } = c.req.valid("json");
      const outcome = await upgrades.start({
        service,
        version,
        selector: toSelector(selector),
        settings: toSettings(settings),
        ...(reason === undefined ? {} : { reason }),
      });
      if ("problem" in outcome) {
        const { code, message, instances, upgrade } = outcome.problem;
        throw new Problem(code, message, { instances, ...(upgrade === undefined ? {} : { upgrade }) });
      }
      return c.json(presentUpgrade(outcome.started), 201, { location: `/v1/upgrades/${outcome.started.upgrade.id}` });
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/upgrades",
      summary: "Upgrades, newest first",
      request: { query: z.object(pageQuery) },
      responses: { 200: json(page(upgradeSummarySchema), "Without their targets"), ...problems },
    }),
    (c) => {
      const { items, ...rest } = pageInOrder(upgrades.list(), ({ upgrade }) => upgrade.id, c.req.valid("query"));
      return c.json({ items: items.map(presentUpgradeSummary), ...rest }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/upgrades/{id}",
      summary: "One upgrade with its targets",
      request: { params: upgradeParams },
      responses: { 200: json(upgradeSchema, "The upgrade"), ...problems },
    }),
    (c) => {
      const { id } = c.req.valid("param");
      return c.json(presentUpgrade(known(upgrades.get(id), id)), 200);
    },
  );

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/upgrades/{id}/abort",
      summary: "Sends nothing new; what runs stops after its step",
      request: { params: upgradeParams },
      responses: { 200: json(upgradeSchema, "It is being aborted, or had ended already"), ...problems },
    }),
    async (c) => {
      const { id } = c.req.valid("param");
      return c.json(presentUpgrade(known(await upgrades.abort(id), id)), 200);
    },
  );
}

type Requested = Omit<z.infer<typeof upgradeRequestSchema>, "service" | "version" | "selector" | "reason">;

function toSettings({ notAfterSeconds, ...settings }: Requested): UpgradeSettings {
  return { ...settings, ...(notAfterSeconds === undefined ? {} : { notAfterSeconds }) };
}

/** @throws Problem UnknownUpgrade */
function known<T>(upgrade: T | undefined, id: string): T {
  if (upgrade === undefined) {
    throw new Problem("UnknownUpgrade", `there is no upgrade ${id}`);
  }
  return upgrade;
}
