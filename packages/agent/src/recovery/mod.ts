/**
 * Brings back the status of an instance that has lost it, from what is in the cluster: after a restore from a backup, which holds no status,
 * or when another hand has wiped it. What was installed goes on, nothing is made anew, and an operation that was under way is finished.
 */
export { findRemains } from "./find-remains.ts";
export { hasLostStatus, rebuild, type Rebuilt, type Remains } from "./rebuild.ts";
