import semver from "semver";
import type { Upgrader, Version } from "../catalog/mod.ts";
import type { VersionGraph } from "../graph/mod.ts";

/** One hop as the oracle sees it. */
export interface Hop {
  readonly from: Version;
  readonly to: Version;
  readonly upgrader: Upgrader;
}

/** Every hop that the definitions allow, straight from the words of the rules: no intervals, no search. */
function everyHop(graph: VersionGraph): readonly Hop[] {
  const hops: Hop[] = [];
  for (const from of graph.versions) {
    for (const [to, node] of graph.nodes) {
      if (node.blocked.length > 0) continue;
      for (const upgrader of graph.service.upgraders) {
        const forward = upgrader.direction === "upgrade" ? semver.gt(to, from) : semver.lt(to, from);
        const allowed = semver.satisfies(from, upgrader.from, { includePrerelease: true }) && semver.satisfies(to, upgrader.to);
        if (forward && allowed) hops.push({ from, to, upgrader });
      }
    }
  }
  return hops;
}

const hops = new WeakMap<VersionGraph, readonly Hop[]>();

/** The best of all paths without a repeated version, by looking at every one that is not dearer already than the best so far. */
export function bestPath(graph: VersionGraph, from: Version, to: Version): readonly Hop[] | undefined {
  const all = hops.get(graph) ?? everyHop(graph);
  hops.set(graph, all);
  let best: readonly Hop[] | undefined;
  const extend = (path: readonly Hop[], at: Version): void => {
    if (best !== undefined && costOf(path) > costOf(best)) return;
    if (at === to) {
      if (best === undefined || comparePaths(path, best) < 0) best = path;
      return;
    }
    for (const hop of all) {
      if (hop.from === at && hop.to !== from && !path.some((earlier) => earlier.to === hop.to)) extend([...path, hop], hop.to);
    }
  };
  extend([], from);
  return best;
}

function costOf(path: readonly Hop[]): number {
  return path.reduce((sum, { upgrader }) => sum + upgrader.cost, 0);
}

function comparePaths(a: readonly Hop[], b: readonly Hop[]): number {
  const sum = (path: readonly Hop[], of: (upgrader: Upgrader) => number): number =>
    path.reduce((total, { upgrader }) => total + of(upgrader), 0);
  for (const of of [
    ({ cost }: Upgrader) => cost,
    ({ irreversible }: Upgrader) => Number(irreversible),
    ({ disruptive }: Upgrader) => Number(disruptive),
    () => 1,
  ]) {
    const difference = sum(a, of) - sum(b, of);
    if (difference !== 0) return difference;
  }
  for (const [index, { to }] of a.entries()) {
    const other = b[index]?.to ?? to;
    if (other !== to) return semver.compare(other, to);
  }
  for (const [index, { upgrader }] of a.entries()) {
    const other = b[index]?.upgrader.name ?? upgrader.name;
    if (other !== upgrader.name) return upgrader.name < other ? -1 : 1;
  }
  return 0;
}
