import type { Direction } from "../catalog/mod.ts";
import type { Route, VersionGraph } from "./model.ts";

/** The same versions, with no other ways between them than those of one direction. */
export function onlyDirection(graph: VersionGraph, direction: Direction): VersionGraph {
  const kept = new Map(
    graph.routes.filter((route) => route.direction === direction).map((route, index): [Route, Route] => [route, { ...route, index }]),
  );
  return {
    ...graph,
    routes: [...kept.values()],
    routesFrom: graph.routesFrom.map((routes) => routes.flatMap((route) => kept.get(route) ?? [])),
    edgesFrom: (version) => graph.edgesFrom(version).filter((edge) => edge.direction === direction),
  };
}
