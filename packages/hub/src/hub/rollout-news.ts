import { SYSTEM_ACTOR, type AuditRecord, type JsonValue } from "../audit/mod.ts";
import {
  phaseOf,
  waveName,
  type Asked,
  type Interruption,
  type Rollout,
  type RolloutPhase,
  type Target,
  type WaveProgress,
} from "../rollouts/mod.ts";
import type { WebhookEvent, WebhookType } from "../webhooks/mod.ts";

/**
 * What is to be told of a change of a rollout that was stored. Ids are made of what was decided: a hub that takes over and decides the
 * same tells it under the same id.
 */
export interface RolloutNews {
  readonly records: readonly AuditRecord[];
  readonly events: readonly WebhookEvent[];
}

/** One thing that was decided. */
interface Fact {
  readonly action: string;
  /** Of what is decided; tells it from the same decision at another time. */
  readonly key: string | number;
  readonly actor?: string;
  readonly reason?: string;
  readonly after?: JsonValue;
}

/** @param asked who asked for the change; absent: the hub decided by itself */
export function rolloutNews(before: Rollout | undefined, after: Rollout, asked: Asked | undefined): RolloutNews {
  const known = before?.uid === after.uid ? before : undefined;
  const actor = asked?.actor.name ?? SYSTEM_ACTOR;
  const shared = { rollout: after.name, service: after.spec.service };
  const records = [...factsOf(known, after)].map(({ key, ...fact }): AuditRecord => ({
    id: `${after.uid}.${fact.action}.${key}`,
    actor,
    ...(asked?.reason === undefined ? {} : { reason: asked.reason }),
    ...shared,
    ...fact,
  }));
  const targets = after.targets.flatMap((target, index) => targetRecords(known?.targets[index], target, index, after, actor));
  return { records: [...records, ...targets], events: eventsOf(known, after, actor, asked?.reason) };
}

function* factsOf(before: Rollout | undefined, after: Rollout): Iterable<Fact> {
  if (before === undefined) {
    yield {
      action: "RolloutApplied",
      key: after.createdAtMs,
      after: { action: after.spec.action, version: after.spec.version ?? after.spec.versionRange ?? null, targets: after.targets.length },
    };
  }
  if (after.check?.hash !== undefined && after.check.hash !== before?.check?.hash) {
    yield { action: "RolloutChecked", key: after.check.number, after: after.check.hash };
  }
  if (before?.started === undefined && after.started !== undefined) {
    yield { action: "RolloutStarted", key: after.started.atMs, after: after.check?.hash ?? null };
  }
  yield* interrupted("RolloutPaused", before?.paused, after.paused);
  if (before?.paused !== undefined && after.paused === undefined) {
    yield { action: "RolloutResumed", key: before.paused.atMs };
  }
  yield* interrupted("RolloutAborted", before?.aborted, after.aborted);
  yield* interrupted("RolloutRollingBack", before?.rollingBack, after.rollingBack);
  // What came first is told first, also where it is decided in one go.
  yield* after.waves.flatMap((wave, index) => [...waveFacts(before?.waves[index], wave, after, index)]);
  if (before?.finished === undefined && after.finished !== undefined) {
    yield { action: "RolloutEnded", key: after.finished.atMs, after: after.finished.result };
  }
}

function* interrupted(action: string, before: Interruption | undefined, after: Interruption | undefined): Iterable<Fact> {
  if (after !== undefined && after.atMs !== before?.atMs) {
    yield { action, key: after.atMs, reason: after.reason.message };
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

/** What was commanded to a cluster, and how it ended. */
function targetRecords(
  before: Target | undefined,
  after: Target,
  index: number,
  { name: rollout, uid, spec }: Rollout,
  actor: string,
): AuditRecord[] {
  const { cluster, namespace, name, decision, from = null, to = null } = after;
  if (decision === before?.decision) {
    return [];
  }
  const shared = { actor, rollout, service: spec.service, cluster, namespace, name, before: from };
  if (decision.type === "Sent" && before?.decision.type !== "Sent") {
    return [{ ...shared, id: `${uid}.TargetSent.${decision.intent.id}`, action: "TargetSent", after: to }];
  }
  if (decision.type === "Settled" && (before?.decision.type !== "Settled" || before.decision.result !== decision.result)) {
    const reason = decision.reasons.map(({ code, message }) => `${code}: ${message}`).join("; ");
    return [
      {
        ...shared,
        id: `${uid}.TargetEnded.${index}.${after.attempts}.${decision.result}`,
        action: "TargetEnded",
        after: { version: to, result: decision.result },
        ...(reason === "" ? {} : { reason }),
      },
    ];
  }
  return [];
}

const TYPES: Partial<Record<RolloutPhase, WebhookType>> = {
  AwaitingApproval: "rollout.waiting_for_approval",
  Paused: "rollout.paused",
  Succeeded: "rollout.done",
  Failed: "rollout.failed",
  Aborted: "rollout.aborted",
  RolledBack: "rollout.rolled_back",
};

function eventsOf(before: Rollout | undefined, after: Rollout, actor: string, reason: string | undefined): WebhookEvent[] {
  const phase = phaseOf(after);
  const wave = after.waves.findIndex(({ passedAtMs }) => passedAtMs === undefined);
  const event = (type: WebhookType, key: string | number, message: string): WebhookEvent => ({
    id: `${after.uid}.${type}.${key}`,
    type,
    rollout: after.name,
    service: after.spec.service,
    state: phase,
    message,
    actor,
    ...(after.spec.version === undefined ? {} : { version: after.spec.version }),
    ...(wave === -1 ? {} : { wave }),
    ...(reason === undefined ? {} : { reason }),
  });
  const started =
    before?.started === undefined && after.started !== undefined
      ? [event("rollout.started", after.started.atMs, `${after.started.by} started the rollout of ${after.targets.length} targets`)]
      : [];
  const type = TYPES[phase];
  if (type === undefined || (before !== undefined && phaseOf(before) === phase)) {
    return started;
  }
  return [...started, event(type, keyOf(after, wave), messageOf(after, phase, wave))];
}

function keyOf({ finished, paused, waves }: Rollout, wave: number): string | number {
  return finished?.atMs ?? paused?.atMs ?? `${wave}.${waves[wave]?.approvalAskedAtMs ?? 0}`;
}

function messageOf(rollout: Rollout, phase: RolloutPhase, wave: number): string {
  switch (phase) {
    case "AwaitingApproval":
      return `wave ${waveName(rollout.spec, wave)} waits for approval`;
    case "Paused":
      return rollout.paused?.reason.message ?? "it is paused";
    default:
      return `the rollout has ended: ${phase}`;
  }
}
