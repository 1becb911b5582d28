import { SYSTEM_ACTOR, type AuditEntry } from "../audit/mod.ts";
import { intentId, phaseOf, waveName, type Asked, type Rollout, type RolloutPhase, type Target } from "../rollouts/mod.ts";
import type { WebhookEvent, WebhookType } from "../webhooks/mod.ts";

/**
 * What is to be told of a change that was stored. Ids are made of what was decided: a hub that takes over and decides the
 * same tells it under the same id.
 */
export interface News {
  readonly records: readonly AuditEntry[];
  readonly events: readonly ToldEvent[];
}

export type ToldEvent = WebhookEvent & Required<Pick<WebhookEvent, "id" | "atMs">>;

/** @param asked who asked for the change; absent: the hub decided by itself, or the journal alone knows */
export function rolloutNews(before: Rollout | undefined, after: Rollout, asked: Asked | undefined): News {
  const known = before?.uid === after.uid ? before : undefined;
  const told = new Set(known?.journal?.map(({ id }) => id));
  const entries = (after.journal ?? []).filter(({ id }) => !told.has(id));
  const actor = asked?.actor.name ?? entries.at(-1)?.actor ?? SYSTEM_ACTOR;
  const shared = { rollout: after.name, service: after.spec.service };
  const records = entries.map((entry): AuditEntry => ({ actor: SYSTEM_ACTOR, ...shared, ...entry }));
  const targets = after.targets.flatMap((target, index) => targetRecords(known?.targets[index], target, index, after));
  return { records: [...records, ...targets], events: eventsOf(known, after, actor, asked?.reason) };
}

/** What was commanded to a cluster, and how it ended. */
function targetRecords(before: Target | undefined, after: Target, index: number, rollout: Rollout): AuditEntry[] {
  const { cluster, namespace, name, decision, from = null, to = null } = after;
  if (decision === before?.decision) {
    return [];
  }
  const { uid, spec } = rollout;
  const shared = { actor: SYSTEM_ACTOR, rollout: rollout.name, service: spec.service, cluster, namespace, name, before: from };
  const sentAtMs = whenSent(after);
  // Also of what has ended while nobody could tell that it was sent.
  const sent =
    sentAtMs === undefined || sentAtMs === (before === undefined ? undefined : whenSent(before))
      ? []
      : [
          {
            ...shared,
            id: `${uid}.TargetSent.${intentId(rollout, index, after.attempts)}`,
            atMs: sentAtMs,
            action: "TargetSent",
            after: to,
          },
        ];
  if (decision.type === "Settled" && (before?.decision.type !== "Settled" || before.decision.result !== decision.result)) {
    const reason = decision.reasons.map(({ code, message }) => `${code}: ${message}`).join("; ");
    return [
      ...sent,
      {
        ...shared,
        ...(decision.by === undefined ? {} : { actor: decision.by }),
        id: `${uid}.TargetEnded.${index}.${after.attempts}.${decision.result}`,
        atMs: decision.atMs,
        action: "TargetEnded",
        after: { version: to, result: decision.result },
        ...(reason === "" ? {} : { reason }),
      },
    ];
  }
  return sent;
}

function whenSent({ decision }: Target): number | undefined {
  switch (decision.type) {
    case "Undecided":
    case "Deferred":
      return undefined;
    case "Sent":
      return decision.intent.sentAtMs;
    case "Settled":
      return decision.sentAtMs;
  }
}

const TYPES: Partial<Record<RolloutPhase, WebhookType>> = {
  AwaitingApproval: "rollout.waiting_for_approval",
  Paused: "rollout.paused",
  Succeeded: "rollout.done",
  Failed: "rollout.failed",
  Aborted: "rollout.aborted",
  RolledBack: "rollout.rolled_back",
};

function eventsOf(before: Rollout | undefined, after: Rollout, actor: string, reason: string | undefined): ToldEvent[] {
  const phase = phaseOf(after);
  const wave = after.waves.findIndex(({ passedAtMs }) => passedAtMs === undefined);
  const event = (type: WebhookType, key: string | number, atMs: number, message: string): ToldEvent => ({
    id: `${after.uid}.${type}.${key}`,
    type,
    atMs,
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
      ? [
          event(
            "rollout.started",
            after.started.atMs,
            after.started.atMs,
            `${after.started.by} started the rollout of ${after.targets.length} targets`,
          ),
        ]
      : [];
  const type = TYPES[phase];
  if (type === undefined || (before !== undefined && phaseOf(before) === phase)) {
    return started;
  }
  return [...started, event(type, keyOf(after, wave), decidedAtMs(after, wave), messageOf(after, phase, wave))];
}

function keyOf({ finished, paused, waves }: Rollout, wave: number): string | number {
  return finished?.atMs ?? paused?.atMs ?? `${wave}.${waves[wave]?.approvalAskedAtMs ?? 0}`;
}

function decidedAtMs({ finished, paused, waves, createdAtMs }: Rollout, wave: number): number {
  return finished?.atMs ?? paused?.atMs ?? waves[wave]?.approvalAskedAtMs ?? createdAtMs;
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
