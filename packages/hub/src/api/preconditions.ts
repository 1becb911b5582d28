import { createHash } from "node:crypto";
import type { Context } from "hono";
import { z } from "@hono/zod-openapi";
import { Problem } from "./problems.ts";

/** For the `request` of a route that looks at `If-Match`. */
export const ifMatchHeaders = z.object({
  "if-match": z.string().optional().openapi({ description: "The ETag that was read: it is changed only if it still is that" }),
});

/** The strong entity tag of what a resource is (RFC 9110, 8.8.3). The order of its members does not matter. */
export function etagOf(members: { readonly [name: string]: string }): string {
  const sorted = Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1));
  return `"${createHash("sha256").update(JSON.stringify(sorted)).digest("base64url").slice(0, 22)}"`;
}

/**
 * Holds a request to its `If-Match` (RFC 9110, 13.1.1); one without asks for nothing.
 *
 * @throws Problem PreconditionFailed
 */
export function requireMatch(c: Context, etag: string): void {
  const header = c.req.header("if-match");
  if (header === undefined || header.trim() === "*") {
    return;
  }
  if (!header.split(",").some((tag) => tag.trim() === etag)) {
    throw new Problem(
      "PreconditionFailed",
      `it is ${etag} now, and no more what If-Match says (${header}): read it again, and decide again`,
    );
  }
}
