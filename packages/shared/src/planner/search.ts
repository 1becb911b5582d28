import type { Route, VersionGraph } from "../graph/mod.ts";
import { NodeQueue } from "./node-queue.ts";

/** No node, no route. */
export const NONE = -1;

/**
 * The best path from one version to every other, as a tree. Arrays are indexed like the graph's versions; what they say of a version that
 * is not in `order` means nothing.
 *
 * Blocked versions are not left out but counted, and counted before everything else: a path with none is one that can be taken, and of the
 * others it is the one with the fewest versions to be opened, which is what a reason needs.
 */
export interface PathTree {
  readonly source: number;
  /** Versions that some path reaches, the source first, each after the one that its path comes from. */
  readonly order: readonly number[];
  /** Blocked versions on the path, the target among them, the source not. */
  readonly blocked: Int32Array;
  readonly cost: Float64Array;
  readonly steps: Int32Array;
  /** The version before, or {@link NONE}. */
  readonly parent: Int32Array;
  /** Index of the route of the last hop, or {@link NONE}. */
  readonly route: Int32Array;
}

/**
 * Dijkstra's algorithm over (blocked versions, cost, irreversible steps, disruptive steps, steps); what is equal in all of them is decided
 * by the first intermediate version that differs, the higher first, and for one hop by the upgrader's name.
 *
 * Every edge of a route costs the same, so the version that is settled first and has the route offers the best path through it to all of
 * the route's targets in its direction, and later versions only to those that lay on its wrong side. So a route gives each of its targets
 * once, and a graph with a million edges needs a few thousand looks.
 */
export function searchPaths(graph: VersionGraph, source: number): PathTree {
  const size = graph.versions.length;
  const isBlocked = Uint8Array.from(graph.nodes.values(), (node) => (node.blocked.length === 0 ? 0 : 1));
  const blocked = new Int32Array(size);
  const cost = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const irreversible = new Int32Array(size);
  const disruptive = new Int32Array(size);
  const steps = new Int32Array(size);
  const parent = new Int32Array(size).fill(NONE);
  const route = new Int32Array(size).fill(NONE);
  const settled = new Uint8Array(size);
  const order: number[] = [];
  /** Per route: the outermost version from which it was followed; its targets beyond are done. */
  const followedFrom = new Int32Array(graph.routes.length).fill(NONE);

  const compareKeys = (a: number, b: number): number =>
    at(blocked, a) - at(blocked, b) ||
    at(cost, a) - at(cost, b) ||
    at(irreversible, a) - at(irreversible, b) ||
    at(disruptive, a) - at(disruptive, b) ||
    at(steps, a) - at(steps, b);
  const queue = new NodeQueue(size, compareKeys);

  /**
   * Which of two versions, as far from the source in everything, lies on the better path, itself included: the higher where they first
   * differ.
   */
  function comparePaths(a: number, b: number): number {
    let left = a;
    let right = b;
    if (left === right) return 0;
    while (at(parent, left) !== at(parent, right)) {
      left = at(parent, left);
      right = at(parent, right);
    }
    return right - left;
  }

  function offer(from: number, target: number, hop: Route): void {
    if (settled[target] === 1) return;
    const newBlocked = at(blocked, from) + at(isBlocked, target);
    const newCost = at(cost, from) + hop.cost;
    const newIrreversible = at(irreversible, from) + Number(hop.irreversible);
    const newDisruptive = at(disruptive, from) + Number(hop.disruptive);
    const newSteps = at(steps, from) + 1;
    const known = at(parent, target) !== NONE;
    if (known) {
      const worse =
        newBlocked - at(blocked, target) ||
        newCost - at(cost, target) ||
        newIrreversible - at(irreversible, target) ||
        newDisruptive - at(disruptive, target) ||
        newSteps - at(steps, target);
      if (worse > 0) return;
      if (worse === 0) {
        const later = comparePaths(from, at(parent, target)) || hop.index - at(route, target);
        if (later >= 0) return;
        parent[target] = from;
        route[target] = hop.index;
        return;
      }
    }
    blocked[target] = newBlocked;
    cost[target] = newCost;
    irreversible[target] = newIrreversible;
    disruptive[target] = newDisruptive;
    steps[target] = newSteps;
    parent[target] = from;
    route[target] = hop.index;
    queue.put(target);
  }

  function follow(from: number, hop: Route): void {
    const { to } = hop;
    const before = at(followedFrom, hop.index);
    if (hop.direction === "upgrade") {
      if (before !== NONE && before <= from) return;
      const end = before === NONE ? size - 1 : before;
      for (let i = firstAbove(to, from); i < to.length && at(to, i) <= end; i += 1) offer(from, at(to, i), hop);
    } else {
      if (before >= from) return;
      for (let i = firstAbove(to, before - 1); i < to.length && at(to, i) < from; i += 1) offer(from, at(to, i), hop);
    }
    followedFrom[hop.index] = from;
  }

  cost[source] = 0;
  queue.put(source);
  while (!queue.empty) {
    // All that are equally far are final together, and are followed in the order of their paths.
    const layer = queue.takeEqual();
    if (layer.length > 1) layer.sort(comparePaths);
    for (const node of layer) settled[node] = 1;
    for (const node of layer) {
      order.push(node);
      for (const hop of graph.routesFrom[node] ?? []) follow(node, hop);
    }
  }
  return { source, order, blocked, cost, steps, parent, route };
}

/** An element that is there by construction. */
function at(values: { readonly [index: number]: number }, index: number): number {
  return values[index] ?? NONE;
}

/** Position of the first element of an ascending list that is above a bound. */
function firstAbove(values: readonly number[], bound: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at(values, middle) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}
