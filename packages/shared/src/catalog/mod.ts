/**
 * Catalogs: what a service is, which versions it has and how to move between them. Reads them from folders and from published documents,
 * checks them piece by piece, and gives each its digest.
 */
export { loadCatalogFolder } from "./folder.ts";
export { mergeCatalogs, versionSources } from "./merge.ts";
export type { CatalogSource } from "./merge.ts";
export * from "./model.ts";
export { isDnsLabel } from "./names.ts";
export { parseCatalog } from "./parse.ts";
export type { ParsedCatalog } from "./parse.ts";
export type { CatalogProblem, CatalogProblemCode } from "./problems.ts";
export { catalogDigest, CatalogTooLarge, decodeCatalog, MAX_CATALOG_BYTES, serializeCatalog } from "./serialize.ts";
export { compareVersions, isVersion, isVersionRange, versionInRange } from "./version.ts";
