import { z } from "@hono/zod-openapi";
import { Problem } from "./problems.ts";

const DEFAULT_LIMIT = 500;
const MAX_LIMIT = 5_000;

/** Query parameters of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT).openapi({ description: "So many items at most" }),
  continue: z.string().optional().openapi({ description: "Token of the page before: gives the next one" }),
};

export interface PageQuery {
  readonly limit: number;
  readonly continue?: string | undefined;
}

export interface Page<T> {
  readonly items: T[];
  /** Asks for the next page; absent on the last one. */
  readonly continue?: string;
}

/**
 * One page of items, ordered by their keys. The token names the last key, so items may come and go between two pages.
 *
 * @throws Problem InvalidContinue
 */
export function pageOf<T>(items: Iterable<T>, keyOf: (item: T) => string, query: PageQuery): Page<T> {
  const after = query.continue === undefined ? undefined : decodeToken(query.continue);
  const rest = [...items]
    .map((item) => ({ key: keyOf(item), item }))
    .filter(({ key }) => after === undefined || key > after)
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const page = rest.slice(0, query.limit);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    ...(last === undefined || rest.length === page.length ? {} : { continue: encodeToken(last.key) }),
  };
}

/**
 * One page of items in the order in which they are given. The token names the last item, so others may come and go between two pages.
 *
 * @throws Problem InvalidContinue, and ContinueExpired when the item that the token names is gone
 */
export function pageInOrder<T>(items: readonly T[], keyOf: (item: T) => string, query: PageQuery): Page<T> {
  const start = query.continue === undefined ? 0 : indexAfter(items, keyOf, decodeToken(query.continue));
  const page = items.slice(start, start + query.limit);
  const last = page.at(-1);
  return { items: page, ...(last === undefined || start + page.length === items.length ? {} : { continue: encodeToken(keyOf(last)) }) };
}

function indexAfter<T>(items: readonly T[], keyOf: (item: T) => string, key: string): number {
  const index = items.findIndex((item) => keyOf(item) === key);
  if (index === -1) {
    throw new Problem("ContinueExpired", "the last item of the page before is gone: start again without `continue`");
  }
  return index + 1;
}

/**
 * The place in a timeline after which a page begins; undefined for the first page.
 *
 * @throws Problem InvalidContinue
 */
export function placeOf(token: string | undefined): number | undefined {
  if (token === undefined) {
    return undefined;
  }
  const place = Number(decodeToken(token));
  if (!Number.isSafeInteger(place) || place < 0) {
    throw invalidContinue();
  }
  return place;
}

/** The token of the page that begins after a place in a timeline. */
export function tokenOfPlace(place: number): string {
  return encodeToken(String(place));
}

const TOKEN_PREFIX = "v1:";

function encodeToken(key: string): string {
  return Buffer.from(TOKEN_PREFIX + key).toString("base64url");
}

function decodeToken(token: string): string {
  const text = Buffer.from(token, "base64url").toString();
  if (!text.startsWith(TOKEN_PREFIX)) {
    throw invalidContinue();
  }
  return text.slice(TOKEN_PREFIX.length);
}

function invalidContinue(): Problem {
  return new Problem("InvalidContinue", "the token in `continue` is not one that this list gave: start again without it");
}
