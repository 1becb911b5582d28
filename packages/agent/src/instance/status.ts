/** The next status of an instance, from what is known about it. Pure. */
import type { Installer } from "@portolan/shared/catalog";
import {
  annotations,
  nextConditions,
  type ConditionState,
  type HistoryEntry,
  type InstancePhase,
  type Operation,
  type ServiceInstance,
  type ServiceInstanceStatus,
} from "../resources/mod.ts";
import { versionOwner } from "../intents/mod.ts";
import type { InstanceAvailability } from "./availability.ts";
import { retryToken } from "./failure.ts";
import { isGivenUp, type Failing } from "./failure-book.ts";
import type { Refusal } from "./state.ts";
import { windowsProblem } from "./window-hold.ts";

/** How an instance is doing, in the words of its conditions. */
export interface Situation {
  readonly phase: InstancePhase;
  readonly ready: Refusal & { readonly status: "True" | "False" | "Unknown" };
  /** It moves: an operation runs, or objects are not ready yet. */
  readonly reconciling: boolean;
  /** It does not move and will not by itself. */
  readonly stalled: boolean;
  /** What another hand has changed; absent when it was not looked at this time, `ignored` when nobody wants to know. */
  readonly drifted?: DriftSituation | "ignored";
  /** The agent belongs to a fleet, whose hub may change versions. */
  readonly inFleet?: boolean;
  /** Secrets that are missing. */
  readonly missingSecrets: readonly string[];
}

/** One line an object. */
export interface DriftSituation {
  readonly changed: readonly string[];
  /** Somebody undoes it whenever it is put back. */
  readonly contested: readonly string[];
}

/**
 * Git and the fleet both want to say which version runs: level-based, so that a person sees it before a wish of the hub is refused, and
 * as long as it would be.
 */
function fleetCondition({ metadata, spec }: ServiceInstance, inFleet = false): readonly ConditionState[] {
  const owner = versionOwner(metadata.managedFields);
  if (!inFleet || spec.fleet === "Ignore" || owner.kind !== "controller") return [];
  const message = `spec.version belongs to ${owner.manager}, so the hub leaves it alone; spec.fleet: Ignore says that it shall`;
  return [{ type: "FleetBlocked", status: "True", reason: "OwnedByOther", message }];
}

/** Changes of the status besides what follows from the situation. A field of undefined is removed. */
export type StatusChanges = { readonly [field in keyof ServiceInstanceStatus]?: ServiceInstanceStatus[field] | undefined };

/** The spec was looked at as it is: what failed before is over, and a wish for another try is fulfilled. */
export function nothingPending(instance: ServiceInstance): StatusChanges {
  return { failure: undefined, lastHandledRetry: retryToken(instance) };
}

const waitsForPerson = `nothing is tried again until the spec changes or the annotation ${annotations.retry} is set`;
const waitsForChange = `it is tried again when the spec, a secret, or the annotation ${annotations.retry} changes`;
const longestHistory = 10;
const mostNamedDrifts = 5;

export function nextStatus(
  instance: ServiceInstance,
  situation: Situation,
  availability: InstanceAvailability | undefined,
  changes: StatusChanges,
  now: string,
): ServiceInstanceStatus {
  const previous = instance.status ?? {};
  const generation = instance.metadata.generation ?? 0;
  const merged = {
    ...previous,
    ...availability?.status,
    ...changes,
    observedGeneration: generation,
    phase: situation.phase,
    phaseChangedAt: previous.phase === situation.phase ? previous.phaseChangedAt : now,
    targetVersion: instance.spec.version,
    conditions: nextConditions(previous.conditions ?? [], conditionStates(instance, situation), generation, now),
  };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined)) as ServiceInstanceStatus;
}

function conditionStates(instance: ServiceInstance, situation: Situation): readonly ConditionState[] {
  const { ready, reconciling, stalled, missingSecrets } = situation;
  const { code: reason, message } = ready;
  // What is wrong with the windows is said at once, not only when there is something to wait for.
  const invalid = reason === "ConfigInvalid" ? ready : windowsProblem(instance);
  return [
    { type: "Ready", status: ready.status, reason, message },
    { type: "Reconciling", status: reconciling ? "True" : "False", reason, message },
    {
      type: "Stalled",
      status: stalled ? "True" : "False",
      reason,
      message: situation.phase === "Failed" ? `${waitsForPerson}: ${message}` : message,
    },
    invalid === undefined
      ? { type: "ConfigValid", status: "True", reason: "Valid", message: "" }
      : { type: "ConfigValid", status: "False", reason: invalid.code, message: invalid.message },
    missingSecrets.length === 0
      ? { type: "SecretsAvailable", status: "True", reason: "Available", message: "" }
      : { type: "SecretsAvailable", status: "False", reason: "SecretsMissing", message: missingSecrets.join("; ") },
    ...driftCondition(instance.status ?? {}, situation.drifted),
    ...fleetCondition(instance, situation.inFleet),
  ];
}

function driftCondition(previous: ServiceInstanceStatus, drifted: Situation["drifted"]): readonly ConditionState[] {
  if (drifted === undefined) {
    const before = previous.conditions?.find((condition) => condition.type === "Drifted");
    return before === undefined ? [] : [{ type: "Drifted", status: before.status, reason: before.reason, message: before.message }];
  }
  if (drifted === "ignored") return [{ type: "Drifted", status: "Unknown", reason: "Ignored", message: "spec.driftPolicy is Ignore" }];
  const { changed, contested } = drifted;
  if (contested.length > 0) {
    const message = `changed again whenever it was put back: ${namedDrifts([...contested, ...changed])}`;
    return [{ type: "Drifted", status: "True", reason: "DriftContested", message }];
  }
  if (changed.length === 0) return [{ type: "Drifted", status: "False", reason: "AsApplied", message: "" }];
  return [{ type: "Drifted", status: "True", reason: "Changed", message: namedDrifts(changed) }];
}

function namedDrifts(lines: readonly string[]): string {
  const more = lines.length > mostNamedDrifts ? `; and ${lines.length - mostNamedDrifts} more` : "";
  return `${lines.slice(0, mostNamedDrifts).join("; ")}${more}`;
}

const phases: { readonly [kind in Operation["kind"]]: InstancePhase } = {
  Install: "Installing",
  Upgrade: "Upgrading",
  Downgrade: "Downgrading",
  Configure: "Configuring",
  Rollback: "Downgrading",
};

/** An instance whose operation runs. */
export function operationSituation(operation: Operation, missingSecrets: readonly string[]): Situation {
  return {
    phase: phases[operation.kind],
    ready: { status: "False", code: "Progressing", message: describeOperation(operation) },
    reconciling: true,
    stalled: false,
    missingSecrets,
  };
}

/** `Upgrade to 1.3.0: step 2 of 3 (1.1.0 → 1.2.0), before/backup: Job db/x is running`. */
export function describeOperation({ kind, plan, cursor, message }: Operation): string {
  const step = plan[Math.min(cursor.step, plan.length - 1)];
  const hop = step === undefined ? "" : ` (${step.from === undefined ? step.to : `${step.from} → ${step.to}`})`;
  const steps = isOfOneVersion(kind) ? "" : `: step ${Math.min(cursor.step + 1, plan.length)} of ${plan.length}${hop}`;
  const action = cursor.action === undefined ? "" : `, ${cursor.action}`;
  return `${titleOf({ kind, plan })}${steps}${action}${message === undefined ? "" : `: ${message}`}`;
}

/** No version is left. */
function isOfOneVersion(kind: Operation["kind"]): boolean {
  return kind === "Install" || kind === "Configure";
}

function titleOf({ kind, plan }: Pick<Operation, "kind" | "plan">): string {
  return `${kind}${isOfOneVersion(kind) ? "" : " to"} ${plan.at(-1)?.to ?? ""}`;
}

/** `Upgrade from 1.0.0 to 2.0.0 in 2 steps (1.1.0 → 2.0.0), asked for by kubectl-edit`. */
export function describeStart({ kind, plan, by }: Operation): string {
  const what = isOfOneVersion(kind) ? titleOf({ kind, plan }) : `${kind} from ${plan[0]?.from ?? ""} to ${plan.at(-1)?.to ?? ""}`;
  const steps = plan.length === 1 ? "" : ` in ${plan.length} steps (${plan.map((step) => step.to).join(" → ")})`;
  return `${what}${steps}${by === undefined ? "" : `, asked for by ${by}`}`;
}

/** `Upgrade to 2.0.0 failed in step 1 of 2 (1.0.0 → 1.1.0): before/backup: Job db/x failed: …`. */
export function describeFailure({ kind, plan, cursor }: Operation, message: string): string {
  const step = plan[cursor.step];
  const where =
    plan.length === 1 || step === undefined ? "" : ` in step ${cursor.step + 1} of ${plan.length} (${step.from ?? ""} → ${step.to})`;
  return `${titleOf({ kind, plan })} failed${where}: ${message}`;
}

/** Nothing moves, for a reason. What is installed may be fine all the same. */
export function restSituation(phase: InstancePhase, reason: Refusal, stalled: boolean, missingSecrets: readonly string[]): Situation {
  return { phase, ready: { status: "False", ...reason }, reconciling: false, stalled, missingSecrets };
}

/** Installed, nothing moves: ready when all its objects are. */
export function installedSituation(
  installer: Installer,
  observed: { readonly notReady: readonly string[]; readonly failed: readonly string[] },
  drifted: DriftSituation | "ignored",
  missingSecrets: readonly string[],
): Situation {
  const problems = [...observed.failed, ...observed.notReady];
  const retraction = installer.retracted === undefined ? "" : `; this version was retracted: ${installer.retracted.reason}`;
  return {
    phase: "Ready",
    ready:
      problems.length === 0
        ? { status: "True", code: "Installed", message: `${installer.version} is installed${retraction}` }
        : { status: "False", code: "ObjectsNotReady", message: problems.join("; ") },
    reconciling: problems.length > 0,
    stalled: false,
    drifted,
    missingSecrets,
  };
}

/** What is installed shall be deployed again, which has failed so far: it is not as it should be, whatever its objects say. */
export function failingSituation(installed: Situation, failing: Failing): Situation {
  const { count, problem } = failing;
  const stalled = isGivenUp(failing);
  const next = stalled ? `; ${waitsForChange}` : "";
  const message = `${problem.message}; it was tried ${count === 1 ? "once" : `${count} times`}${next}`;
  return { ...installed, ready: { status: "False", code: problem.code, message }, reconciling: !stalled, stalled };
}

/** What is installed is looked after, but it is not what the spec asks for. */
export interface Pending {
  readonly phase: InstancePhase;
  readonly reason: Refusal;
  /** It will not go on by itself. */
  readonly stalled: boolean;
}

/** How an instance is doing that waits, or has stopped: what is wrong with what is installed comes first, unless nothing moves any more. */
export function pendingSituation(installed: Situation, { phase, reason, stalled }: Pending): Situation {
  const shown = stalled || installed.ready.status === "True" ? { status: "False" as const, ...reason } : installed.ready;
  return { ...installed, phase, ready: shown, reconciling: !stalled, stalled };
}

/** The history with one more entry, the newest first. */
export function withHistory(history: readonly HistoryEntry[] | undefined, entry: HistoryEntry): readonly HistoryEntry[] {
  return [entry, ...(history ?? [])].slice(0, longestHistory);
}
