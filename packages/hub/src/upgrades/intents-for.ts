import type { Intent } from "@portolan/shared/wire";
import { instanceKey, type InstanceKey } from "../fleet/mod.ts";
import type { SentIntent, Target, Upgrade } from "./model.ts";

/**
 * The open intents of one cluster, ordered by id: everything that was sent and on which the agent has not said the last word.
 * Where a later upgrade has sent an intent for the same instance, it replaces what an earlier one left behind.
 */
export function intentsFor(upgrades: Iterable<Upgrade>, cluster: string): Intent[] {
  const newest = new Map<InstanceKey, { readonly sentAtMs: number; readonly intent: Intent }>();
  for (const upgrade of upgrades) {
    for (const target of targetsOf(upgrade, cluster)) {
      const sent = openIntent(target);
      const other = newest.get(instanceKey(target));
      if (sent !== undefined && (other === undefined || other.sentAtMs <= sent.sentAtMs)) {
        newest.set(instanceKey(target), { sentAtMs: sent.sentAtMs, intent: toIntent(upgrade, target, sent) });
      }
    }
  }
  return [...newest.values()].map(({ intent }) => intent).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The targets in one cluster: they stand together, because targets are ordered. */
function targetsOf({ targets }: Upgrade, cluster: string): readonly Target[] {
  const start = lowerBound(targets, `${cluster}/`);
  let end = start;
  while (targets[end]?.cluster === cluster) {
    end += 1;
  }
  return targets.slice(start, end);
}

/** Index of the first target whose key is not before `key`. */
function lowerBound(targets: readonly Target[], key: string): number {
  let low = 0;
  let high = targets.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const target = targets[middle];
    if (target !== undefined && instanceKey(target) < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/** The intent of a target that still has to be in the document. */
export function openIntent(target: Target): SentIntent | undefined {
  switch (target.decision.type) {
    case "Undecided":
      return undefined;
    case "Sent":
      return target.decision.intent;
    case "Settled":
      return target.decision.openIntent;
  }
}

function toIntent(upgrade: Upgrade, target: Target, sent: SentIntent): Intent {
  const { notAfterSeconds, acceptRisks } = upgrade.settings;
  return {
    id: sent.id,
    namespace: target.namespace,
    name: target.name,
    mode: sent.hold === undefined ? "Apply" : "Hold",
    service: upgrade.service,
    version: upgrade.version,
    planHash: sent.planHash,
    ...(notAfterSeconds === undefined ? {} : { notAfterUnixMs: sent.sentAtMs + notAfterSeconds * 1000 }),
    rollout: upgrade.id,
    ...(upgrade.reason === undefined ? {} : { reason: upgrade.reason }),
    acceptRisks: [...acceptRisks],
  };
}
