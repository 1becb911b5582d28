import semver from "semver";
import type { FleetReader, InstanceView } from "../fleet/mod.ts";
import { observe } from "./assess.ts";
import { UNDECIDED, type Rollout, type Target } from "./model.ts";
import type { RolloutAction, RolloutSpec } from "./spec.ts";

/** What it takes to bring a rollout's targets back; undefined for actions whose state before is known to the clusters alone. */
const WAY_BACK: Readonly<Record<RolloutAction, "upgrade" | "downgrade" | "remove" | undefined>> = {
  install: "remove",
  upgrade: "downgrade",
  downgrade: "upgrade",
  configure: undefined,
  remove: undefined,
};

export function canBeUndone(action: RolloutAction): boolean {
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
export function undoSpec(spec: RolloutSpec, targets: readonly Target[]): RolloutSpec {
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
