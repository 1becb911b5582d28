import type { Direction, Version } from "../catalog/mod.ts";
import type { Reason, ResolvedRisk } from "../graph/mod.ts";

/** One hop of a plan. */
export interface Step {
  /** null when the service is installed anew. */
  readonly from: Version | null;
  readonly to: Version;
  /** null when the service is installed anew. */
  readonly upgrader: string | null;
  readonly direction: "install" | Direction;
  readonly disruptive: boolean;
  readonly irreversible: boolean;
  /** SHA-256 (hex) over the content that the step executes: installer, upgrader's hooks and flags, from, to. */
  readonly digest: string;
}

/** The ordered steps from the installed version to a target; none when it is installed already. */
export interface Plan {
  readonly service: string;
  readonly from: Version | null;
  readonly to: Version;
  readonly steps: readonly Step[];
  readonly cost: number;
  readonly disruptive: boolean;
  readonly irreversible: boolean;
  /** Risks of all steps, each id once, ordered by id. */
  readonly risks: readonly ResolvedRisk[];
  /** SHA-256 (hex) over the steps' digests, in order, and the risks' ids. */
  readonly hash: string;
}

export interface Unreachable {
  readonly service: string;
  readonly from: Version | null;
  readonly to: Version;
  /** At least one. */
  readonly reasons: readonly Reason[];
}

export type PlanResult = { readonly reachable: true; readonly plan: Plan } | ({ readonly reachable: false } & Unreachable);

/** Every version of the graph but the installed one. */
export interface Availability {
  /** Nearest first: fewest steps, then the higher version. */
  readonly available: readonly Plan[];
  /** Newest first. */
  readonly unavailable: readonly Unreachable[];
}
