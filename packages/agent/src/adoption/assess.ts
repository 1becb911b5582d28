/** Whether a release can become an instance's, and which one's. Pure. */
import { compareVersions, type ServiceDefinition } from "@portolan/shared/catalog";
import type { ClusterFacts } from "@portolan/shared/graph";
import { HelmError, parseChartReference, sameVersion } from "../deployers/helm/mod.ts";
import type { ReleaseInCluster } from "./find-releases.ts";
import { propose, type Candidate, type Given, type Obstacle, type Proposal } from "./propose.ts";

export type AssessmentCode =
  | Obstacle["code"]
  /** It belongs to an instance already. */
  | "AlreadyManaged"
  /** Another controller would bring it back as it was. */
  | "OwnedByOther"
  | "NotDeployed"
  | "Unreadable"
  /** No service of the catalog is deployed from this chart. */
  | "UnknownChart"
  /** A service is, but not in this version. */
  | "UnknownVersion"
  /** Several services are. */
  | "Ambiguous"
  /** There is an instance of the release's name. */
  | "InstanceExists";

export interface Assessment {
  readonly release: ReleaseInCluster;
  readonly verdict:
    | { readonly adoptable: true; readonly proposal: Proposal }
    | { readonly adoptable: false; readonly code: AssessmentCode; readonly message: string };
}

export interface AssessmentInput extends Given {
  readonly services: readonly ServiceDefinition[];
  readonly cluster: ClusterFacts;
  /** Keys (`namespace/name`) of the instances that there are. */
  readonly instances: ReadonlySet<string>;
}

const mostVersions = 3;

export function assess(release: ReleaseInCluster, { services, cluster, instances, ...given }: AssessmentInput): Assessment {
  const no = (code: AssessmentCode, message: string): Assessment => ({ release, verdict: { adoptable: false, code, message } });
  const { namespace, name, revision, read, keeper } = release;
  if (revision.instance !== undefined) return no("AlreadyManaged", "it is an instance's already");
  if (keeper !== undefined)
    return no("OwnedByOther", `it belongs to the ${keeper}, which would bring it back as it was: take it out there first`);
  if (revision.status !== "deployed") return no("NotDeployed", `it is ${revision.status}: let helm finish, or roll it back first`);
  if (!read.ok) return no("Unreadable", read.reason);
  if (instances.has(`${namespace}/${name}`))
    return no("InstanceExists", "there is a ServiceInstance of its name, which says what becomes of it");
  const { chartName, chartVersion } = read.release;
  const fromChart = services.flatMap((service) => candidates(service, chartName));
  if (fromChart.length === 0) return no("UnknownChart", `no service of the catalog is deployed from the chart ${chartName}`);
  const matching = fromChart.filter(
    ({ installer: { deployer } }) => deployer.type === "helm" && sameVersion(deployer.chartVersion, chartVersion),
  );
  const [first, ...others] = matching;
  if (first === undefined) {
    const versions = [
      ...new Set(fromChart.flatMap(({ installer: { deployer } }) => (deployer.type === "helm" ? [deployer.chartVersion] : []))),
    ];
    return no(
      "UnknownVersion",
      `the catalog knows ${chartName} not in ${chartVersion}, but in ${nearest(chartVersion, versions).join(", ")}`,
    );
  }
  if (others.length > 0) {
    const names = matching.map(({ service, installer }) => `${service.name} ${installer.version}`).join(", ");
    return no("Ambiguous", `${names} are all deployed from ${chartName} ${chartVersion}: name the service with --service`);
  }
  const proposed = propose({ namespace, name, chartValues: read.chartValues, values: read.values }, first, cluster, given);
  return proposed.possible
    ? { release, verdict: { adoptable: true, proposal: proposed.proposal } }
    : no(proposed.obstacle.code, proposed.obstacle.message);
}

function candidates(service: ServiceDefinition, chartName: string): readonly Candidate[] {
  return service.installers
    .filter(({ deployer }) => deployer.type === "helm" && nameOfChart(deployer.chart) === chartName)
    .map((installer) => ({ service, installer }));
}

/** Undefined for a reference that no agent could follow either. */
function nameOfChart(chart: string): string | undefined {
  try {
    // Where a folder is does not matter for its name.
    return parseChartReference(chart, "/").name;
  } catch (error) {
    if (error instanceof HelmError) return undefined;
    throw error;
  }
}

/** The catalog's versions around one that it does not have. */
function nearest(version: string, versions: readonly string[]): readonly string[] {
  const sorted = versions.toSorted(compareVersions);
  const next = sorted.findIndex((each) => compareVersions(each, version) > 0);
  const middle = next < 0 ? sorted.length : next;
  return sorted.slice(Math.max(0, middle - mostVersions), middle + mostVersions);
}
