import { z } from "zod";
import { journalSchema, type Journal } from "../audit/mod.ts";
import { rememberedRequestsSchema, type RememberedRequests } from "../conditions/mod.ts";

/** A catalog of the fleet: where it stands in the set and what it holds. */
export interface PublishedCatalog {
  readonly name: string;
  /** SHA-256 of its canonical JSON, lower-case hex. */
  readonly digest: string;
  readonly publishedAtMs: number;
  /** Names of its services with their versions. */
  readonly services: readonly { readonly name: string; readonly versions: readonly string[] }[];
}

/** Lowest precedence first. */
export type CatalogSet = readonly PublishedCatalog[];

/** The set, the requests that have made it what it is, and what is to be told of that. */
export interface StoredCatalogs {
  readonly set: CatalogSet;
  readonly requests: RememberedRequests;
  readonly journal: Journal;
}

export const NO_CATALOGS: StoredCatalogs = { set: [], requests: [], journal: [] };

const catalogSet = z
  .array(
    z.object({
      name: z.string(),
      digest: z.string().regex(/^[0-9a-f]{64}$/),
      publishedAtMs: z.number(),
      services: z.array(z.object({ name: z.string(), versions: z.array(z.string()).readonly() })).readonly(),
    }),
  )
  .readonly();

const storedCatalogs = z.object({ set: catalogSet, requests: rememberedRequestsSchema, journal: journalSchema.default([]) });

/** A catalog takes the place of the one with its name; a new one comes last, so it has the highest precedence. */
export function withCatalog(set: CatalogSet, catalog: PublishedCatalog): CatalogSet {
  return set.some(({ name }) => name === catalog.name)
    ? set.map((other) => (other.name === catalog.name ? catalog : other))
    : [...set, catalog];
}

export function withoutCatalog(set: CatalogSet, name: string): CatalogSet {
  return set.filter((catalog) => catalog.name !== name);
}

export function encodeCatalogs(stored: StoredCatalogs): Uint8Array {
  return Buffer.from(JSON.stringify(stored));
}

/** Undefined when the bytes are no catalog set. Hubs that knew no requests wrote the set alone. */
export function decodeCatalogs(bytes: Uint8Array): StoredCatalogs | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString());
    return Array.isArray(value) ? { ...NO_CATALOGS, set: catalogSet.parse(value) } : storedCatalogs.parse(value);
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}
