/** How versions come into a cluster. Which types there are says the catalog; what each does stands in a folder of its own. */
export type { Deployer, Observation, RemovalContext, Rendered } from "./deployer.ts";
export { Deployers, UnsupportedDeployerError } from "./deployers.ts";
