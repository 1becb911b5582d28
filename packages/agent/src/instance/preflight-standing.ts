/**
 * Whether what a preflight came to still counts. A plan that passed is accepted at once; one that failed is looked at again after
 * a while, and at once when the plan, its inputs or the wish for another try have changed.
 */
import type { Plan } from "@portolan/shared/planner";
import { canonicalJson, sha256Hex } from "@portolan/shared/json";
import type { ManifestChanges } from "@portolan/shared/wire";
import type { Finding } from "../preflight/mod.ts";
import { configDigest } from "./config-digest.ts";
import { accountUser } from "../resources/mod.ts";
import { retryToken } from "./failure.ts";
import type { InstanceState, Refusal } from "./state.ts";

/** What is known about the preflight of a plan. */
export type Standing =
  | { readonly is: "Due" }
  | { readonly is: "Passed"; readonly changes?: ManifestChanges }
  /** Nothing begins before `againMs` are over. */
  | { readonly is: "Failed"; readonly refusal: Refusal; readonly againMs: number };

/** A plan is accepted right after its preflight; later the cluster may have changed. */
const passedMs = 30_000;
const shortestPauseMs = 5_000;
const longestPauseMs = 120_000;
const mostFindings = 5;

/** What a preflight's result depends on and the agent knows of: when it is the same, the result is. Covers no secret. */
export function preflightKey({ instance, catalogDigest }: Pick<InstanceState, "instance" | "catalogDigest">, plan: Plan): string {
  const { service, from, to, hash } = plan;
  return sha256Hex(
    canonicalJson([
      service,
      from,
      to,
      hash,
      configDigest(instance.spec),
      accountUser(instance) ?? "",
      retryToken(instance) ?? "",
      catalogDigest,
    ]),
  );
}

export interface StandingOptions {
  /** False: the plan waits for something else, and what passed earlier will do until it may begin. */
  readonly mayBegin: boolean;
  /** It counts only with what would change. */
  readonly withChanges?: boolean;
}

export function standingOf(state: InstanceState, plan: Plan, { mayBegin, withChanges = false }: StandingOptions): Standing {
  const result = state.preflight(preflightKey(state, plan));
  if (result === undefined) return { is: "Due" };
  const age = state.now - result.at;
  const [first] = result.findings;
  if (first !== undefined) {
    const againMs = result.at + pauseMs(result.failures) - state.now;
    return againMs <= 0 ? { is: "Due" } : { is: "Failed", refusal: { code: first.code, message: describe(result.findings) }, againMs };
  }
  const { changes } = result;
  if ((age >= passedMs && mayBegin) || (withChanges && changes === undefined)) return { is: "Due" };
  return changes === undefined || changes === null ? { is: "Passed" } : { is: "Passed", changes };
}

function pauseMs(failures: number): number {
  return Math.min(longestPauseMs, shortestPauseMs * 2 ** (failures - 1));
}

function describe(findings: readonly Finding[]): string {
  const more = findings.length > mostFindings ? `; and ${findings.length - mostFindings} more` : "";
  return `${findings
    .slice(0, mostFindings)
    .map(({ message }) => message)
    .join("; ")}${more}`;
}
