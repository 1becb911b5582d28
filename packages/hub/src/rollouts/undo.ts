import semver from "semver";
import type { FleetReader, InstanceView } from "../fleet/mod.ts";
import { observe } from "./assess.ts";
import { isOpen, UNDECIDED, type Rollout, type Target } from "./model.ts";
import { phaseOf } from "./phase.ts";
import type { RolloutAction, RolloutSpec } from "./spec.ts";

/** What it takes to bring a rollout's targets back; undefined for actions whose state before is known to the clusters alone. */
const WAY_BACK: Readonly<Record<RolloutAction, "upgrade" | "downgrade" | "remove" | undefined>> = {
  install: "remove",
  upgrade: "downgrade",
  downgrade: "upgrade",
  configure: undefined,
  remove: undefined,
};

function canBeUndone(action: RolloutAction): boolean {
  return WAY_BACK[action] !== undefined;
}

/** The longest name of a rollout. */
const MAX_NAME_LENGTH = 63;

/** Name of the rollout that brings another one's targets back: the first that nobody has. Long names are cut, and may meet. */
export function undoName(name: string, isFree: (candidate: string) => boolean): string {
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? "-undo" : `-undo-${number}`;
    const candidate = `${name.slice(0, MAX_NAME_LENGTH - suffix.length)}${suffix}`;
    if (isFree(candidate)) {
      return candidate;
    }
  }
}

/** Why a rollout cannot be undone. */
export interface UndoProblem {
  readonly code: "WrongPhase" | "RolloutExists" | "NotUndoable";
  readonly message: string;
}

/**
 * @param existing the newest rollout that brings it back
 * @param named the rollout that has the name of the one to be made
 */
export function whyNotUndone(undone: Rollout, existing: Rollout | undefined, named: Rollout | undefined): UndoProblem | undefined {
  const { name, spec } = undone;
  if (isOpen(undone)) {
    return { code: "WrongPhase", message: `the rollout ${name} is ${phaseOf(undone)}: undo is possible when it has ended; abort it first` };
  }
  if (undone.targets.some(({ decision }) => decision.type === "Sent")) {
    return { code: "WrongPhase", message: `the rollout ${name} brings up clusters that were offline: abort it first` };
  }
  if (!canBeUndone(spec.action)) {
    return { code: "NotUndoable", message: `${spec.action} cannot be undone: what was there before is known to the clusters alone` };
  }
  if (existing !== undefined && isOpen(existing) && existing.started !== undefined) {
    return { code: "RolloutExists", message: `the rollout ${existing.name} brings its targets back already` };
  }
  if (named !== undefined && named.undoes?.uid !== undone.uid) {
    return { code: "RolloutExists", message: `somebody has just made a rollout ${named.name}: ask again` };
  }
  return undefined;
}

/** The rollout that brings another one's targets back; undefined: every target is what it was before. */
export function undoRollout(
  undone: Rollout,
  fleet: FleetReader,
  { name, uid, nowMs, by, reason }: { name: string; uid: string; nowMs: number; by: string; reason: string | undefined },
): Rollout | undefined {
  const targets = undoTargets(undone, fleet);
  return targets.length === 0
    ? undefined
    : {
        name,
        uid,
        spec: undoSpec(undone.spec, targets),
        ...(reason === undefined ? {} : { reason }),
        createdAtMs: nowMs,
        createdBy: by,
        undoes: { name: undone.name, uid: undone.uid },
        waves: undone.spec.waves.map(() => ({})),
        targets,
      };
}

/** Targets that are not any more what they were before the rollout, with their waves in reverse. */
export function undoTargets(rollout: Rollout, fleet: FleetReader): Target[] {
  const last = rollout.spec.waves.length - 1;
  return rollout.targets.flatMap((target): Target[] => {
    const { instance, replaced } = observe(target, fleet);
    const { decision, from } = target;
    const refused = decision.type === "Settled" && decision.result === "Refused" && target.attempts === 1;
    const touched = target.attempts > 0 && !refused;
    if (!touched || replaced || instance === undefined || isAsBefore(rollout, target, instance)) {
      return [];
    }
    const { version } = instance.status;
    const { cluster, namespace, name, incarnation } = target;
    return [
      {
        cluster,
        namespace,
        name,
        incarnation,
        wave: last - target.wave,
        ...(version === undefined ? {} : { from: version }),
        ...(from === undefined ? {} : { to: from }),
        attempts: 0,
        decision: UNDECIDED,
      },
    ];
  });
}

/** What an installation has not made, or somebody has moved since, is not its own to take away. */
function isAsBefore({ uid, spec }: Rollout, { from }: Target, { status: { version, targetVersion, intentId } }: InstanceView): boolean {
  if (spec.action === "install") {
    return intentId?.startsWith(`${uid}.`) !== true;
  }
  // One that has failed asks for the new version still.
  return version === from && (targetVersion ?? from) === from;
}

/** The document of the way back: as many at a time as on the way there, without asking anybody again. */
function undoSpec(spec: RolloutSpec, targets: readonly Target[]): RolloutSpec {
  const { version: _version, versionRange: _range, instance: _instance, ...rest } = spec;
  const action = WAY_BACK[spec.action] ?? "remove";
  const goesUp = targets.some(({ from, to }) => from !== undefined && to !== undefined && semver.gt(to, from));
  return {
    ...rest,
    action: action === "downgrade" && goesUp ? "upgrade" : action,
    waves: spec.waves.toReversed().map(({ verify: _verify, approval: _approval, ...wave }) => ({ ...wave, soakSeconds: 0 })),
    onFailure: "Continue",
    unreachable: "Skip",
    offline: spec.offline === "Skip" ? "Skip" : "Defer",
    targets: [],
  };
}
