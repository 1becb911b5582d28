import type { JournalEntry } from "./journal-entry.ts";
import type { Interruption, Rollout, WaveProgress } from "./model.ts";
import { phaseOf } from "./phase.ts";
import { waveName } from "./waves.ts";

/** So many of the newest entries are kept; those of one decision all. */
const KEPT = 64;

/** Who decided, and why; absent: the hub itself. */
export interface DecidedBy {
  readonly actor: string;
  readonly reason?: string;
}

/**
 * A rollout with what has just been decided about it in its journal. Pure.
 *
 * @param said what somebody has asked for, where the rollout itself does not show it
 */
export function withJournal(
  before: Rollout | undefined,
  after: Rollout,
  by: DecidedBy | undefined,
  nowMs: number,
  said?: Pick<JournalEntry, "action" | "after">,
): Rollout {
  const known = before?.uid === after.uid ? before : undefined;
  const facts: readonly Fact[] = [
    ...(said === undefined ? [] : [{ ...said, key: nowMs }]),
    ...applied(before, after),
    ...factsOf(known, after),
  ];
  const entries = facts.map(({ key, ...fact }): JournalEntry => ({
    id: `${after.uid}.${fact.action}.${key}`,
    atMs: nowMs,
    ...by,
    ...fact,
  }));
  return entries.length === 0
    ? after
    : { ...after, journal: [...(known?.journal ?? []), ...entries].slice(-Math.max(KEPT, entries.length)) };
}

/** One thing that was decided. */
interface Fact extends Pick<JournalEntry, "action" | "reason" | "before" | "after"> {
  /** Of what is decided; tells it from the same decision at another time. */
  readonly key: string | number;
}

/** Another document makes another rollout of the name. */
function* applied(before: Rollout | undefined, after: Rollout): Iterable<Fact> {
  if (before?.uid !== after.uid) {
    yield {
      action: "RolloutApplied",
      key: after.createdAtMs,
      ...(before === undefined ? {} : { before: summaryOf(before) }),
      after: summaryOf(after),
    };
  }
}

function summaryOf({ spec, targets }: Rollout) {
  return { action: spec.action, version: spec.version ?? spec.versionRange ?? null, targets: targets.length };
}

/** @param before the same rollout; absent: it is new */
function* factsOf(before: Rollout | undefined, after: Rollout): Iterable<Fact> {
  // Whatever is decided about the whole: from which phase.
  const from = before === undefined ? {} : { before: phaseOf(before) };
  if (after.check?.hash !== undefined && after.check.hash !== before?.check?.hash) {
    yield { action: "RolloutChecked", key: after.check.number, after: after.check.hash };
  }
  if (before?.started === undefined && after.started !== undefined) {
    yield { action: "RolloutStarted", key: after.started.atMs, ...from, after: after.check?.hash ?? null };
  }
  yield* interrupted("RolloutPaused", before?.paused, after.paused, from);
  if (before?.paused !== undefined && after.paused === undefined) {
    yield { action: "RolloutResumed", key: before.paused.atMs, ...from, after: phaseOf(after) };
  }
  yield* interrupted("RolloutAborted", before?.aborted, after.aborted, from);
  yield* interrupted("RolloutRollingBack", before?.rollingBack, after.rollingBack, from);
  // What came first is told first, also where it is decided in one go.
  yield* after.waves.flatMap((wave, index) => [...waveFacts(before?.waves[index], wave, after, index)]);
  if (before?.finished === undefined && after.finished !== undefined) {
    yield { action: "RolloutEnded", key: after.finished.atMs, ...from, after: after.finished.result };
  }
}

function* interrupted(
  action: string,
  before: Interruption | undefined,
  after: Interruption | undefined,
  from: Pick<Fact, "before">,
): Iterable<Fact> {
  if (after !== undefined && after.atMs !== before?.atMs) {
    yield { action, key: after.atMs, reason: after.reason.message, ...from };
  }
}

function* waveFacts(before: WaveProgress | undefined, after: WaveProgress, { spec }: Rollout, index: number): Iterable<Fact> {
  const wave = waveName(spec, index);
  const facts = [
    ["WaveApprovalAsked", before?.approvalAskedAtMs, after.approvalAskedAtMs],
    ["WaveApproved", before?.approved?.atMs, after.approved?.atMs],
    ["WaveStarted", before?.startedAtMs, after.startedAtMs],
    ["WavePromoted", before?.promotedAtMs, after.promotedAtMs],
    ["WavePassed", before?.passedAtMs, after.passedAtMs],
  ] as const;
  for (const [action, was, is] of facts) {
    if (is !== undefined && is !== was) {
      yield { action, key: `${index}.${is}`, after: wave };
    }
  }
}
