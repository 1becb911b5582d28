import type { Version } from "../catalog/mod.ts";
import type { Reason, VersionGraph, VersionNode } from "../graph/mod.ts";
import type { Plan } from "./model.ts";
import { NONE } from "./search.ts";
import type { PathTree } from "./search.ts";

/** Longest plan: what a status can hold. */
export const MAX_STEPS = 32;

/** Most risks of a plan: what a spec can accept. */
export const MAX_RISKS = 64;

/** Versions named in a message that lists what there is. */
const MAX_LISTED = 8;

/** A version that is asked for and does not exist in the graph. */
export function unknownVersion(graph: VersionGraph, version: Version): Reason {
  const known = [...graph.nodes.values()].filter(({ installer }) => installer !== undefined).map((node) => node.version);
  const newest = known.slice(-MAX_LISTED).toReversed().join(", ");
  const list =
    known.length === 0 ? "none is known" : `known: ${newest}${known.length > MAX_LISTED ? ` and ${known.length - MAX_LISTED} older` : ""}`;
  return { code: "UnknownVersion", message: `${graph.service.name} has no version ${version}; ${list}` };
}

/**
 * Gives every reason why a version cannot be reached from the source of a tree: its own, and, when there is no open way to it either, that,
 * with what blocks the versions in between.
 */
export function explainer(graph: VersionGraph, tree: PathTree): (target: number) => readonly Reason[] {
  let entered: ReadonlySet<number> | undefined;

  return (target) => {
    const own = node(graph, target).blocked;
    if ((tree.parent[target] ?? NONE) === NONE) {
      entered ??= enteredVersions(graph);
      return [...own, noRoute(graph, tree.source, target, entered)];
    }
    const path = pathTo(tree, target);
    const between = path.slice(0, -1).filter((version) => node(graph, version).blocked.length > 0);
    const reasons = [...own, ...closedRoute(graph, tree, target, between)];
    return path.length > MAX_STEPS ? [...reasons, tooManySteps(graph, path)] : reasons;
  };
}

/** Versions that some edge leads to. */
function enteredVersions(graph: VersionGraph): ReadonlySet<number> {
  const lowest = new Map<number, number>();
  const highest = new Map<number, number>();
  for (const [from, routes] of graph.routesFrom.entries()) {
    for (const { index } of routes) {
      if (!lowest.has(index)) lowest.set(index, from);
      highest.set(index, from);
    }
  }
  return new Set(
    graph.routes.flatMap(({ index, direction, to }) => {
      const first = lowest.get(index);
      const last = highest.get(index);
      if (first === undefined || last === undefined) return [];
      return to.filter((target) => (direction === "upgrade" ? target > first : target < last));
    }),
  );
}

function noRoute(graph: VersionGraph, source: number, target: number, entered: ReadonlySet<number>): Reason {
  const from = node(graph, source).version;
  const to = node(graph, target).version;
  if (!entered.has(target)) return { code: "NoRoute", message: `no upgrader leads to ${to}` };
  const leaves = (graph.routesFrom[source] ?? []).some((route) =>
    route.to.some((next) => (route.direction === "upgrade" ? next > source : next < source)),
  );
  if (!leaves) return { code: "NoRoute", message: `no upgrader leads away from ${from}` };
  return { code: "NoRoute", message: `no chain of upgraders leads from ${from} to ${to}` };
}

function closedRoute(graph: VersionGraph, tree: PathTree, target: number, between: readonly number[]): readonly Reason[] {
  if (between.length === 0) return [];
  const from = node(graph, tree.source).version;
  const blocked = between.map((version) => node(graph, version));
  const names = blocked.map(({ version }) => version).join(", ");
  const message = `every route from ${from} to ${node(graph, target).version} passes a version that must not be entered; it would be open but for ${names}`;
  return [{ code: "NoRoute", message }, ...blocked.flatMap((version) => version.blocked)];
}

function tooManySteps(graph: VersionGraph, path: readonly number[]): Reason {
  const last = path[MAX_STEPS - 1];
  const first = last === undefined ? "" : `; go to ${node(graph, last).version} first`;
  return { code: "TooManySteps", message: `the cheapest route has ${path.length} steps, a plan may have ${MAX_STEPS}${first}` };
}

/** Nobody could accept them all. */
export function tooManyRisks({ risks, steps }: Plan): Reason {
  const less = steps.length > 1 ? "; go to a version on the way first" : "";
  return { code: "TooManyRisks", message: `the cheapest route has ${risks.length} risks, a plan may have ${MAX_RISKS}${less}` };
}

/** Versions of a path in order, without the source. */
function pathTo(tree: PathTree, target: number): readonly number[] {
  const path: number[] = [];
  for (let version = target; version !== tree.source && version !== NONE; version = tree.parent[version] ?? NONE) path.push(version);
  return path.toReversed();
}

function node(graph: VersionGraph, index: number): VersionNode {
  const version = graph.versions[index];
  const found = version === undefined ? undefined : graph.nodes.get(version);
  if (found === undefined) throw new RangeError(`the graph of ${graph.service.name} has no version number ${index}`);
  return found;
}
