import type { Version } from "../catalog/mod.ts";
import type { Passage, ResolvedRisk, VersionGraph, VersionNode } from "../graph/mod.ts";
import { canonicalJson, sha256Hex } from "../json/mod.ts";
import type { Plan, Step } from "./model.ts";

/** A plan on its way: with the canonical text of its steps' digests, so that the next step does not write it anew. */
export interface Draft {
  readonly plan: Plan;
  /** The digests as JSON strings, with commas between. */
  readonly digests: string;
}

/** The plan that goes nowhere: the version is installed already. */
export function emptyDraft(service: string, version: Version): Draft {
  const plan: Plan = {
    service,
    from: version,
    to: version,
    steps: [],
    cost: 0,
    disruptive: false,
    irreversible: false,
    risks: [],
    hash: hashOf("", []),
  };
  return { plan, digests: "" };
}

/** A fresh installation: one step, whatever the version. */
export function installPlan(graph: VersionGraph, node: VersionNode): Plan {
  const digest = stepDigest(null, node, null);
  const step: Step = { from: null, to: node.version, upgrader: null, direction: "install", disruptive: false, irreversible: false, digest };
  return {
    service: graph.service.name,
    from: null,
    to: node.version,
    steps: [step],
    cost: 0,
    disruptive: false,
    irreversible: false,
    risks: [],
    hash: hashOf(`"${digest}"`, []),
  };
}

/** A plan with one more step. */
export function extendDraft({ plan, digests }: Draft, node: VersionNode, passage: Passage): Draft {
  const { upgrader, direction, disruptive, irreversible } = passage;
  const digest = stepDigest(plan.to, node, passage);
  const step: Step = { from: plan.to, to: node.version, upgrader: upgrader.name, direction, disruptive, irreversible, digest };
  const risks = mergeRisks(plan.risks, passage.risks);
  const all = digests === "" ? `"${digest}"` : `${digests},"${digest}"`;
  const extended: Plan = {
    service: plan.service,
    from: plan.from,
    to: node.version,
    steps: [...plan.steps, step],
    cost: plan.cost + passage.cost,
    disruptive: plan.disruptive || disruptive,
    irreversible: plan.irreversible || irreversible,
    risks,
    hash: hashOf(all, risks),
  };
  return { plan: extended, digests: all };
}

/**
 * SHA-256 over what a step executes, as canonical JSON: the installer of its target and the upgrader, by their digests, between these two
 * versions. Written by hand, because a graph has a thousand of them: versions and digests hold nothing that JSON escapes.
 */
function stepDigest(from: Version | null, node: VersionNode, passage: Passage | null): string {
  const text = `{"from":${quoted(from)},"installer":${quoted(node.digest)},"to":${quoted(node.version)},"upgrader":${quoted(passage?.digest)}}`;
  return sha256Hex(text);
}

function quoted(text: string | null | undefined): string {
  return text === null || text === undefined ? "null" : `"${text}"`;
}

/** {@link planHash} of digests that are text already. */
function hashOf(digests: string, risks: readonly ResolvedRisk[]): string {
  const ids = risks.length === 0 ? "" : risks.map(({ id }) => JSON.stringify(id)).join(",");
  return sha256Hex(`{"risks":[${ids}],"steps":[${digests}]}`);
}

/**
 * SHA-256 over the canonical JSON of a plan's step digests, in order, and its risks' ids, ascending: what every plan carries as its hash.
 */
export function planHash(plan: Pick<Plan, "steps" | "risks">): string {
  return sha256Hex(canonicalJson({ steps: plan.steps.map(({ digest }) => digest), risks: plan.risks.map(({ id }) => id) }));
}

/** Each id once, ascending; a risk that applies outweighs one that only may. */
function mergeRisks(known: readonly ResolvedRisk[], added: readonly ResolvedRisk[]): readonly ResolvedRisk[] {
  if (added.length === 0) return known;
  if (known.length === 0) return added;
  const byId = new Map(known.map((risk) => [risk.id, risk]));
  for (const risk of added) {
    const other = byId.get(risk.id);
    if (other === undefined || (other.applies === "Unknown" && risk.applies === "Applies")) byId.set(risk.id, risk);
  }
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
