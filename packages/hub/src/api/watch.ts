import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { HttpBindings } from "@hono/node-server";
import { createRoute, z, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { WatchFilter, WatchKind, WatchSink } from "../watch/mod.ts";
import type { ApiContext } from "./context.ts";
import { Problem } from "./problems.ts";
import { problems } from "./route.ts";

const KINDS: readonly WatchKind[] = ["clusters", "instances", "availability", "rollouts", "events"];
/** Availability documents are large: who wants them says so. */
const DEFAULT_KINDS: readonly WatchKind[] = ["clusters", "instances", "rollouts", "events"];

const eventId = z.coerce.number().int().min(0);

/** The stream of changes. */
export function watchRoutes(app: OpenAPIHono, { broadcaster }: ApiContext): void {
  app.openAPIRegistry.registerPath(
    createRoute({
      method: "get",
      path: "/v1/watch",
      summary: "The fleet's state, then every change (Server-Sent Events)",
      description:
        "Events: cluster, instance, availability, rollout, event (with the object as data; `deleted: true` when it is gone), bookmark (everything up to its id was " +
        "sent), reset (forget what you know; the whole state follows). `Last-Event-ID` resumes after the last one seen.",
      request: {
        query: z.object({
          kinds: z
            .string()
            .optional()
            .openapi({ description: `Some of ${KINDS.join(", ")}; by default ${DEFAULT_KINDS.join(", ")}` }),
          cluster: z.string().optional(),
          service: z.string().optional(),
          lastEventId: z.string().optional().openapi({ description: "For clients that cannot set the header" }),
        }),
        headers: z.object({ "last-event-id": z.string().optional() }),
      },
      responses: {
        200: { content: { "text/event-stream": { schema: z.string() } }, description: "Until the client ends it" },
        ...problems,
      },
    }),
  );

  app.get("/v1/watch", (c: Context<{ Bindings: HttpBindings }>) => {
    const { outgoing } = c.env;
    const query = c.req.query();
    const filter: WatchFilter = {
      kinds: new Set(toKinds(query["kinds"])),
      ...(query["cluster"] === undefined ? {} : { cluster: query["cluster"] }),
      ...(query["service"] === undefined ? {} : { service: query["service"] }),
    };
    const lastEventId = toEventId(c.req.header("last-event-id") ?? query["lastEventId"]);
    outgoing.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache, no-transform", "x-accel-buffering": "no" });
    outgoing.socket?.setNoDelay(true);
    // Else a watcher that has missed nothing would see no answer before the first event.
    outgoing.flushHeaders();
    const sink: WatchSink = {
      write: (text) => outgoing.write(text),
      onDrain: (listener) => outgoing.on("drain", listener),
      destroy: () => outgoing.destroy(),
    };
    outgoing.on("close", broadcaster.open(sink, filter, lastEventId));
    return RESPONSE_ALREADY_SENT;
  });
}

function toKinds(text: string | undefined): readonly WatchKind[] {
  const names = text?.split(",").map((name) => name.trim()) ?? DEFAULT_KINDS;
  return names.map((name) => {
    const kind = KINDS.find((known) => known === name);
    if (kind === undefined) {
      throw new Problem("InvalidRequest", `unknown kind ${JSON.stringify(name)}: expected some of ${KINDS.join(", ")}`);
    }
    return kind;
  });
}

/** What is not an id of ours is too old to resume from. */
function toEventId(text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const parsed = eventId.safeParse(text);
  return parsed.success ? parsed.data : 0;
}
