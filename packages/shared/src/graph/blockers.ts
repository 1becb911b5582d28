import { versionInRange } from "../catalog/mod.ts";
import type { Installer, Requirement, Version, VersionRange } from "../catalog/mod.ts";
import { runsKubernetes } from "./kubernetes-version.ts";
import type { Neighbour, Reason, ResolveContext } from "./model.ts";

/** One rule about entering a version: the reasons why it must not be entered. */
type Blocker = (installer: Installer, context: ResolveContext, service: string) => readonly Reason[];

const retracted: Blocker = ({ version, retracted }) => {
  if (retracted === undefined) return [];
  const { reason, url } = retracted;
  return [{ code: "Retracted", message: `${version} was retracted: ${reason}`, ...(url === undefined ? {} : { url }) }];
};

const unfitKubernetes: Blocker = ({ version, kubernetes }, { cluster }) => {
  if (kubernetes === undefined || runsKubernetes(cluster.kubernetesVersion, kubernetes)) return [];
  const found = cluster.kubernetesVersion === "" ? "the cluster's version is not known" : `the cluster runs ${cluster.kubernetesVersion}`;
  return [{ code: "KubernetesVersion", message: `${version} needs Kubernetes ${kubernetes}; ${found}` }];
};

const missingRequirement: Blocker = ({ version, requires }, { neighbours }) =>
  requires.flatMap((requirement): readonly Reason[] => {
    const instances = neighbours.filter(({ service }) => service === requirement.service);
    if (instances.some((instance) => instance.ready && versionInRange(instance.version, requirement.range))) return [];
    return [
      {
        code: "MissingRequirement",
        message: `${version} requires ${requirement.service} ${requirement.range}; ${foundInstead(instances, requirement)}`,
      },
    ];
  });

function foundInstead(instances: readonly Neighbour[], { range }: Requirement): string {
  if (instances.length === 0) return "it is not installed";
  return instances
    .map(
      ({ instance, version, ready }) =>
        `${instance} has ${version}${!ready && versionInRange(version, range) ? ", which is not Ready" : ""}`,
    )
    .sort()
    .join(", ");
}

/** Only leaving a range breaks something: where the installed version is outside already, other versions outside are no worse. */
const brokenDependent: Blocker = ({ version }, { neighbours, installed }, service) =>
  neighbours.flatMap((neighbour) =>
    neighbour.requires
      .filter((requirement) => requirement.service === service && leaves(requirement.range, installed, version))
      .map((requirement): Reason => ({
        code: "BreaksDependent",
        message: `${neighbour.service} ${neighbour.version} (${neighbour.instance}) requires ${service} ${requirement.range}, which ${version} is not`,
      })),
  );

function leaves(range: VersionRange, installed: Version | undefined, version: Version): boolean {
  return !versionInRange(version, range) && (installed === undefined || versionInRange(installed, range));
}

const BLOCKERS: readonly Blocker[] = [retracted, unfitKubernetes, missingRequirement, brokenDependent];

/** Every reason why a version must not be entered in this cluster; none when it may. */
export function blockedReasons(installer: Installer, context: ResolveContext, service: string): readonly Reason[] {
  return BLOCKERS.flatMap((blocker) => blocker(installer, context, service));
}
