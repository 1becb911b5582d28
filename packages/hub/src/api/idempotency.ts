import { createHash } from "node:crypto";
import { z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { AnsweredRequests } from "./answered-requests.ts";
import { Problem } from "./problems.ts";

const HEADER = "idempotency-key";
const KEY = /^[\x21-\x7e]{1,255}$/u;

/** For a route's `request`: the header is taken by every POST. */
export const idempotencyHeaders = z.object({
  [HEADER]: z.string().optional().openapi({
    description: "Repeating a request with its key gives the first answer again, for 24 hours at most",
    example: "8e03978e-40d5-43dd",
  }),
});

/**
 * A POST that says an `Idempotency-Key` is done once: repeated, it gets the answer that it got, for 24 hours at most, of the hub that
 * gave it (draft-ietf-httpapi-idempotency-key-header). Answers of status 500 and above are not kept: the request may be tried again.
 *
 * Problems: InvalidRequest for a key that is none, IdempotencyKeyReused (422) for a key that another request had, RequestInProgress
 * (409) while the first one runs.
 */
export function idempotent(now: () => number): MiddlewareHandler {
  const answered = new AnsweredRequests(now);
  return async (c, next) => {
    const key = c.req.header(HEADER);
    if (key === undefined || c.req.method !== "POST") {
      return next();
    }
    if (!KEY.test(key)) {
      throw new Problem("InvalidRequest", `header/${HEADER}: expected at most 255 printable ASCII characters without spaces`);
    }
    const fingerprint = createHash("sha256")
      .update(Buffer.from(await c.req.arrayBuffer()))
      .digest("hex");
    const name = JSON.stringify([c.req.header("x-portolan-actor"), c.req.path, key]);
    const found = answered.begin(name, fingerprint);
    switch (found.type) {
      case "Answered":
        return new Response(found.answer.body, { status: found.answer.status, headers: found.answer.headers });
      case "Other":
        throw new Problem("IdempotencyKeyReused", `the Idempotency-Key ${key} came with another request before: take a new one`);
      case "Running":
        throw new Problem("RequestInProgress", `the request with the Idempotency-Key ${key} has not been answered yet`);
      case "New":
        break;
    }
    let kept = false;
    try {
      await next();
      if (c.res.status < 500) {
        const { status, headers } = c.res;
        answered.finish(name, { status, headers: [...headers], body: new Uint8Array(await c.res.clone().arrayBuffer()) });
        kept = true;
      }
    } finally {
      if (!kept) {
        answered.forget(name);
      }
    }
    return undefined;
  };
}
