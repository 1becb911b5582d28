/** Deploys charts with helm 4, whose releases stay what people know: `helm ls` and `helm history` show them. */
export { parseChartReference, parseMirror, type ChartMirror } from "./chart-reference.ts";
export type { ChartSettings } from "./charts.ts";
export { HelmDeployer, type HelmSettings } from "./deployer.ts";
export { OfflineCharts, type OfflineOptions } from "./offline.ts";
export { HelmError, type HelmProblem } from "./errors.ts";
export { HELM_MANAGER, isOfRelease, releaseNamedBy, type HelmRelease } from "./manifest.ts";
export { decodeRelease, revisionOf, type Release, type Revision } from "./release.ts";
export { sameVersion } from "./state.ts";
