import semver from "semver";
import type { AvailableVersion, Reason } from "@portolan/shared/wire";
import { isAvailabilityCurrent, type InstanceView } from "../fleet/mod.ts";
import { isObserved } from "./assess.ts";

/** What the agent says about going to a version. */
export type TargetPlan =
  | { readonly type: "There" }
  /** It is installed, and the instance asks for another one: what it takes to stay, the agent says when it is asked. */
  | { readonly type: "Installed" }
  | { readonly type: "Reachable"; readonly plan: AvailableVersion }
  | { readonly type: "Unreachable"; readonly reasons: readonly Reason[] }
  /** What the agent says of the instance's present state has not arrived. */
  | { readonly type: "Unknown"; readonly reason: Reason };

const NOT_OBSERVED: Reason = { code: "NotObserved", message: "the agent has not seen the instance's newest change yet" };

/** Finds the agent's own plan for an instance; the hub never makes one. */
export function planFor(instance: InstanceView, version: string): TargetPlan {
  const { status, availability } = instance;
  if (status.version === version && (status.targetVersion ?? version) === version) {
    return isObserved(instance) ? { type: "There" } : { type: "Unknown", reason: NOT_OBSERVED };
  }
  if (status.version === version) {
    return { type: "Installed" };
  }
  if (availability === undefined || !isAvailabilityCurrent(instance)) {
    return {
      type: "Unknown",
      reason: { code: "AvailabilityUnknown", message: "the agent has not said yet which versions are available from here" },
    };
  }
  const { available, unavailable } = availability.document;
  const plan = available.find((entry) => entry.version === version);
  if (plan !== undefined) {
    return { type: "Reachable", plan };
  }
  const entry = unavailable.find((candidate) => candidate.version === version);
  return {
    type: "Unreachable",
    reasons: entry?.reasons ?? [
      {
        code: "UnknownVersion",
        message: `the cluster's catalogs have no version ${version} of ${status.service}, or the agent did not list it`,
      },
    ],
  };
}

/** The newest version within a range that an instance is at or can reach; undefined: none is known. */
export function availableWithin(instance: InstanceView | undefined, range: string): string | undefined {
  if (instance === undefined) {
    return undefined;
  }
  const { availability, status } = instance;
  const offered = (availability?.document.available ?? []).map(({ version }) => version);
  const candidates = [...offered, ...(status.version === undefined ? [] : [status.version])];
  return candidates.filter((version) => semver.satisfies(version, range)).sort(semver.rcompare)[0];
}
