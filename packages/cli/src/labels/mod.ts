/** Changes of the labels that the hub keeps for clusters, as `kubectl label` makes them. */
export { labelClusters } from "./label-cluster.ts";
export type { LabelChange } from "./relabel.ts";
