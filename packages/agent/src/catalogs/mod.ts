/** What the cluster knows how to run: the agent's own catalog and the fleet's. */
export { Catalogs, type NamedCatalog } from "./catalogs.ts";
export { writeServiceDefinitions } from "./definitions-writer.ts";
export { FleetCatalogs } from "./fleet-catalogs.ts";
