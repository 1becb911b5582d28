import type { Route } from "../../graph/mod.ts";
import { pairsOf, sourcesOf, stepName } from "./edges.ts";
import { some, installerFile, upgraderFile } from "./finding.ts";
import type { Finding, Rule } from "./finding.ts";

/** Upgraders that lead to nothing or from nothing. A warning: another catalog of the cluster may have the version. */
export const missingInstallers: Rule = ({ service, graph }) =>
  graph.routes.flatMap((route): readonly Finding[] => {
    const { name, from, to } = route.upgrader;
    const missing = (range: string, path: string): Finding => {
      const message = `no version is in ${range}`;
      return { severity: "warning", code: "MissingInstaller", file: upgraderFile(service, name), path, message };
    };
    return [
      ...(sourcesOf(graph, route).length === 0 ? [missing(from, "/from")] : []),
      ...(route.to.length === 0 ? [missing(to, "/to")] : []),
    ];
  });

/** The lowest version is where a service begins; every other one should be reached from somewhere. */
export const unreachableVersions: Rule = ({ service, graph }) => {
  const entered = new Set(graph.versions.flatMap((version) => graph.edgesFrom(version).map(({ to }) => to)));
  return graph.versions
    .slice(1)
    .filter((version) => !entered.has(version) && graph.nodes.get(version)?.blocked.length === 0)
    .map((version) => ({
      severity: "warning",
      code: "UnreachableVersion",
      file: installerFile(service, version),
      message: `no upgrader leads to ${version}: it can only be installed anew`,
    }));
};

/** The highest version is where a service ends; every other one should lead on. */
export const deadEndVersions: Rule = ({ service, graph }) => {
  const highest = graph.versions.findLast((version) => graph.nodes.get(version)?.blocked.length === 0);
  return graph.versions
    .filter((version) => version !== highest && graph.versions.indexOf(version) < graph.versions.indexOf(highest ?? ""))
    .filter((version) => !graph.edgesFrom(version).some(({ direction }) => direction === "upgrade"))
    .map((version) => ({
      severity: "warning",
      code: "DeadEndVersion",
      file: installerFile(service, version),
      message: `no upgrader leads from ${version} to a higher version`,
    }));
};

/**
 * Steps that two upgraders of one direction could take: which one does is decided by cost, flags and name, and is perhaps not the one that
 * was meant.
 */
export const overlappingUpgraders: Rule = ({ service, graph }) => {
  const routes = graph.routes.map((route) => ({ route, sources: sourcesOf(graph, route) }));
  return routes.flatMap(({ route, sources }, index) =>
    routes.slice(index + 1).flatMap((other): readonly Finding[] => {
      if (other.route.direction !== route.direction) return [];
      const common = { ...route, to: route.to.filter((version) => other.route.to.includes(version)) };
      const shared = sources.filter((version) => other.sources.includes(version));
      const [pair] = pairsOf(common, shared).take(1);
      if (pair === undefined) return [];
      const names = [route.upgrader.name, other.route.upgrader.name];
      const message = `${names.join(" and ")} overlap, for example for ${stepName(graph, pair)}; there ${winner(route, other.route)} is taken`;
      return [{ severity: "warning", code: "OverlappingUpgraders", file: upgraderFile(service, route.upgrader.name), message }];
    }),
  );
};

/** As the planner chooses for one step. */
function winner(a: Route, b: Route): string {
  const difference = a.cost - b.cost || Number(a.irreversible) - Number(b.irreversible) || Number(a.disruptive) - Number(b.disruptive);
  return (difference <= 0 ? a : b).upgrader.name;
}

/** Steps against an upgrader's direction are left out without a word. Within one range (patches of a minor) that is meant. */
export const otherDirection: Rule = ({ service, graph }) =>
  graph.routes.flatMap((route): readonly Finding[] => {
    const { name, direction, from, to } = route.upgrader;
    if (from === to) return [];
    const sources = sourcesOf(graph, route);
    const against = pairsOf(route, sources, "against").toArray();
    const [first] = against;
    if (first === undefined) return [];
    const file = upgraderFile(service, name);
    const [along] = pairsOf(route, sources).take(1);
    if (along === undefined) {
      const message = `every step from ${from} to ${to} goes the other way than ${direction}, for example ${stepName(graph, first)}`;
      return [{ severity: "error", code: "OtherDirection", file, path: "/direction", message }];
    }
    const message = `the ranges hold steps that are no ${direction} and are never taken: ${some(against.map((pair) => stepName(graph, pair)))}`;
    return [{ severity: "warning", code: "OtherDirection", file, message }];
  });
