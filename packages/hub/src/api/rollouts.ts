import { createRoute, z, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { type Asked, type RolloutCommand, type RolloutOutcome, type RolloutProgress } from "../rollouts/mod.ts";
import { actorWithRoles } from "./actor.ts";
import { commandHeaders, conditionsOf, etagOf, ifMatchHeaders } from "./conditions.ts";
import { rolloutDocument } from "./rollout-schemas.ts";
import type { ApiContext } from "./context.ts";
import { pageInOrder, pageOf, pageQuery } from "./paging.ts";
import { EXAMPLES } from "./examples.ts";
import { presentRollout, presentTarget } from "./present.ts";
import { Problem, problemFrom } from "./problems.ts";
import { body, json, page, problems } from "./route.ts";
import { phaseSchema, rolloutActionSchema, rolloutSchema, targetSchema, targetStateSchema } from "./schemas.ts";

const params = z.object({ name: z.string() });
const reasonQuery = z.object({ reason: z.string().min(1).max(1024).optional().openapi({ description: "Why; kept with the rollout" }) });
const answers = { 200: json(rolloutSchema, "As it is now"), ...problems };

const COMMANDS = ["check", "start", "pause", "resume", "abort", "approve", "reject", "retry", "skip", "promote"] as const;

const document = {
  body: { content: { "application/json": { schema: rolloutDocument, example: EXAMPLES.RolloutDocument } }, required: true },
} as const;

/** Rollouts: documents that are applied, and what is asked of them. */
export function rolloutRoutes(app: OpenAPIHono, context: ApiContext): void {
  const { rollouts } = context;
  const asked = async (c: Context, reason: string | undefined): Promise<Asked> => ({
    actor: actorWithRoles(c, context.roles),
    conditions: await conditionsOf(c, tagOf),
    ...(reason === undefined ? {} : { reason }),
  });

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/rollouts",
      summary: "Rollouts, newest first",
      request: { query: z.object({ ...pageQuery, service: z.string().optional(), phase: phaseSchema.optional() }) },
      responses: { 200: json(page(rolloutSchema), "Without their targets"), ...problems },
    }),
    (c) => {
      const query = c.req.valid("query");
      const found = rollouts
        .list()
        .filter(
          ({ rollout, phase }) => (query.service ?? rollout.spec.service) === rollout.spec.service && (query.phase ?? phase) === phase,
        );
      const { items, ...rest } = pageInOrder(found, ({ rollout }) => rollout.name, query);
      return c.json({ items: items.map(presentRollout), ...rest }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "put",
      path: "/v1/rollouts/{name}",
      summary: "Makes a rollout, or changes the document of one that has not started, and asks the agents what they would do",
      request: {
        params,
        query: reasonQuery,
        headers: ifMatchHeaders,
        ...document,
      },
      responses: { 201: json(rolloutSchema, "It is being checked"), ...answers },
    }),
    async (c) => {
      const { name } = c.req.valid("param");
      const { metadata, spec } = c.req.valid("json");
      if (metadata.name !== name) {
        throw new Problem("InvalidRequest", `the document is called ${metadata.name}, and the path ${name}`);
      }
      const outcome = done(await rollouts.apply(name, spec, await asked(c, c.req.valid("query").reason)));
      return outcome.created === true
        ? c.json(presentRollout(outcome.progress), 201, { etag: tagOf(outcome.progress), location: `/v1/rollouts/${name}` })
        : c.json(presentRollout(outcome.progress), 200, { etag: tagOf(outcome.progress) });
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/rollouts/{name}",
      summary: "One rollout, without its targets",
      request: { params },
      responses: answers,
    }),
    (c) => {
      const progress = known(rollouts.get(c.req.valid("param").name), c.req.valid("param").name);
      return c.json(presentRollout(progress), 200, { etag: tagOf(progress) });
    },
  );

  app.openapi(
    createRoute({
      method: "get",
      path: "/v1/rollouts/{name}/targets",
      summary: "The targets of a rollout, and how far each is",
      request: { params, query: z.object({ ...pageQuery, state: targetStateSchema.optional(), cluster: z.string().optional() }) },
      responses: { 200: json(page(targetSchema), "Ordered by cluster, namespace and name"), ...problems },
    }),
    (c) => {
      const { name } = c.req.valid("param");
      const query = c.req.valid("query");
      const found = known(rollouts.targets(name), name).filter(
        ({ state, cluster }) => (query.state ?? state) === state && (query.cluster ?? cluster) === cluster,
      );
      const { items, ...rest } = pageOf(found, (target) => `${target.cluster}/${target.namespace}/${target.name}`, query);
      return c.json({ items: items.map(presentTarget), ...rest }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: "delete",
      path: "/v1/rollouts/{name}",
      summary: "Forgets a rollout that has ended, or never started",
      request: { params, query: reasonQuery, headers: ifMatchHeaders },
      responses: { 204: { description: "It is gone" }, ...problems },
    }),
    async (c) => {
      const { name } = c.req.valid("param");
      done(await rollouts.delete(name, await asked(c, c.req.valid("query").reason)));
      return c.body(null, 204);
    },
  );

  for (const action of COMMANDS) {
    app.openapi(
      createRoute({
        method: "post",
        path: `/v1/rollouts/{name}/${action}`,
        summary: SUMMARIES[action],
        request: { params, headers: ifMatchHeaders, ...body(rolloutActionSchema) },
        responses: answers,
      }),
      async (c) => {
        const { name } = c.req.valid("param");
        const { reason, ...rest } = c.req.valid("json");
        const { progress } = done(await rollouts.command(name, commandFor(action, rest), await asked(c, reason)));
        return c.json(presentRollout(progress), 200, { etag: tagOf(progress) });
      },
    );
  }

  app.openapi(
    createRoute({
      method: "post",
      path: "/v1/rollouts/{name}/undo",
      summary: "Makes a rollout that brings every target back to what it was before, and checks it",
      request: { params, headers: commandHeaders, ...body(rolloutActionSchema) },
      responses: { 201: json(rolloutSchema, "The new rollout"), ...problems },
    }),
    async (c) => {
      const { progress } = done(await rollouts.undo(c.req.valid("param").name, await asked(c, c.req.valid("json").reason)));
      return c.json(presentRollout(progress), 201, { etag: tagOf(progress), location: `/v1/rollouts/${progress.rollout.name}` });
    },
  );
}

const SUMMARIES: Readonly<Record<RolloutCommand["type"], string>> = {
  check: "Asks the agents again what they would do",
  start: "Starts it, as it was checked",
  pause: "Sends nothing new; what runs goes on",
  resume: "Goes on, in spite of what has failed so far",
  abort: "Ends it: sends nothing new, and what runs stops after its step",
  approve: "Lets the wave begin that waits for somebody's approval",
  reject: "Pauses instead of letting the wave begin",
  retry: "Tries again what has failed",
  skip: "Leaves targets out",
  promote: "Ends the soak of the wave that is under way",
};

/** @throws Problem InvalidRequest */
function commandFor(
  type: RolloutCommand["type"],
  { hash, targets, wave }: Omit<z.infer<typeof rolloutActionSchema>, "reason">,
): RolloutCommand {
  if (hash !== undefined && type !== "start") {
    throw new Problem("InvalidRequest", `body/hash: ${type} takes no hash`);
  }
  if (wave !== undefined && type !== "approve" && type !== "reject") {
    throw new Problem("InvalidRequest", `body/wave: ${type} takes no wave`);
  }
  if (targets !== undefined && type !== "skip" && type !== "retry") {
    throw new Problem("InvalidRequest", `body/targets: ${type} takes no targets`);
  }
  switch (type) {
    case "start":
      if (hash === undefined) {
        throw new Problem("InvalidRequest", "body/hash: a start names what the check came to (checkHash)");
      }
      return { type, hash };
    case "skip":
      if (targets === undefined) {
        throw new Problem("InvalidRequest", "body/targets: skip names the targets that are left out");
      }
      return { type, targets };
    case "approve":
    case "reject":
      return { type, ...(wave === undefined ? {} : { wave }) };
    case "retry":
      return { type, ...(targets === undefined ? {} : { targets }) };
    default:
      return { type };
  }
}

/** What a change is held to; undefined where there is none. */
function tagOf(progress: RolloutProgress): string;
function tagOf(progress: RolloutProgress | undefined): string | undefined;
function tagOf(progress: RolloutProgress | undefined): string | undefined {
  return progress === undefined ? undefined : etagOf({ rollout: JSON.stringify(presentRollout(progress)) });
}

/** @throws Problem */
function done(outcome: RolloutOutcome): Exclude<RolloutOutcome, { problem: unknown }> {
  if ("problem" in outcome) {
    throw problemFrom(outcome.problem);
  }
  return outcome;
}

/** @throws Problem UnknownRollout */
function known<T>(found: T | undefined, name: string): T {
  if (found === undefined) {
    throw new Problem("UnknownRollout", `there is no rollout ${name}`);
  }
  return found;
}
