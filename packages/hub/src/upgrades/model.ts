import type { Reason } from "@portolan/shared/wire";
import type { IncarnationKey, InstanceRef } from "../fleet/mod.ts";

/** What happens to targets that cannot reach the version: the command is refused, or they are left out. */
export type UnreachablePolicy = "Refuse" | "Skip";

/** What happens to targets that wait when another one has failed. */
export type FailurePolicy = "Stop" | "Continue";

export interface UpgradeSettings {
  /** So many targets at most have an intent by which their agents may act. */
  readonly maxConcurrent: number;
  /** A target fails when nothing moves for so long. */
  readonly progressDeadlineSeconds: number;
  /** Agents accept an intent only so long after it was sent; absent: no limit. */
  readonly notAfterSeconds?: number;
  readonly unreachable: UnreachablePolicy;
  readonly onFailure: FailurePolicy;
  /** Ids of risks. */
  readonly acceptRisks: readonly string[];
}

/** How a target ended. */
export type TargetResult =
  /** The instance is Ready at the version, by the acknowledged intent; or it was before. */
  | "Succeeded"
  | "Failed"
  /** The agent did not accept the intent, or the version became unreachable before it was sent. */
  | "Refused"
  /** Stopped at the last version reached. */
  | "Held"
  /** Never sent. */
  | "Skipped";

/**
 * Why the agent was told to stop after the running step. `WindowClosed`: it waits for a maintenance window until a time (ms since the
 * Unix epoch), and another target can go in its place.
 */
export type Hold =
  | { readonly atMs: number; readonly reason: "Aborted" | "ProgressDeadlineExceeded" }
  | { readonly atMs: number; readonly reason: "WindowClosed"; readonly opensAtMs: number };

/** A target gave its place to another one, because its maintenance window is closed. */
export interface Postponement {
  /** When the window opens, ms since the Unix epoch. */
  readonly opensAtMs: number;
  /** So many intents for it were taken back. */
  readonly postponements: number;
}

/** The wish that was sent for a target. */
export interface SentIntent {
  readonly id: string;
  /** The agent's own, copied from its availability. */
  readonly planHash: string;
  readonly sentAtMs: number;
  /** The agent was told to stop. */
  readonly hold?: Hold;
  /** So many intents for the target were taken back before. */
  readonly postponements?: number;
}

/** What was decided about a target. Only this is stored; how far the target is comes from reports. */
export type TargetDecision =
  | { readonly type: "Undecided"; readonly postponed?: Postponement }
  | { readonly type: "Sent"; readonly intent: SentIntent }
  | {
      readonly type: "Settled";
      readonly result: TargetResult;
      readonly atMs: number;
      /** Why; empty for a plain success. */
      readonly reasons: readonly Reason[];
      /** The agent has not said the last word about it: it stays in the cluster's document, in mode Hold. */
      readonly openIntent?: SentIntent & { readonly hold: Hold };
    };

/** One instance inside an upgrade. */
export interface Target extends InstanceRef {
  /** The cluster that was meant. One that is rebuilt under its name is another one. */
  readonly incarnation: IncarnationKey;
  /** Version at the start; absent: the service was not installed. */
  readonly from?: string;
  readonly decision: TargetDecision;
}

export type UpgradeResult = "Succeeded" | "Failed" | "Aborted";

/** A fleet command: move every target to one version, each along its own steps (down as well as up). */
export interface Upgrade {
  readonly id: string;
  readonly service: string;
  readonly version: string;
  readonly settings: UpgradeSettings;
  /** In the words of the person who asked. */
  readonly reason?: string;
  readonly createdAtMs: number;
  /** Somebody asked to stop. */
  readonly abortedAtMs?: number;
  readonly finished?: { readonly result: UpgradeResult; readonly atMs: number };
  /** Ordered by instance key. */
  readonly targets: readonly Target[];
}

/** Whether it may still change something: an instance belongs to at most one open upgrade. */
export function isOpen(upgrade: Upgrade): boolean {
  return upgrade.finished === undefined;
}

export const UNDECIDED: TargetDecision = { type: "Undecided" };
