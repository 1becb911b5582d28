import type { ManifestChanges } from "@portolan/shared/wire";
import type { Finding } from "../preflight/mod.ts";

/** The plan of the instance's own wish, that of an intent, and those before them. */
const mostPlans = 4;

/** What the preflight of a plan came to. */
export interface PreflightResult {
  readonly findings: readonly Finding[];
  /** ms since the Unix epoch. */
  readonly at: number;
  /** How often it has failed in a row, this time included. */
  readonly failures: number;
  /** How the manifests would change; null: that could not be found out. Absent: nobody has asked. */
  readonly changes?: ManifestChanges | null;
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
