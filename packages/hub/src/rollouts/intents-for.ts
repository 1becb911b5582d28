import { isJsonObject, toJson, type JsonObject } from "@portolan/shared/json";
import type { InstanceTemplate, Intent, IntentBase, IntentWish } from "@portolan/shared/wire";
import { instanceKey, type InstanceKey } from "../fleet/mod.ts";
import { overrideFor } from "./members.ts";
import { isOpen, type Rollout, type SentIntent, type Target } from "./model.ts";
import type { RolloutSpec } from "./spec.ts";

/** A rollout and the indexes of its targets in one cluster. */
export interface RolloutShare {
  readonly rollout: Rollout;
  readonly indexes: readonly number[];
}

/**
 * The open intents of one cluster, ordered by id: what is asked before a start, and everything that was sent and on which the agent has
 * not said the last word. Where a later rollout has sent an intent for the same instance, it replaces what an earlier one left behind.
 */
export function intentsFor(shares: Iterable<RolloutShare>): Intent[] {
  return newestOf(shares, wishFor);
}

/**
 * The same if every target were sent now that a rollout has started with and that has not come to its end: more will not be open at once,
 * unless clusters or instances join.
 */
export function intentsAtMost(shares: Iterable<RolloutShare>): Intent[] {
  return newestOf(shares, (rollout, target) => wishFor(rollout, goesOn(rollout) ? asSent(target) : target));
}

function goesOn(rollout: Rollout): boolean {
  return isOpen(rollout) && rollout.started !== undefined && rollout.aborted === undefined && rollout.rollingBack === undefined;
}

/** SHA-256 in hex, as agents' hashes of plans are. */
const ANY_HASH = "0".repeat(64);
/** As long as ids of rollouts' intents are. */
const ANY_ID = "ro-000000000000.000000.000";

function asSent(target: Target): Target {
  const { decision } = target;
  switch (decision.type) {
    case "Undecided":
    case "Deferred":
      return { ...target, decision: { type: "Sent", intent: { id: ANY_ID, planHash: ANY_HASH, sentAtMs: 0 } } };
    case "Sent":
      return { ...target, decision: { type: "Sent", intent: { planHash: ANY_HASH, ...decision.intent } } };
    case "Settled":
      return target;
  }
}

function newestOf(
  shares: Iterable<RolloutShare>,
  wishOf: (rollout: Rollout, target: Target) => { readonly atMs: number; readonly intent: Intent } | undefined,
): Intent[] {
  const newest = new Map<InstanceKey, { readonly atMs: number; readonly intent: Intent }>();
  for (const { rollout, indexes } of shares) {
    for (const index of indexes) {
      const target = rollout.targets[index];
      const wish = target === undefined ? undefined : wishOf(rollout, target);
      if (target === undefined || wish === undefined) {
        continue;
      }
      const key = instanceKey(target);
      const other = newest.get(key);
      // A question never replaces a command.
      if (other === undefined || (wish.intent.mode !== "Check" && (other.intent.mode === "Check" || other.atMs <= wish.atMs))) {
        newest.set(key, wish);
      }
    }
  }
  return [...newest.values()].map(({ intent }) => intent).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The intent of a target that still has to be in the document. */
export function openIntent({ decision }: Target): SentIntent | undefined {
  switch (decision.type) {
    case "Undecided":
    case "Deferred":
      return undefined;
    case "Sent":
      return decision.intent;
    case "Settled":
      return decision.openIntent;
  }
}

/** Whether the hub has anything to say to the target's cluster. */
export function hasWish(rollout: Rollout, target: Target): boolean {
  return openIntent(target) !== undefined || isAsked(rollout, target);
}

function isAsked({ check, started, finished }: Rollout, target: Target): boolean {
  return (
    check !== undefined && check.hash === undefined && started === undefined && finished === undefined && target.check?.type === "Asked"
  );
}

function wishFor(rollout: Rollout, target: Target): { readonly atMs: number; readonly intent: Intent } | undefined {
  if (target.check?.type === "Asked" && isAsked(rollout, target)) {
    return { atMs: 0, intent: { id: target.check.intentId, mode: "Check", ...whatOf(rollout, target) } };
  }
  const sent = openIntent(target);
  if (sent === undefined) {
    return undefined;
  }
  const { notAfterSeconds } = rollout.spec;
  return {
    atMs: sent.sentAtMs,
    intent: {
      id: sent.id,
      mode: sent.hold !== undefined ? "Hold" : sent.planHash === undefined ? "Check" : "Apply",
      ...whatOf(rollout, target),
      ...(sent.planHash === undefined ? {} : { planHash: sent.planHash }),
      // The agent holds it against its own clock.
      ...(notAfterSeconds === undefined ? {} : { notAfterUnixMs: sent.sentAtMs + notAfterSeconds * 1000 + (sent.clockSkewMs ?? 0) }),
    },
  };
}

function whatOf({ name, reason, spec }: Rollout, target: Target): Omit<IntentBase, "id" | "mode"> & IntentWish {
  return {
    namespace: target.namespace,
    name: target.name,
    service: spec.service,
    rollout: name,
    ...(reason === undefined ? {} : { reason }),
    acceptRisks: [...new Set([...spec.acceptRisks, ...(overrideFor(spec, target)?.acceptRisks ?? [])])],
    ...wishOf(spec, target),
  };
}

function wishOf({ action, instance, deletionPolicy }: RolloutSpec, { to = "" }: Target): IntentWish {
  switch (action) {
    case "upgrade":
    case "downgrade":
      return { action: "Move", version: to };
    case "install":
      return { action: "Install", version: to, template: templateOf(instance) };
    case "configure":
      return { action: "Configure", template: templateOf(instance) };
    case "remove":
      return { action: "Remove", ...(deletionPolicy === undefined ? {} : { deletionPolicy }) };
  }
}

function templateOf({
  config,
  overrides,
  secretRefs,
  labels,
  targetNamespace,
  serviceAccountName,
}: Partial<NonNullable<RolloutSpec["instance"]>> = {}): InstanceTemplate {
  return {
    ...(config === undefined ? {} : { config: objectOf(config) }),
    ...(overrides === undefined ? {} : { overrides: objectOf(overrides) }),
    ...(secretRefs === undefined ? {} : { secretRefs }),
    ...(labels === undefined ? {} : { labels }),
    ...(targetNamespace === undefined ? {} : { targetNamespace }),
    ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
  };
}

/** It was read from JSON. */
function objectOf(value: { readonly [key: string]: unknown }): JsonObject {
  const json = toJson(value);
  return isJsonObject(json) ? json : {};
}
