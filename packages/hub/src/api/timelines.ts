import { z } from "@hono/zod-openapi";
import { pageQuery, placeOf, tokenOfPlace } from "./paging.ts";

/** What lists of what happened have in common: newest first, within a time. */

const moment = z.iso.datetime({ offset: true }).optional();

export const timelineQuery = {
  ...pageQuery,
  since: moment.openapi({ description: "At this time or after" }),
  until: moment.openapi({ description: "Before this time" }),
};

export interface TimeSpan {
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

/** @throws Problem InvalidContinue */
export function placeAndSpan({
  since,
  until,
  continue: token,
}: {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly continue?: string | undefined;
}): TimeSpan & { readonly before?: number } {
  const before = placeOf(token);
  return {
    ...(since === undefined ? {} : { sinceMs: Date.parse(since) }),
    ...(until === undefined ? {} : { untilMs: Date.parse(until) }),
    ...(before === undefined ? {} : { before }),
  };
}

export function continueAt(before: number | undefined): { readonly continue?: string } {
  return before === undefined ? {} : { continue: tokenOfPlace(before) };
}
