/**
 * What a release is, compared with what is wished: the one decision behind everything that this deployer does. Pure; a loop takes one
 * action and looks again. The words are those of Flux's helm-controller.
 */
import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "@portolan/shared/catalog";
import type { ObjectRef } from "../../kube/mod.ts";
import { chartLabel, isCarriedOver, nothingIgnored, type Release, type Revision } from "./release.ts";

type ReleaseState =
  | DeployedState
  /** Deployed as wished, but objects in the cluster were changed or deleted. */
  | { readonly state: "Drifted"; readonly revision: Revision; readonly release: Release; readonly objects: readonly ObjectRef[] };

/** The same, when nobody has looked at the objects. */
export type DeployedState =
  /** No release of that name, or one that was uninstalled. */
  | { readonly state: "Absent" }
  /** Somebody else's: another instance's, or made by people with helm. `matches`: chart and version are those that are wished. */
  | { readonly state: "Unmanaged"; readonly revision: Revision; readonly owner: string | undefined; readonly matches: boolean }
  /** A helm works on it, or did so until it was ended in the middle. */
  | { readonly state: "Locked"; readonly revision: Revision }
  /** The last revision did not come to its end. `isFirst`: it was the installation of what is still wished, and nothing ran before it. */
  | { readonly state: "Failed"; readonly revision: Revision; readonly isFirst: boolean }
  /** Deployed, with another chart or other values. */
  | { readonly state: "OutOfSync"; readonly revision: Revision; readonly differs: readonly Difference[] }
  | { readonly state: "InSync"; readonly revision: Revision; readonly release: Release };

/** `ignored`: something that the manifest was made without is to be as the chart says again. */
type Difference = "chart" | "values" | "ignored";

/** What shall be deployed. */
export interface Desired {
  /** The id that stands on everything of an instance. */
  readonly instance: string;
  readonly chartName: string;
  readonly chartVersion: string;
  /** `sha256:…`; absent: not known yet, and so not compared. */
  readonly digest: string | undefined;
  readonly values: JsonObject;
  /** As {@link ignoreLabel} writes the rules. */
  readonly ignored: string;
}

/** What is in the cluster. */
export interface Found {
  /** Newest first. */
  readonly history: readonly Revision[];
  /** What the newest revision consists of; absent: it was not read. */
  readonly latest: Release | undefined;
}

/** Objects that are not as the release says. */
interface Drift {
  readonly drifted: readonly ObjectRef[];
}

export function determineState(found: Found & Drift, desired: Desired): ReleaseState;
export function determineState(found: Found, desired: Desired): DeployedState;
export function determineState({ history, latest, drifted = [] }: Found & Partial<Drift>, desired: Desired): ReleaseState {
  const [revision] = history;
  if (revision === undefined || revision.status === "uninstalled") return { state: "Absent" };
  if (isLocked(revision)) return { state: "Locked", revision };
  if (revision.instance !== desired.instance) {
    const matches =
      latest !== undefined && latest.chartName === desired.chartName && sameVersion(latest.chartVersion, desired.chartVersion);
    return { state: "Unmanaged", revision, owner: revision.instance, matches };
  }
  const differs: readonly Difference[] = latest === undefined ? ["chart"] : differences(revision, latest, desired);
  if (revision.status !== "deployed") return { state: "Failed", revision, isFirst: wasNeverDeployed(history) && differs.length === 0 };
  if (latest === undefined || differs.length > 0) return { state: "OutOfSync", revision, differs };
  return drifted.length > 0
    ? { state: "Drifted", revision, release: latest, objects: drifted }
    : { state: "InSync", revision, release: latest };
}

/** Whether all that was tried since there was no such release has failed. */
function wasNeverDeployed(history: readonly Revision[]): boolean {
  const uninstalled = history.findIndex(({ status }) => status === "uninstalled");
  const tries = uninstalled === -1 ? history : history.slice(0, uninstalled);
  return tries.every(({ status }) => status === "failed");
}

/** A helm holds it by its status; `uninstalling` is held by nobody, because helm goes on with it. */
export function isLocked({ status }: Revision): boolean {
  return status === "pending-install" || status === "pending-upgrade" || status === "pending-rollback";
}

/** A release that people work on with helm is theirs for this long: helm's own time-out is 5 minutes for every hook. */
const staleMs = 30 * 60_000;

/**
 * Until when another helm's lock is respected, in ms since the Unix epoch; undefined: it is the instance's own, whose helm is known to
 * be gone.
 */
export function heldUntil(history: readonly Revision[], instance: string): number | undefined {
  const [revision, ...earlier] = history;
  if (revision === undefined || isOwn(revision, earlier, instance)) return undefined;
  return revision.changedAt + staleMs;
}

function isOwn(revision: Revision, earlier: readonly Revision[], instance: string): boolean {
  // The agent goes back by an upgrade to the older chart; and the revision whose labels these are may be pruned by now.
  if (revision.status === "pending-rollback") return false;
  return revision.instance === instance && !isCarriedOver(revision, earlier);
}

/**
 * Compared in memory against what helm keeps: values may hold secrets, so no digest of them is stored anywhere, where it could be
 * tried by brute force.
 */
function differences(revision: Revision, latest: Release, desired: Desired): readonly Difference[] {
  const { digest } = desired;
  const chart =
    latest.chartName === desired.chartName &&
    sameVersion(latest.chartVersion, desired.chartVersion) &&
    (digest === undefined || revision.chart === undefined || revision.chart === chartLabel(digest));
  const values = isDeepStrictEqual(withoutPrototypes(latest.values), withoutPrototypes(desired.values));
  // A rule that is new asks for nothing: what it names is in the manifest, and is left alone from now on.
  const ignored = revision.ignored === undefined || revision.ignored === nothingIgnored || revision.ignored === desired.ignored;
  return [...(chart ? [] : ["chart" as const]), ...(values ? [] : ["values" as const]), ...(ignored ? [] : ["ignored" as const])];
}

/** Charts are published as `v1.2.3` and as `1.2.3`, and asked for by either. */
export function sameVersion(a: string, b: string): boolean {
  return a.replace(/^v/u, "") === b.replace(/^v/u, "");
}

/** As helm keeps it: plain JSON. */
function withoutPrototypes(values: unknown): unknown {
  return JSON.parse(JSON.stringify(values));
}
