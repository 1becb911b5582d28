/** What `portolan get` shows: which columns, from which of the hub's lists. */
export { getAudit, getHistory } from "./audit.ts";
export { catalogView, getCatalogs } from "./catalogs.ts";
export { getClusters } from "./clusters.ts";
export { getEvents } from "./events.ts";
export { followEvents } from "./follow-events.ts";
export { parseInstanceName } from "./instance-name.ts";
export { getInstances } from "./instances.ts";
export { clockText, instanceText, labelText, objectText, shortDigest } from "./text.ts";
export { countsText, getRollouts, goalText, rolloutView } from "./rollouts.ts";
export { getVersions } from "./versions.ts";
