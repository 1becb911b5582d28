import type { Version } from "../catalog/mod.ts";
import type { Passage, ResolvedRisk, VersionGraph, VersionNode } from "../graph/mod.ts";
import { canonicalJson, sha256Hex } from "../json/mod.ts";
import type { Plan, Step } from "./model.ts";

/** The plan that goes nowhere: the version is installed already. */
export function emptyPlan(service: string, version: Version): Plan {
  return {
    service,
    from: version,
    to: version,
    steps: [],
    cost: 0,
    disruptive: false,
    irreversible: false,
    risks: [],
    hash: planHash([], []),
  };
}

/** A fresh installation: one step, whatever the version. */
export function installPlan(graph: VersionGraph, node: VersionNode): Plan {
  const step: Step = {
    from: null,
    to: node.version,
    upgrader: null,
    direction: "install",
    disruptive: false,
    irreversible: false,
    digest: stepDigest(null, node, null),
  };
  const hash = planHash([step.digest], []);
  return {
    service: graph.service.name,
    from: null,
    to: node.version,
    steps: [step],
    cost: 0,
    disruptive: false,
    irreversible: false,
    risks: [],
    hash,
  };
}

/** A plan with one more step. */
export function extendPlan(plan: Plan, node: VersionNode, passage: Passage): Plan {
  const { upgrader, direction, disruptive, irreversible } = passage;
  const step: Step = {
    from: plan.to,
    to: node.version,
    upgrader: upgrader.name,
    direction,
    disruptive,
    irreversible,
    digest: stepDigest(plan.to, node, passage),
  };
  const steps = [...plan.steps, step];
  const risks = mergeRisks(plan.risks, passage.risks);
  return {
    service: plan.service,
    from: plan.from,
    to: node.version,
    steps,
    cost: plan.cost + passage.cost,
    disruptive: plan.disruptive || disruptive,
    irreversible: plan.irreversible || irreversible,
    risks,
    hash: planHash(
      steps.map(({ digest }) => digest),
      risks.map(({ id }) => id),
    ),
  };
}

/** SHA-256 over what a step executes: the installer of its target and the upgrader, by their digests, between these two versions. */
function stepDigest(from: Version | null, node: VersionNode, passage: Passage | null): string {
  return sha256Hex(canonicalJson({ from, to: node.version, installer: node.digest, upgrader: passage === null ? null : passage.digest }));
}

/** SHA-256 over the steps' digests, in order, and the risks' ids, ascending. */
export function planHash(steps: readonly string[], risks: readonly string[]): string {
  return sha256Hex(canonicalJson({ steps, risks }));
}

/** Each id once, ascending; a risk that applies outweighs one that only may. */
function mergeRisks(known: readonly ResolvedRisk[], added: readonly ResolvedRisk[]): readonly ResolvedRisk[] {
  if (added.length === 0) return known;
  const byId = new Map(known.map((risk) => [risk.id, risk]));
  for (const risk of added) {
    const other = byId.get(risk.id);
    if (other === undefined || (other.applies === "Unknown" && risk.applies === "Applies")) byId.set(risk.id, risk);
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
