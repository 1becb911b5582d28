/** The cluster as such: who it is, what it is like, and the agent's CRDs and their policy in it. */
export { digestKey, DIGEST_KEY_NAME } from "./digest-key.ts";
export { clusterUid } from "./identity.ts";
export { installAdmission } from "./install-admission.ts";
export { installCrds } from "./install-crds.ts";
export { readFacts, type OwnFacts } from "./facts.ts";
export { ensureNamespace } from "./namespace.ts";
