/**
 * A small Kubernetes API in memory, for tests, the demo and fleets of simulated clusters. It does what
 * kube-apiserver does, or refuses with 501; one contract suite holds it to the real server.
 */
export { createEmbeddedCluster, type EmbeddedCluster, type EmbeddedClusterOptions } from "./cluster.ts";
export type { ControllerDelays } from "./controllers/mod.ts";
export { ConnectionDropped, type Fault, type FaultResponse, type Faults } from "./faults/mod.ts";
export type { Listening, ListenOptions } from "./http/mod.ts";
