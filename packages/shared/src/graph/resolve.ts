import semver from "semver";
import type { SemVer } from "semver";
import { compareVersions, isVersion } from "../catalog/mod.ts";
import type { Installer, ServiceDefinition, Upgrader, Version } from "../catalog/mod.ts";
import { scopeOf } from "../expression/mod.ts";
import type { Scope } from "../expression/mod.ts";
import { validatorOf } from "../json/mod.ts";
import { blockedReasons } from "./blockers.ts";
import { installerDigest, upgraderDigest } from "./digests.ts";
import { kubernetesVersion as numericVersion } from "./kubernetes-version.ts";
import type { ClusterFacts, Passage, ResolveContext, Route, VersionEdge, VersionGraph, VersionNode } from "./model.ts";
import { VersionIndex } from "./range-index.ts";
import { resolveRisks } from "./risks.ts";

/**
 * The version graph of a service in one cluster: which versions there are, which may be entered and why not, and which upgraders lead from
 * where to where. The same for any order of the service's installers and upgraders.
 */
export function resolve(service: ServiceDefinition, context: ResolveContext): VersionGraph {
  const ordered = orderedNodes(service, context);
  const nodes = new Map(ordered.map(({ node }) => [node.version, node]));
  const versions = [...nodes.keys()];
  const index = new VersionIndex(ordered.map(({ parsed }) => parsed));
  const config = validatorOf(service.config)(context.config).value;
  const scope = scopeOf({ cluster: factsJson(context.cluster), config }, { config: service.config });

  const routesFrom: Route[][] = versions.map(() => []);
  const routes = [...service.upgraders].sort(byName).map((upgrader, position): Route => {
    const route = { ...passage(upgrader, scope), index: position, to: index.within(upgrader.to, "choice") };
    for (const from of index.within(upgrader.from, "state")) routesFrom[from]?.push(route);
    return route;
  });

  return {
    service,
    versions,
    nodes,
    routes,
    routesFrom,
    edgesFrom: (version) => edgesFrom(versions, nodes, routesFrom, versions.indexOf(version)),
  };
}

interface OrderedNode {
  readonly node: VersionNode;
  readonly parsed: SemVer;
}

function orderedNodes(service: ServiceDefinition, context: ResolveContext): readonly OrderedNode[] {
  const nodes = service.installers.map((installer): VersionNode => resolveNode(installer, context, service.name));
  const { installed } = context;
  if (installed !== undefined && isVersion(installed) && !nodes.some(({ version }) => version === installed)) {
    const message = `no catalog knows how to install ${service.name} ${installed}`;
    nodes.push({ version: installed, blocked: [{ code: "UnknownVersion", message }] });
  }
  return nodes
    .map((node) => ({ node, parsed: new semver.SemVer(node.version) }))
    .sort((a, b) => a.parsed.compare(b.parsed) || a.parsed.compareBuild(b.parsed));
}

function resolveNode(installer: Installer, context: ResolveContext, service: string): VersionNode {
  return {
    version: installer.version,
    installer,
    digest: installerDigest(installer),
    blocked: blockedReasons(installer, context, service),
  };
}

function passage(upgrader: Upgrader, scope: Scope): Passage {
  const { direction, cost, disruptive, irreversible } = upgrader;
  return {
    upgrader,
    direction,
    cost,
    disruptive,
    irreversible,
    risks: resolveRisks(upgrader.risks, scope),
    digest: upgraderDigest(upgrader),
  };
}

function edgesFrom(
  versions: readonly Version[],
  nodes: ReadonlyMap<Version, VersionNode>,
  routesFrom: readonly (readonly Route[])[],
  from: number,
): readonly VersionEdge[] {
  const version = versions[from];
  if (version === undefined) return [];
  return (routesFrom[from] ?? [])
    .flatMap(({ index: _index, to, ...passage }) =>
      to
        .filter((target) => (passage.direction === "upgrade" ? target > from : target < from))
        .map((target) => versions[target])
        .filter((target) => target !== undefined)
        .filter((target) => nodes.get(target)?.blocked.length === 0)
        .map((target): VersionEdge => ({ from: version, to: target, ...passage })),
    )
    .sort((a, b) => compareVersions(a.to, b.to) || byName(a.upgrader, b.upgrader));
}

function byName(a: Upgrader, b: Upgrader): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}

/**
 * `cluster` as expressions see it: facts that are not known are absent, so that asking for them is an error. `kubernetes` has the version as
 * numbers, which can be compared.
 */
export function factsJson({ name, kubernetesVersion, labels, provider, region, nodes }: ClusterFacts) {
  const kubernetes = semver.parse(numericVersion(kubernetesVersion));
  return {
    name,
    kubernetesVersion,
    ...(kubernetes === null ? {} : { kubernetes: { major: kubernetes.major, minor: kubernetes.minor } }),
    labels,
    ...(provider === undefined ? {} : { provider }),
    ...(region === undefined ? {} : { region }),
    ...(nodes === undefined ? {} : { nodes }),
  };
}
