/** The catalogs that the fleet shares: published, replaced and withdrawn here, read by the agents. */
export type { CatalogSet, PublishedCatalog } from "./catalog-set.ts";
export { CATALOG_SET_KEY, Catalogs, type CatalogsOptions, type Publication } from "./catalogs.ts";
