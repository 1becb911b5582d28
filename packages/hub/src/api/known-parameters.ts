import type { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import { listNearest } from "@portolan/shared/names";
import { Problem } from "./problems.ts";

/**
 * Refuses a query parameter that the route does not know: it would be ignored, and a list that was to be restricted be given whole.
 * Which there are is what the routes' own schemas say.
 *
 * Problems: InvalidRequest
 */
export function knownParameters(app: OpenAPIHono): MiddlewareHandler {
  let known: ReadonlyMap<string, ReadonlySet<string>> | undefined;
  return async (c, next) => {
    known ??= parametersOf(app);
    const parameters = known.get(`${c.req.method} ${routePath(c, -1)}`);
    for (const name of parameters === undefined ? [] : Object.keys(c.req.query())) {
      if (parameters?.has(name) === false) {
        throw new Problem("InvalidRequest", `query/${name}: unknown parameter; known are ${listNearest(name, parameters)}`);
      }
    }
    await next();
  };
}

function parametersOf(app: OpenAPIHono): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    app.openAPIRegistry.definitions.flatMap((definition) => {
      if (definition.type !== "route") {
        return [];
      }
      const { method, path, request } = definition.route;
      const query = request?.query;
      const names = query !== undefined && "shape" in query ? Object.keys(query.shape) : [];
      return [[`${method.toUpperCase()} ${path.replaceAll(/\{(?<name>[^}]+)\}/gu, ":$<name>")}`, new Set(names)]];
    }),
  );
}
