/**
 * The version graph: the installers and upgraders of one service, resolved for one cluster. Says what exists and what is in the way;
 * finding a way is the planner's.
 */
export { installerDigest } from "./digests.ts";
export { kubernetesVersion, runsKubernetes } from "./kubernetes-version.ts";
export * from "./model.ts";
export { onlyDirection } from "./only-direction.ts";
export { factsJson, resolve } from "./resolve.ts";
