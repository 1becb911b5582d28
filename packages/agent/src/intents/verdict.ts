/** What is to be done about an intent, and what is said about it. */
import type { Plan } from "@portolan/shared/planner";
import type { CheckResult, InstanceTemplate, IntentPhase, Reason } from "@portolan/shared/wire";

export type IntentVerdict = {
  readonly phase: IntentPhase;
  readonly reason?: Reason;
  /** The agent's own plan for the wish. */
  readonly planHash?: string;
  /** It waits for nothing but this time (ms since the Unix epoch). */
  readonly waitsUntilUnixMs?: number;
  /** What it would do here. */
  readonly check?: CheckResult;
  /** What must be written for it now. */
  readonly write?: IntentWrite;
  /** The plan whose preflight has to be carried out before more can be said. */
  readonly preflight?: PreflightWish;
};

export interface PreflightWish {
  readonly plan: Plan;
  /** Also what would be different: somebody wants to read it before it is done. */
  readonly withChanges: boolean;
}

/** A change of an instance under the hub's field manager. */
export interface IntentWrite {
  readonly change: IntentChange;
  readonly intentId: string;
  readonly acceptRisks: readonly string[];
  /** The person whose edit is taken over, for the Event. */
  readonly takeOverFrom?: string;
}

export type IntentChange =
  | { readonly type: "Version"; readonly version: string }
  | { readonly type: "Template"; readonly template: InstanceTemplate }
  | { readonly type: "Create"; readonly service: string; readonly version: string; readonly template: InstanceTemplate }
  | { readonly type: "Delete"; readonly deletionPolicy?: "Uninstall" | "Orphan" };
