import { canonicalJson } from "@portolan/shared/json";
import type { Intent, Reason } from "@portolan/shared/wire";
import { ClusterIndex } from "./cluster-index.ts";
import { intentsAtMost, intentsFor, type RolloutShare } from "./intents-for.ts";
import type { Rollout, Target } from "./model.ts";
import type { RolloutSpec } from "./spec.ts";

/**
 * Whether intents have room in their clusters' documents, beside labels, catalogs and what other rollouts say. It is asked before anything
 * is decided: of a document that is too large nothing reaches the agent, not even that it is to stop.
 */
export interface Room {
  /** All rollouts that are known with targets in a cluster. */
  readonly shares: (cluster: string) => readonly RolloutShare[];
  /** Why a cluster's document cannot hold these intents; undefined: it can. */
  readonly tooLarge: (cluster: string, intents: readonly Intent[]) => Reason | undefined;
}

/** Why a rollout cannot be checked or started: not all that it will say has room at once. */
export function noRoomFor(rollout: Rollout, { shares, tooLarge }: Room): Reason | undefined {
  const started: Rollout = { ...rollout, started: rollout.started ?? { atMs: 0, by: rollout.createdBy } };
  const index = new ClusterIndex().extend(rollout);
  return firstReason(index.clusters(), (cluster) => {
    const others = shares(cluster).filter((share) => share.rollout.name !== rollout.name);
    const all = [...others, { rollout: started, indexes: index.in(cluster) }];
    return isSmall(all) ? undefined : tooLarge(cluster, intentsAtMost(all));
  });
}

/**
 * Why what was decided about some targets of a rollout would not reach their agents.
 *
 * @param after the rollout with what was decided; asked for only where it may matter
 */
export function noRoomAfter(changed: Iterable<Target>, after: () => Rollout, { shares, tooLarge }: Room): Reason | undefined {
  const clusters = new Set([...changed].map(({ cluster }) => cluster));
  return firstReason(clusters, (cluster) => {
    const before = shares(cluster);
    if (isSmall(before)) {
      return undefined;
    }
    const rollout = after();
    const all = before.map((share) => (share.rollout.name === rollout.name ? { ...share, rollout } : share));
    return tooLarge(cluster, intentsFor(all));
  });
}

function firstReason(clusters: Iterable<string>, whyNot: (cluster: string) => Reason | undefined): Reason | undefined {
  for (const cluster of clusters) {
    const reason = whyNot(cluster);
    if (reason !== undefined) {
      return reason;
    }
  }
  return undefined;
}

/** Half of what a document may hold. Labels and catalogs, as many as there may be, have room in the other half. */
const SMALL_BYTES = 128 * 1024;
/** Of an intent: names, ids, hashes and times, as long as they may be, without what its rollout's document says. */
const OTHER_BYTES = 1024;

/** Nobody needs to count: it is far from the limit, whatever is sent. */
function isSmall(shares: readonly RolloutShare[]): boolean {
  let bytes = 0;
  for (const { rollout, indexes } of shares) {
    const open = indexes.filter((index) => mayBeTold(rollout.targets[index])).length;
    bytes += open * (specBytes(rollout.spec) + Buffer.byteLength(rollout.reason ?? "") + OTHER_BYTES);
  }
  return bytes <= SMALL_BYTES;
}

/** Its agent has not said the last word about it, or may be sent something yet. */
function mayBeTold(target: Target | undefined): boolean {
  return target?.decision.type !== "Settled" || target.decision.openIntent !== undefined;
}

const measured = new WeakMap<RolloutSpec, number>();

function specBytes(spec: RolloutSpec): number {
  let bytes = measured.get(spec);
  if (bytes === undefined) {
    bytes = Buffer.byteLength(canonicalJson(spec));
    measured.set(spec, bytes);
  }
  return bytes;
}
