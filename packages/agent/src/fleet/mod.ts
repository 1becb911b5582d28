/** The link between this cluster and its fleet, over the bus. */
export { Fleet, type FleetOptions } from "./fleet.ts";
