import { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { HTTPException } from "hono/http-exception";
import { routePath } from "hono/route";
import type { z } from "zod";
import { BusError } from "@portolan/shared/bus";
import { RecordConflict } from "../records/mod.ts";
import { auditRoutes } from "./audit.ts";
import { availabilityRoutes } from "./availability.ts";
import { catalogRoutes } from "./catalogs.ts";
import { clusterRoutes } from "./clusters.ts";
import type { ApiContext } from "./context.ts";
import { EXAMPLES } from "./examples.ts";
import { eventRoutes } from "./events.ts";
import { healthRoutes } from "./health.ts";
import { instanceRoutes } from "./instances.ts";
import { knownParameters } from "./known-parameters.ts";
import { Problem, problemResponse } from "./problems.ts";
import { rolloutSchemas } from "./rollout-schemas.ts";
import { rolloutRoutes } from "./rollouts.ts";
import { watchRoutes } from "./watch.ts";

const MAX_BODY_BYTES = 10_000_000;

/** The HTTP API as a handler of web requests. */
export function createApp(context: ApiContext): OpenAPIHono {
  const app = new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) {
        throw invalidRequest(result.target, result.error.issues);
      }
    },
  });
  app.use(observed(context));
  app.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: () => problemResponse(new Problem("TooLarge", `a request body may have ${MAX_BODY_BYTES} bytes`)),
    }),
  );
  app.use(knownParameters(app));
  app.onError((error) => problemResponse(toProblem(error, context)));
  app.notFound((c) => problemResponse(new Problem("NotFound", `there is nothing under ${c.req.method} ${c.req.path}`)));
  healthRoutes(app, context);
  clusterRoutes(app, context);
  instanceRoutes(app, context);
  availabilityRoutes(app, context);
  catalogRoutes(app, context);
  auditRoutes(app, context);
  eventRoutes(app, context);
  rolloutRoutes(app, context);
  watchRoutes(app, context);
  const document = documentOf(app, context.version);
  app.get("/openapi.json", (c) => c.json(document));
  return app;
}

/** The OpenAPI 3.1 document of the API, without a hub. */
export function openApiDocument(version: string): object {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- routes ask nothing of their context before a request comes
  return documentOf(createApp({ version } as ApiContext), version);
}

function documentOf(app: OpenAPIHono, version: string): object {
  const { components, ...document } = app.getOpenAPI31Document(documentHead(version));
  const schemas = { ...components?.schemas, ...rolloutSchemas() };
  return { ...document, components: { ...components, schemas: withExamples(schemas) } };
}

function withExamples(schemas: { readonly [name: string]: object }): object {
  const examples: { readonly [name: string]: object } = EXAMPLES;
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, name in examples ? { ...schema, example: examples[name] } : schema]),
  );
}

function documentHead(version: string): Parameters<OpenAPIHono["getOpenAPI31Document"]>[0] {
  return {
    openapi: "3.1.0",
    info: { title: "Portolan hub", version, description: "The fleet: what every cluster runs and could run, and its rollouts." },
  };
}

function observed({ metrics }: ApiContext): MiddlewareHandler {
  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    metrics.request(c.req.method, routePath(c, -1), c.res.status, (performance.now() - startedAt) / 1000);
  };
}

function invalidRequest(where: string, issues: readonly z.core.$ZodIssue[]): Problem {
  const errors = issues.map((issue) => ({ path: pointer(where, issue.path), message: issue.message }));
  return new Problem("InvalidRequest", errors.map(({ path, message }) => `${path}: ${message}`).join("; "), { errors });
}

function pointer(where: string, path: readonly PropertyKey[]): string {
  return [where === "json" ? "body" : where, ...path.map((part) => String(part).replaceAll("~", "~0").replaceAll("/", "~1"))].join("/");
}

function toProblem(error: unknown, { logger }: ApiContext): Problem {
  if (error instanceof Problem) {
    return error;
  }
  if (error instanceof BusError) {
    return new Problem("Unavailable", `it could not be stored (${error.code}: ${error.message}); try again when GET /readyz says ready`);
  }
  if (error instanceof RecordConflict) {
    return new Problem("Conflict", `${error.message}; look at it, and try again`);
  }
  if (error instanceof HTTPException) {
    const found = error.message === "" ? "the request cannot be read" : error.message;
    return new Problem("InvalidRequest", error.status === 415 ? `${found}: the body's content-type must be application/json` : found);
  }
  logger.error({ err: error }, "a request failed");
  return new Problem("Internal", "the hub failed at this request; its log says more");
}
