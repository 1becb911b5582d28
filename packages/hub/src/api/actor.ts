import type { Context } from "hono";
import { SYSTEM_ACTOR_PREFIX } from "../audit/mod.ts";
import type { Actor } from "../rollouts/mod.ts";
import type { Roles } from "./context.ts";
import { Problem } from "./problems.ts";

const ACTOR_HEADER = "x-portolan-actor";
const ANONYMOUS = "anonymous";
const ACTOR = /^[\x21-\x7e]{1,256}$/u;

/**
 * Who makes a request, for the record. **Not authenticated**: it is what the client says of itself in `x-portolan-actor`. Where roles are
 * given, whatever stands before the hub has to authenticate people and set the header itself.
 *
 * @throws Problem InvalidRequest, also for the names that only the hub has
 */
export function actorOf(c: Context): string {
  const actor = c.req.header(ACTOR_HEADER) ?? ANONYMOUS;
  if (!ACTOR.test(actor)) {
    throw new Problem("InvalidRequest", `header/${ACTOR_HEADER}: expected at most 256 printable ASCII characters without spaces`);
  }
  if (actor.startsWith(SYSTEM_ACTOR_PREFIX)) {
    throw new Problem("InvalidRequest", `header/${ACTOR_HEADER}: ${SYSTEM_ACTOR_PREFIX}… is what the hub calls itself`);
  }
  return actor;
}

/** The same, with the roles that the hub gives to who is called so. @throws Problem InvalidRequest */
export function actorWithRoles(c: Context, roles: Roles): Actor {
  const name = actorOf(c);
  return { name, roles: Object.entries(roles).flatMap(([role, names]) => (names.includes(name) ? [role] : [])) };
}
