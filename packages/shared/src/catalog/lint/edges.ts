import type { Route, VersionGraph } from "../../graph/mod.ts";

/** A step that a route allows, by indexes into the graph's versions. */
export interface Pair {
  readonly from: number;
  readonly to: number;
}

/** The versions that an upgrader leads from, ascending. */
export function sourcesOf(graph: VersionGraph, route: Route): readonly number[] {
  return graph.routesFrom.flatMap((routes, index) => (routes.includes(route) ? [index] : []));
}

/** The steps of some sources and a route's targets, in the route's direction or against it. */
export function* pairsOf(route: Route, sources: readonly number[], direction: "along" | "against" = "along"): Generator<Pair> {
  const up = (route.direction === "upgrade") === (direction === "along");
  for (const from of sources) for (const to of route.to) if (up ? to > from : to < from) yield { from, to };
}

/** A step by its versions. */
export function stepName({ versions }: VersionGraph, { from, to }: Pair): string {
  return `${versions[from] ?? ""} → ${versions[to] ?? ""}`;
}
