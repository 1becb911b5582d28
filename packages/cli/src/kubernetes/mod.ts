/** The way to a cluster itself, for the commands that need one: as kubectl finds it. */
export { connectToCluster, type ClusterConnection, type ClusterOptions } from "./connect.ts";
