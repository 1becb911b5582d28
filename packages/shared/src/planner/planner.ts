import type { Version } from "../catalog/mod.ts";
import type { Reason, VersionGraph, VersionNode } from "../graph/mod.ts";
import type { Availability, Plan, PlanResult, Unreachable } from "./model.ts";
import { emptyDraft, extendDraft, installPlan } from "./plan.ts";
import type { Draft } from "./plan.ts";
import { explainer, MAX_RISKS, MAX_STEPS, tooManyRisks, unknownVersion } from "./reasons.ts";
import { NONE, searchPaths } from "./search.ts";
import type { PathTree } from "./search.ts";

/**
 * The cheapest plan from the installed version (null = nothing is installed) to a target, or every reason why there is none. A plan to the
 * installed version itself has no steps.
 */
export function planTo(graph: VersionGraph, from: Version | null, to: Version): PlanResult {
  const target = graph.nodes.get(to);
  if (from !== null && from === to && target !== undefined) return { reachable: true, plan: emptyDraft(graph.service.name, to).plan };
  if (target === undefined) return unreachable(graph, from, to, [unknownVersion(graph, to)]);
  if (from === null) return planInstall(graph, target);
  const source = graph.versions.indexOf(from);
  if (source === NONE) return unreachable(graph, from, to, [unknownVersion(graph, from)]);

  const tree = searchPaths(graph, source);
  const index = graph.versions.indexOf(to);
  if (!isOpen(tree, index)) return unreachable(graph, from, to, explainer(graph, tree)(index));
  return acceptable(draftAlong(graph, tree, index, from).plan);
}

/** Every version of the graph but the installed one: with its plan, or with every reason why it cannot be reached. */
export function availableFrom(graph: VersionGraph, from: Version | null): Availability {
  const others = [...graph.nodes.values()].filter(({ version }) => version !== from);
  if (from === null) return sorted(others.map((node) => planInstall(graph, node)));
  const source = graph.versions.indexOf(from);
  if (source === NONE) {
    const reason = unknownVersion(graph, from);
    return sorted(others.map(({ version }) => unreachable(graph, from, version, [reason])));
  }

  const tree = searchPaths(graph, source);
  const plans = plansOf(graph, tree, from);
  const explain = explainer(graph, tree);
  return sorted(
    graph.versions.flatMap((version, index): readonly PlanResult[] => {
      if (index === source) return [];
      const plan = plans[index];
      return [plan === undefined ? unreachable(graph, from, version, explain(index)) : acceptable(plan)];
    }),
  );
}

function planInstall(graph: VersionGraph, node: VersionNode): PlanResult {
  if (node.blocked.length > 0) return unreachable(graph, null, node.version, node.blocked);
  return { reachable: true, plan: installPlan(graph, node) };
}

/** A plan that a spec has room to accept. */
function acceptable(plan: Plan): PlanResult {
  const { service, from, to, risks } = plan;
  return risks.length <= MAX_RISKS ? { reachable: true, plan } : { reachable: false, service, from, to, reasons: [tooManyRisks(plan)] };
}

function isOpen(tree: PathTree, target: number): boolean {
  return tree.parent[target] !== NONE && tree.blocked[target] === 0 && (tree.steps[target] ?? 0) <= MAX_STEPS;
}

/** The plans of all open versions, each made from the plan of the version before it. */
function plansOf(graph: VersionGraph, tree: PathTree, from: Version): readonly (Plan | undefined)[] {
  const drafts: (Draft | undefined)[] = graph.versions.map(() => undefined);
  drafts[tree.source] = emptyDraft(graph.service.name, from);
  for (const index of tree.order) {
    if (isOpen(tree, index)) drafts[index] = nextDraft(graph, tree, index, drafts[tree.parent[index] ?? NONE]);
  }
  return drafts.map((draft) => draft?.plan);
}

function draftAlong(graph: VersionGraph, tree: PathTree, target: number, from: Version): Draft {
  if (target === tree.source) return emptyDraft(graph.service.name, from);
  return nextDraft(graph, tree, target, draftAlong(graph, tree, tree.parent[target] ?? NONE, from));
}

function nextDraft(graph: VersionGraph, tree: PathTree, index: number, before: Draft | undefined): Draft {
  const node = graph.nodes.get(graph.versions[index] ?? "");
  const route = graph.routes[tree.route[index] ?? NONE];
  if (before === undefined || node === undefined || route === undefined)
    throw new RangeError(`the path to version number ${index} is broken`);
  return extendDraft(before, node, route);
}

function unreachable(
  graph: VersionGraph,
  from: Version | null,
  to: Version,
  reasons: readonly Reason[],
): { readonly reachable: false } & Unreachable {
  return { reachable: false, service: graph.service.name, from, to, reasons };
}

/** Results come in ascending order of their versions; sorting keeps what is equal in its order. */
function sorted(results: readonly PlanResult[]): Availability {
  const available = results.filter((result) => result.reachable).map(({ plan }) => plan);
  const unavailable = results.filter((result) => !result.reachable).map(({ reachable: _reachable, ...unreachable }) => unreachable);
  return { available: available.toReversed().sort((a, b) => a.steps.length - b.steps.length), unavailable: unavailable.toReversed() };
}
