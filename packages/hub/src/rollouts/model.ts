import type { ManifestChanges, Reason } from "@portolan/shared/wire";
import type { RememberedRequests } from "../conditions/mod.ts";
import type { IncarnationKey, InstanceRef } from "../fleet/mod.ts";
import type { JournalEntry } from "./journal-entry.ts";
import type { RolloutSpec } from "./spec.ts";

/** How a target ended. */
export type TargetResult =
  /** The agent says that it is done, and its report shows it; or it was there before. */
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
  | { readonly atMs: number; readonly reason: "Aborted" | "RollingBack" | "ProgressDeadlineExceeded" | "Skipped" }
  | { readonly atMs: number; readonly reason: "WindowClosed"; readonly opensAtMs: number };

/** The wish that was sent for a target. */
export interface SentIntent {
  readonly id: string;
  /** The agent's own plan that was agreed to. Absent: the agent is asked for it first, in mode Check. */
  readonly planHash?: string;
  readonly sentAtMs: number;
  /** So far the cluster's clock was ahead of the hub's then (ms); absent: it was not. */
  readonly clockSkewMs?: number;
  /** The agent was told to stop. */
  readonly hold?: Hold;
}

/** What was decided about a target. Only this is stored; how far the target is comes from reports. */
export type TargetDecision =
  | {
      readonly type: "Undecided";
      /** It gave its place to another one until its maintenance window opens (ms since the Unix epoch). */
      readonly opensAtMs?: number;
    }
  /** Its cluster was offline when its turn came. */
  | { readonly type: "Deferred"; readonly atMs: number }
  | { readonly type: "Sent"; readonly intent: SentIntent }
  | {
      readonly type: "Settled";
      readonly result: TargetResult;
      readonly atMs: number;
      /** When it was sent, where it was. */
      readonly sentAtMs?: number;
      /** Who asked for it; absent: it came so, or the hub decided it. */
      readonly by?: string;
      /** Why; empty for a plain success. */
      readonly reasons: readonly Reason[];
      /** The agent has not said the last word about it: it stays in the cluster's document, in mode Hold. */
      readonly openIntent?: SentIntent & { readonly hold: Hold };
      /** Hashes of the plan that was agreed to and of the agent's own, where it refused for that. */
      readonly plans?: { readonly agreed: string; readonly agent: string };
      /** Somebody went on in spite of it: it does not count against the failure budget. */
      readonly tolerated?: true;
    };

/** What an agent said when it was asked, before the start. */
export type TargetCheck =
  | { readonly type: "Asked"; readonly intentId: string }
  | {
      readonly type: "Checked";
      readonly planHash: string;
      /** Versions after each. */
      readonly steps: readonly string[];
      readonly disruptive: boolean;
      readonly irreversible: boolean;
      /** Ids. */
      readonly risks: readonly string[];
      /** How the service's manifests change. */
      readonly changes?: ManifestChanges;
      /** As long as the same took elsewhere. */
      readonly estimatedMs?: number;
    }
  /** Nothing is to do. */
  | { readonly type: "There" }
  | { readonly type: "Refused"; readonly reasons: readonly Reason[]; readonly planHash?: string }
  /** It could not be asked, or did not answer. */
  | { readonly type: "Unchecked"; readonly reason: Reason };

/** One instance inside a rollout. */
export interface Target extends InstanceRef {
  /** The cluster that was meant. One that is rebuilt under its name is another one. */
  readonly incarnation: IncarnationKey;
  /** Index of its wave. */
  readonly wave: number;
  /** Version at the start; absent: the service was not installed. */
  readonly from?: string;
  /** Version that it is to reach; absent for configure and remove. */
  readonly to?: string;
  readonly check?: TargetCheck;
  /** So many intents were made for it before the next one. */
  readonly attempts: number;
  /** Id of the request by which somebody has changed it last. */
  readonly request?: string;
  readonly decision: TargetDecision;
}

/** What was decided about a wave. */
export interface WaveProgress {
  /** Somebody was asked to agree. */
  readonly approvalAskedAtMs?: number;
  readonly approved?: { readonly atMs: number; readonly by: string };
  readonly startedAtMs?: number;
  /** All its targets have come to their end: it soaks. */
  readonly settledAtMs?: number;
  /** Somebody ended the soak. */
  readonly promotedAtMs?: number;
  /** Its gate has been passed. */
  readonly passedAtMs?: number;
}

/** A wave in which something is to be done again: it soaks anew, and whoever ended its soak has not ended this one. */
export function reopened({ settledAtMs: _settled, promotedAtMs: _promoted, ...progress }: WaveProgress): WaveProgress {
  return progress;
}

export type RolloutResult = "Succeeded" | "Failed" | "Aborted" | "RolledBack";

/** A pause, a stop or a way back: since when, and why. */
export interface Interruption {
  readonly atMs: number;
  readonly reason: Reason;
  /** Absent: the hub itself. */
  readonly by?: string;
}

/** A fleet command: brings every target to one state, wave by wave, each along its own steps. */
export interface Rollout {
  /** Unique within the hub. */
  readonly name: string;
  /** Tells it from an earlier one of the same name; part of its intents' ids. */
  readonly uid: string;
  readonly spec: RolloutSpec;
  /** In the words of the person who asked. */
  readonly reason?: string;
  readonly createdAtMs: number;
  readonly createdBy: string;
  /** Those that have changed it. */
  readonly requests?: RememberedRequests;
  /** What was decided lately about the whole. */
  readonly journal?: readonly JournalEntry[];
  /** The agents were asked what they would do; so often before. */
  readonly check?: { readonly number: number; readonly askedAtMs: number; readonly hash?: string };
  readonly started?: { readonly atMs: number; readonly by: string };
  readonly paused?: Interruption;
  /** Somebody let it go on after its last pause. */
  readonly resumedAtMs?: number;
  readonly aborted?: Interruption;
  readonly rollingBack?: Interruption;
  /** Name and uid of the rollout whose targets it brings back. */
  readonly undoes?: { readonly name: string; readonly uid: string };
  /** Name of the rollout that brings its targets back. */
  readonly undoneBy?: string;
  readonly finished?: { readonly result: RolloutResult; readonly atMs: number };
  /** One for every wave of the spec. */
  readonly waves: readonly WaveProgress[];
  /** By index, which never changes; those that joined later come last. */
  readonly targets: readonly Target[];
}

/**
 * Id of the intent of an attempt (from 1) at a target. What was said about an intent that was taken back, or failed, is not about the
 * next one.
 */
export function intentId({ uid }: Pick<Rollout, "uid">, index: number, attempt: number): string {
  return `${uid}.${index}${attempt === 1 ? "" : `.${attempt - 1}`}`;
}

/** Whether it may still change something: an instance belongs to at most one open rollout. */
export function isOpen(rollout: Rollout): boolean {
  return rollout.finished === undefined;
}

/** Whether its targets are its own: while another one brings them back, they are that one's. */
export function ownsTargets(rollout: Rollout): boolean {
  return isOpen(rollout) && rollout.started !== undefined && rollout.undoneBy === undefined;
}

export const UNDECIDED: TargetDecision = { type: "Undecided" };

/** Its agent was asked for its plan and told nothing yet: by that it changes nothing, so the question is taken back without its word. */
export function isQuestion(decision: TargetDecision): boolean {
  return decision.type === "Sent" && decision.intent.planHash === undefined && decision.intent.hold === undefined;
}

/** Until when a wave that waits for somebody's approval can be approved; infinite: at any time. */
export function approvalExpiresAtMs({ spec, waves }: Pick<Rollout, "spec" | "waves">, wave: number): number {
  const { expiresAfterSeconds = Infinity } = spec.waves[wave]?.approval ?? {};
  return (waves[wave]?.approvalAskedAtMs ?? 0) + expiresAfterSeconds * 1000;
}

/** The wave that is under way; undefined when all have passed. */
export function currentWave(rollout: Pick<Rollout, "waves">): number | undefined {
  const index = rollout.waves.findIndex(({ passedAtMs }) => passedAtMs === undefined);
  return index === -1 ? undefined : index;
}

/** A target whose turn comes again: where its wave has passed it goes with the one under way, whose gate looks at it then. */
export function inOpenWave(rollout: Pick<Rollout, "waves">, target: Target): Target {
  const wave = currentWave(rollout) ?? target.wave;
  return wave > target.wave ? { ...target, wave } : target;
}
