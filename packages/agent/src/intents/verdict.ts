/** What is to be done about an intent, and what is said about it. */
import type { Plan } from "@portolan/shared/planner";
import type { IntentPhase, Reason } from "@portolan/shared/wire";

export type IntentVerdict = {
  readonly phase: IntentPhase;
  readonly reason?: Reason;
  /** The agent's own plan for the wanted version. */
  readonly planHash?: string;
  /** It waits for nothing but this time (ms since the Unix epoch). */
  readonly waitsUntilUnixMs?: number;
  /** What must be written for it now. */
  readonly write?: IntentWrite;
  /** The plan whose preflight has to be carried out before more can be said. */
  readonly preflight?: Plan;
};

/** A change of `spec.version` under the hub's field manager. */
export interface IntentWrite {
  readonly version: string;
  readonly intentId: string;
  readonly acceptRisks: readonly string[];
  /** The person whose edit is taken over, for the Event. */
  readonly takeOverFrom?: string;
}
