/** What the hub itself knows of clusters, beyond what their agents report. */
export { ClusterLabels, type ClusterLabelsOptions, type Labels } from "./cluster-labels.ts";
