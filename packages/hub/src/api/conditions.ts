import { createHash } from "node:crypto";
import type { Context } from "hono";
import { z } from "@hono/zod-openapi";
import type { Conditions, RequestIdentity } from "../conditions/mod.ts";
import { actorOf } from "./actor.ts";
import { Problem } from "./problems.ts";

const KEY_HEADER = "idempotency-key";
const NOT_AFTER_HEADER = "x-portolan-not-after";
const KEY = /^[\x21-\x7e]{1,255}$/u;

/** For the `request` of every route that changes something. */
export const commandHeaders = z.object({
  [KEY_HEADER]: z.string().optional().openapi({
    description:
      "A request that comes again with its key, within 24 hours, changes nothing more and is answered as if it had been done now",
    example: "8e03978e-40d5-43dd",
  }),
  [NOT_AFTER_HEADER]: z.iso.datetime({ offset: true }).optional().openapi({
    description: "The hub does not do it any more after this time of the fleet's clock, however long the request was on its way",
    example: "2026-03-02T09:05:00Z",
  }),
});

/** For the `request` of a route that looks at `If-Match`, too. */
export const ifMatchHeaders = commandHeaders.extend({
  "if-match": z.string().optional().openapi({ description: "The ETag that was read: it is changed only if it still is that" }),
});

/** The strong entity tag of what a resource is (RFC 9110, 8.8.3). The order of its members does not matter. */
export function etagOf(members: { readonly [name: string]: string }): string {
  const sorted = Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1));
  return `"${createHash("sha256").update(JSON.stringify(sorted)).digest("base64url").slice(0, 22)}"`;
}

/**
 * What a request is held to by its headers: `Idempotency-Key`, `x-portolan-not-after` and `If-Match` (RFC 9110, 13.1.1). They are judged
 * where the change is decided, not here: what is there now may be something else by then.
 *
 * @param tagOf the ETag of what is there; undefined where nothing is
 * @throws Problem InvalidRequest
 */
export async function conditionsOf<State>(c: Context, tagOf: (now: State) => string | undefined): Promise<Conditions<State>> {
  const request = await identityOf(c);
  const notAfter = c.req.header(NOT_AFTER_HEADER);
  const ifMatch = c.req.header("if-match");
  return {
    ...(request === undefined ? {} : { request }),
    ...(notAfter === undefined ? {} : { notAfterMs: Date.parse(notAfter) }),
    ...(ifMatch === undefined ? {} : { unlike: (now) => mismatch(ifMatch, tagOf(now)) }),
  };
}

function mismatch(ifMatch: string, etag: string | undefined): string | undefined {
  if (etag === undefined) {
    return `there is nothing that If-Match (${ifMatch}) could be`;
  }
  return ifMatch.split(",").some((tag) => tag.trim() === etag || tag.trim() === "*")
    ? undefined
    : `it is ${etag} now, and no more what If-Match says (${ifMatch}): read it again, and decide again`;
}

async function identityOf(c: Context): Promise<RequestIdentity | undefined> {
  const key = c.req.header(KEY_HEADER);
  if (key === undefined) {
    return undefined;
  }
  if (!KEY.test(key)) {
    throw new Problem("InvalidRequest", `header/${KEY_HEADER}: expected at most 255 printable ASCII characters without spaces`);
  }
  const { search, pathname } = new URL(c.req.url);
  return { id: digest(actorOf(c), key), fingerprint: digest(c.req.method, pathname + search, await c.req.text()) };
}

function digest(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}
