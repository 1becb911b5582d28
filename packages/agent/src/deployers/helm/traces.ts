/** What a release in the cluster says of the version that it is of, for an instance that has lost its status. */
import type { Installer, ServiceDefinition } from "@portolan/shared/catalog";
import type { RemovalContext } from "../deployer.ts";
import { ownRevisions, releaseOf } from "./look.ts";
import { versionLabel, type Release, type Revision } from "./release.ts";
import { sameVersion } from "./state.ts";
import { targetOf, type HelmTools } from "./tools.ts";

export async function traces(tools: HelmTools, context: RemovalContext, service: ServiceDefinition): Promise<readonly string[]> {
  const target = targetOf(tools, context);
  const [newest] = await ownRevisions(context, target);
  if (newest === undefined) return [];
  const release = await releaseOf(context.kube, target, newest);
  return release === undefined ? [] : versionsOf(service.installers, newest, release, (installer) => nameOf(tools, installer));
}

/** The version that a revision was made for; those that have its chart when nobody says. Pure. */
export function versionsOf(
  installers: readonly Installer[],
  revision: Pick<Revision, "version">,
  { chartName, chartVersion }: Pick<Release, "chartName" | "chartVersion">,
  chartOf: (installer: Installer) => string | undefined,
): readonly string[] {
  const fitting = installers.filter(
    (installer) =>
      installer.deployer.type === "helm" && sameVersion(installer.deployer.chartVersion, chartVersion) && chartOf(installer) === chartName,
  );
  const named = fitting.find(({ version }) => versionLabel(version) === revision.version);
  return named === undefined ? fitting.map(({ version }) => version) : [named.version];
}

function nameOf({ charts }: HelmTools, { deployer }: Installer): string | undefined {
  return deployer.type === "helm" ? charts.nameOf(deployer) : undefined;
}
