import type { StandingPayload, StandingSubject } from "../fleet/mod.ts";

/** How a cluster's digests compared so far. */
export interface Comparison {
  /** Heartbeats in a row whose digest was not ours. */
  readonly mismatches: number;
  /** When the first of them came. */
  readonly sinceMs: number;
  /** Repairs in a row that did not help. */
  readonly repairs: number;
  /** No repair before this. */
  readonly notBeforeMs: number;
}

export const IN_STEP: Comparison = { mismatches: 0, sinceMs: 0, repairs: 0, notBeforeMs: 0 };

/** A first mismatch is normal: a report is on its way. */
const MISMATCHES_BEFORE_REPAIR = 2;
const MAX_PAUSE_MS = 5 * 60_000;

export interface Compared {
  readonly inSync: boolean;
  /** The heartbeat interval that the agent announces. */
  readonly intervalMs: number;
  readonly nowMs: number;
}

/**
 * Takes one heartbeat into account. A repair is due when the digests differ twice in a row, at least half an interval apart (extra
 * heartbeats tell changes of intents at once, while reports are still on their way). Repairs that do not help become rarer.
 */
export function compare(
  before: Comparison,
  { inSync, intervalMs, nowMs }: Compared,
): { readonly after: Comparison; readonly repair: boolean } {
  if (inSync) {
    return { after: IN_STEP, repair: false };
  }
  const counted = { ...before, mismatches: before.mismatches + 1, sinceMs: before.mismatches === 0 ? nowMs : before.sinceMs };
  const isDue = counted.mismatches >= MISMATCHES_BEFORE_REPAIR && nowMs - counted.sinceMs >= intervalMs / 2 && nowMs >= counted.notBeforeMs;
  if (!isDue) {
    return { after: counted, repair: false };
  }
  const pauseMs = counted.repairs === 0 ? 0 : Math.min(intervalMs * 2 ** counted.repairs, MAX_PAUSE_MS);
  return { after: { mismatches: 0, sinceMs: nowMs, repairs: counted.repairs + 1, notBeforeMs: nowMs + pauseMs }, repair: true };
}

/** What has to happen so that what stands here is what the agent keeps. */
export interface Repair {
  /** The agent does not keep them (any more). */
  readonly drop: readonly StandingSubject[];
  /** The agent keeps something else than what stands here, or nothing stands here. */
  readonly republish: readonly string[];
}

/**
 * Compares what stands here with the agent's full list.
 *
 * @param standing what stands on the cluster's subjects
 * @param arrivalsAtRequest how many messages had been taken when the list was asked for: what came later may be newer than the list
 * @param listed subject → digest, as the agent says
 */
export function planRepair(
  standing: ReadonlyMap<string, StandingPayload>,
  arrivalsAtRequest: number,
  listed: ReadonlyMap<string, string>,
): Repair {
  const drop: StandingSubject[] = [];
  for (const [subject, { sequence, arrival }] of standing) {
    if (!listed.has(subject) && arrival <= arrivalsAtRequest) {
      drop.push({ subject, sequence });
    }
  }
  const republish: string[] = [];
  for (const [subject, digest] of listed) {
    const here = standing.get(subject);
    if (here?.digest !== digest && (here === undefined || here.arrival <= arrivalsAtRequest)) {
      republish.push(subject);
    }
  }
  return { drop, republish };
}
