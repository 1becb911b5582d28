/**
 * What preflights came to, and whether that still counts. A plan that passed is accepted at once; one that failed is looked at again after
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

export interface PreflightResult {
  readonly findings: readonly Finding[];
  /** ms since the Unix epoch. */
  readonly at: number;
  /** How often it has failed in a row, this time included. */
  readonly failures: number;
  /** How the manifests would change; null: that could not be found out. Absent: nobody has asked. */
  readonly changes?: ManifestChanges | null;
}

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
/** The plan of the instance's own wish, that of an intent, and those before them. */
const mostPlans = 4;

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

/** The results of all instances, kept in memory: another agent looks again. */
export class Preflights {
  readonly #results = new Map<string, Map<string, PreflightResult>>();

  /** @param instance key of the instance */
  get(instance: string, key: string): PreflightResult | undefined {
    return this.#results.get(instance)?.get(key);
  }

  /** Returns what is remembered from now on. */
  remember(
    instance: string,
    key: string,
    { findings, at, changes }: Pick<PreflightResult, "findings" | "at" | "changes">,
  ): PreflightResult {
    const results = this.#results.get(instance) ?? new Map<string, PreflightResult>();
    const failures = findings.length === 0 ? 0 : (results.get(key)?.failures ?? 0) + 1;
    const result = { findings, at, failures, ...(changes === undefined ? {} : { changes }) };
    // Anew, so that the oldest stands first.
    results.delete(key);
    results.set(key, result);
    for (const old of [...results.keys()].slice(0, -mostPlans)) results.delete(old);
    this.#results.set(instance, results);
    return result;
  }

  forget(instance: string): void {
    this.#results.delete(instance);
  }
}
