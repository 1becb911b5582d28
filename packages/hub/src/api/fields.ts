import type { ClusterView, InstanceView } from "../fleet/mod.ts";
import type { SelectableFields } from "../selectors/mod.ts";

/** The fields that clusters and instances are selected by (`fieldSelector`). */

export const clusterFields: SelectableFields<ClusterView> = {
  name: ({ name }) => name,
  state: ({ connectivity }) => connectivity,
  agentVersion: ({ heartbeat }) => heartbeat.agentVersion,
  kubernetesVersion: ({ heartbeat }) => heartbeat.facts?.kubernetesVersion,
  provider: ({ heartbeat }) => heartbeat.facts?.provider,
  region: ({ heartbeat }) => heartbeat.facts?.region,
};

export const instanceFields: SelectableFields<InstanceView> = {
  cluster: ({ cluster }) => cluster,
  namespace: ({ namespace }) => namespace,
  name: ({ name }) => name,
  service: ({ status }) => status.service,
  phase: ({ status }) => status.phase,
  version: ({ status }) => status.version,
  targetVersion: ({ status }) => status.targetVersion,
  ready: ({ status }) => String(status.ready),
};
