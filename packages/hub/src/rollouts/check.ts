import semver from "semver";
import { canonicalJson, sha256Hex } from "@portolan/shared/json";
import type { CheckResult, IntentState, Reason } from "@portolan/shared/wire";
import { instanceKey, type FleetReader } from "../fleet/mod.ts";
import { CLUSTER_REPLACED, INSTANCE_GONE, isOnline, observe, type Observation } from "./assess.ts";
import type { Rollout, Target, TargetCheck } from "./model.ts";
import type { RolloutSpec } from "./spec.ts";
import { planFor } from "./target-plan.ts";

/**
 * The check before a rollout starts: every agent plans, renders and pre-flights by itself, in mode Check, and changes nothing. What all
 * of them said has one hash, and only who knows it can start the rollout.
 */

export interface CheckContext {
  readonly fleet: FleetReader;
  readonly nowMs: number;
  /** How long a target will take along some steps (ms); undefined: nothing like it was seen. */
  readonly estimate: (spec: RolloutSpec, target: Target, steps: readonly string[]) => number | undefined;
}

type Estimate = (target: Target, steps: readonly string[]) => number | undefined;

/** An agent that has not answered by then is listed as unchecked. */
const CHECK_DEADLINE_MS = 60_000;

const OFFLINE: Reason = { code: "Offline", message: "the cluster is offline; its plan is asked for when its turn comes" };
const NO_ANSWER: Reason = { code: "NoAnswer", message: `the agent did not answer in ${CHECK_DEADLINE_MS / 1000} s` };

/** Asks every target, or says at once what is known already. */
export function beginCheck(rollout: Rollout, fleet: FleetReader, nowMs: number): Rollout {
  const number = (rollout.check?.number ?? 0) + 1;
  const { check: _before, ...rest } = rollout;
  return {
    ...rest,
    check: { number, askedAtMs: nowMs },
    targets: rollout.targets.map((target, index) => ({
      ...target,
      check: knownBefore(target, observe(target, fleet), rollout.spec) ?? { type: "Asked", intentId: `${rollout.uid}.${index}.c${number}` },
    })),
  };
}

function knownBefore(target: Target, seen: Observation, { action, versionRange }: RolloutSpec): TargetCheck | undefined {
  if (seen.replaced) {
    return { type: "Refused", reasons: [CLUSTER_REPLACED] };
  }
  if (!isOnline(seen)) {
    return { type: "Unchecked", reason: OFFLINE };
  }
  if (action === "remove") {
    return seen.gone ? { type: "There" } : undefined;
  }
  if (action === "install") {
    return undefined;
  }
  if (seen.gone) {
    return { type: "Refused", reasons: [INSTANCE_GONE] };
  }
  if (action === "configure") {
    return undefined;
  }
  if (target.to === undefined) {
    const message = `the instance can reach no version within ${versionRange ?? ""}`;
    return { type: "Refused", reasons: [{ code: "NothingInRange", message }] };
  }
  return wrongDirection(target, action) ?? (seen.instance === undefined ? undefined : known(seen.instance, target.to));
}

function known(instance: NonNullable<Observation["instance"]>, version: string): TargetCheck | undefined {
  const found = planFor(instance, version);
  switch (found.type) {
    case "There":
      return instance.status.ready
        ? { type: "There" }
        : {
            type: "Refused",
            reasons: [
              {
                code: "NotReady",
                message: `it is at the version already, but not ready: ${instance.status.message ?? "no reason was reported"}`,
              },
            ],
          };
    case "Unreachable":
      return { type: "Refused", reasons: found.reasons };
    case "Installed":
    case "Reachable":
    case "Unknown":
      return undefined;
  }
}

/** An upgrade must not go down, nor a downgrade up. */
export function wrongDirection(
  { from, to }: Pick<Target, "from" | "to">,
  action: "upgrade" | "downgrade",
): Extract<TargetCheck, { type: "Refused" }> | undefined {
  if (from === undefined || to === undefined || semver.valid(from) === null || semver.valid(to) === null) {
    return undefined;
  }
  const order = semver.compare(to, from);
  if (order === 0 || order > 0 === (action === "upgrade")) {
    return undefined;
  }
  const message = `${to} is ${order > 0 ? "later" : "earlier"} than ${from}: that is no ${action}`;
  return { type: "Refused", reasons: [{ code: "WrongDirection", message }] };
}

/** Takes in what agents have answered; undefined: nothing new. `wakeAtMs`: when those that are silent are given up. */
export function followCheck(
  rollout: Rollout,
  { fleet, nowMs, estimate }: CheckContext,
): { readonly targets: ReadonlyMap<number, Target>; readonly wakeAtMs?: number } {
  const targets = new Map<number, Target>();
  const deadlineMs = (rollout.check?.askedAtMs ?? 0) + CHECK_DEADLINE_MS;
  let silent = false;
  for (const [index, target] of rollout.targets.entries()) {
    if (target.check?.type === "Asked") {
      const check = answer(target, target.check.intentId, observe(target, fleet), nowMs >= deadlineMs, (of, steps) =>
        estimate(rollout.spec, of, steps),
      );
      silent ||= check === undefined;
      if (check !== undefined) {
        targets.set(index, { ...target, check });
      }
    }
  }
  return { targets, ...(silent ? { wakeAtMs: deadlineMs } : {}) };
}

function answer(target: Target, intentId: string, seen: Observation, isLate: boolean, estimate: Estimate): TargetCheck | undefined {
  const state = seen.cluster?.intents.get(intentId)?.state;
  switch (state?.phase) {
    case "Checked":
      return state.planHash === undefined ? undefined : checked(target, state, state.planHash, seen, estimate);
    case "Done":
      return { type: "There" };
    case "Refused":
    case "Failed":
      return {
        type: "Refused",
        reasons: state.reason === undefined ? [] : [state.reason],
        ...(state.planHash === undefined ? {} : { planHash: state.planHash }),
      };
    default:
      return isOnline(seen)
        ? isLate
          ? { type: "Unchecked", reason: state?.reason ?? NO_ANSWER }
          : undefined
        : { type: "Unchecked", reason: OFFLINE };
  }
}

function checked(target: Target, state: IntentState, planHash: string, seen: Observation, estimate: Estimate): TargetCheck {
  const said = state.check ?? fromAvailability(target, seen);
  const estimatedMs = estimate(target, said.steps);
  const { steps, disruptive, irreversible, risks, changes } = said;
  return {
    type: "Checked",
    planHash,
    steps,
    disruptive,
    irreversible,
    risks,
    ...(changes === undefined ? {} : { changes }),
    ...(estimatedMs === undefined ? {} : { estimatedMs }),
  };
}

/** What an agent that does not tell more has said before. */
function fromAvailability({ to }: Target, { instance }: Observation): CheckResult {
  const found = instance === undefined || to === undefined ? undefined : planFor(instance, to);
  const plan = found?.type === "Reachable" ? found.plan : undefined;
  return {
    steps: plan?.steps.map((step) => step.to) ?? [],
    disruptive: plan?.steps.some((step) => step.disruptive) ?? false,
    irreversible: plan?.steps.some((step) => step.irreversible) ?? false,
    risks: plan?.risks.map(({ id }) => id) ?? [],
  };
}

/** Whether every target has been asked and has answered, or was given up. */
export function isCheckComplete({ targets }: Pick<Rollout, "targets">): boolean {
  return targets.every(({ check }) => check !== undefined && check.type !== "Asked");
}

/** Stands for the document and for all that the agents said about it: lower-case hex SHA-256. */
export function checkHash({ spec, targets }: Pick<Rollout, "spec" | "targets">): string {
  const answers = targets.map((target) => [instanceKey(target), target.wave, target.to ?? null, summary(target.check)]);
  return sha256Hex(canonicalJson({ spec, answers }));
}

function summary(check: TargetCheck | undefined): string {
  switch (check?.type) {
    case "Checked":
      return check.planHash;
    case "Refused":
      return `Refused ${check.reasons.map(({ code }) => code).join(" ")}`;
    default:
      return check?.type ?? "";
  }
}

/** Targets that keep the rollout from starting, unless it may leave them out. */
export function refusedTargets({
  targets,
}: Pick<Rollout, "targets">): readonly { readonly target: Target; readonly reasons: readonly Reason[] }[] {
  return targets.flatMap((target) => (target.check?.type === "Refused" ? [{ target, reasons: target.check.reasons }] : []));
}
