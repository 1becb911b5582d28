import type { Installer, ServiceDefinition, Version } from "../mod.ts";
import { versionInRange } from "../version.ts";
import { installerFile } from "./finding.ts";
import type { Finding, Rule } from "./finding.ts";

/** One version of a service, as `name version`. */
type VersionId = string;

/**
 * Versions whose requirements lead back to themselves: none of them can be the first in a cluster, so none is ever there. A requirement
 * that no version of the catalog meets is another finding, and a service of another catalog is not looked at.
 */
export const requirementCycles: Rule = ({ service, services }) => {
  const enterable = enterableVersions(services);
  return service.installers.flatMap((installer): readonly Finding[] => {
    if (enterable.has(idOf(service, installer.version))) return [];
    const chain = circleFrom(service, installer, services, enterable);
    const message = `${installer.version} can never be installed, because its requirements lead in a circle: ${chain.join(" → ")}`;
    return [{ severity: "error", code: "RequirementCycle", file: installerFile(service, installer.version), path: "/requires", message }];
  });
};

/** What can be brought to an empty cluster, one after another: grows until nothing more can be added. */
function enterableVersions(services: readonly ServiceDefinition[]): ReadonlySet<VersionId> {
  const enterable = new Set<VersionId>();
  let waiting = services.flatMap((service) => service.installers.map((installer) => ({ service, installer })));
  for (let before = -1; before !== enterable.size;) {
    before = enterable.size;
    waiting = waiting.filter(({ service, installer }) => {
      if (blockingVersions(installer, services, enterable).length > 0) return true;
      enterable.add(idOf(service, installer.version));
      return false;
    });
  }
  return enterable;
}

interface Blocking {
  readonly service: ServiceDefinition;
  readonly installer: Installer;
}

/** Of the first requirement that none of them meets: the versions that would, were they enterable. */
function blockingVersions(
  { requires }: Installer,
  services: readonly ServiceDefinition[],
  enterable: ReadonlySet<VersionId>,
): readonly Blocking[] {
  for (const { service: name, range } of requires) {
    const service = services.find((each) => each.name === name);
    const fitting = service?.installers.filter(({ version }) => versionInRange(version, range)) ?? [];
    if (service === undefined || fitting.some(({ version }) => enterable.has(idOf(service, version)))) continue;
    if (fitting.length > 0) return fitting.map((installer) => ({ service, installer }));
  }
  return [];
}

/** Follows what is required from a version that cannot be entered until one comes that was there before. */
function circleFrom(
  service: ServiceDefinition,
  installer: Installer,
  services: readonly ServiceDefinition[],
  enterable: ReadonlySet<VersionId>,
): readonly VersionId[] {
  const chain: VersionId[] = [];
  let next: Blocking | undefined = { service, installer };
  while (next !== undefined) {
    const id = idOf(next.service, next.installer.version);
    const seen = chain.includes(id);
    chain.push(id);
    if (seen) break;
    next = blockingVersions(next.installer, services, enterable)[0];
  }
  return chain;
}

function idOf({ name }: ServiceDefinition, version: Version): VersionId {
  return `${name} ${version}`;
}
