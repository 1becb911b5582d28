import { canonicalJson, sha256Hex } from "../json/mod.ts";
import type { Catalog } from "./model.ts";
import { parseCatalog } from "./parse.ts";
import type { ParsedCatalog } from "./parse.ts";

/** Largest published catalog: half of what a NATS message may hold by default. */
export const MAX_CATALOG_BYTES = 512 * 1024;

/** A catalog is too large to be published. */
export class CatalogTooLarge extends Error {
  override readonly name = "CatalogTooLarge";
  readonly code = "CatalogTooLarge";
  readonly bytes: number;
  constructor(bytes: number) {
    super(`the catalog has ${bytes} bytes, ${MAX_CATALOG_BYTES} can be published; split it into several catalogs`);
    this.bytes = bytes;
  }
}

/**
 * The published form: canonical JSON in UTF-8. {@link decodeCatalog} reads it.
 * @throws {CatalogTooLarge}
 */
export function serializeCatalog(catalog: Catalog): Uint8Array {
  const bytes = new TextEncoder().encode(canonicalCatalog(catalog));
  if (bytes.length > MAX_CATALOG_BYTES) throw new CatalogTooLarge(bytes.length);
  return bytes;
}

/** SHA-256 (hex) of the catalog's canonical JSON: its name on the wire. The same for any order of files. */
export function catalogDigest(catalog: Catalog): string {
  return sha256Hex(canonicalCatalog(catalog));
}

/** Lists that have no order of their own are ordered by name, so that equal catalogs have equal texts. */
function canonicalCatalog({ services }: Catalog): string {
  return canonicalJson({
    services: [...services]
      .sort((a, b) => compareText(a.name, b.name))
      .map((service) => ({
        ...service,
        installers: [...service.installers].sort((a, b) => compareText(a.version, b.version)),
        upgraders: [...service.upgraders].sort((a, b) => compareText(a.name, b.name)),
      })),
  });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** Reads the published form from bytes of unknown origin. Never throws. */
export function decodeCatalog(bytes: Uint8Array): ParsedCatalog {
  const file = "catalog.json";
  if (bytes.length > MAX_CATALOG_BYTES) {
    return { catalog: { services: [] }, problems: [{ code: "TooLarge", file, message: `more than ${MAX_CATALOG_BYTES} bytes` }] };
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    // Neither JSON nor UTF-8, or nested beyond the parser's stack; which of them does not matter to the reader.
    return { catalog: { services: [] }, problems: [{ code: "Malformed", file, message: "not a JSON document in UTF-8" }] };
  }
  return parseCatalog(value);
}
