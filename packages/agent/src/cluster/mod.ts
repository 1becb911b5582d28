/** The cluster as such: who it is, what it is like, and the agent's CRDs in it. */
export { digestKey } from "./digest-key.ts";
export { clusterUid } from "./identity.ts";
export { installCrds } from "./install-crds.ts";
export { readFacts, type OwnFacts } from "./facts.ts";
export { ensureNamespace } from "./namespace.ts";
