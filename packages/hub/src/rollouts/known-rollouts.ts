import { instanceKey, type InstanceKey } from "../fleet/mod.ts";
import { ClusterIndex } from "./cluster-index.ts";
import { hasWish, type RolloutShare } from "./intents-for.ts";
import { isOpen, ownsTargets, type Rollout } from "./model.ts";

/** The rollouts that are known, found by their names and by the clusters in which they have targets. */
export class KnownRollouts {
  readonly #rollouts = new Map<string, Rollout>();
  readonly #indexes = new Map<string, ClusterIndex>();
  /** By cluster, the names of rollouts that have a target there. */
  readonly #byCluster = new Map<string, Set<string>>();
  readonly #active = new Set<string>();

  get(name: string): Rollout | undefined {
    return this.#rollouts.get(name);
  }

  values(): IterableIterator<Rollout> {
    return this.#rollouts.values();
  }

  newestFirst(): Rollout[] {
    return [...this.#rollouts.values()].sort((a, b) => b.createdAtMs - a.createdAtMs || (a.name < b.name ? 1 : -1));
  }

  /** Whether it may still change something, or has something to say to a cluster. */
  isActive(name: string): boolean {
    return this.#active.has(name);
  }

  /** Those with a target in a cluster. */
  in(cluster: string): RolloutShare[] {
    return [...(this.#byCluster.get(cluster) ?? [])].flatMap((name) => {
      const rollout = this.#rollouts.get(name);
      return rollout === undefined ? [] : [{ rollout, indexes: this.#indexes.get(name)?.in(cluster) ?? [] }];
    });
  }

  /** Whether an instance is a target of a rollout. */
  contains(name: string, key: InstanceKey): boolean {
    return this.in(clusterOf(key)).some((share) => share.rollout.name === name && hasTarget(share, key));
  }

  /** Name of the open rollout, other than the one that asks, to which an instance belongs. */
  ownerOf(key: InstanceKey, asking: string): string | undefined {
    return this.in(clusterOf(key)).find(
      (share) =>
        share.rollout.name !== asking && ownsTargets(share.rollout) && share.rollout.undoes?.name !== asking && hasTarget(share, key),
    )?.rollout.name;
  }

  /** The rollout that brings another one's targets back: the newest, where that was tried more than once. */
  undoing({ uid }: Rollout): Rollout | undefined {
    return this.newestFirst().find(({ undoes }) => undoes?.uid === uid);
  }

  set(rollout: Rollout): void {
    const { name, uid } = rollout;
    const before = this.#rollouts.get(name);
    if (before?.uid !== uid) {
      this.delete(name);
    }
    this.#rollouts.set(name, rollout);
    if (isActive(rollout)) {
      this.#active.add(name);
    } else {
      this.#active.delete(name);
    }
    if (before?.uid !== uid || before.targets.length !== rollout.targets.length) {
      this.#extendIndex(rollout);
    }
  }

  delete(name: string): void {
    for (const cluster of this.#indexes.get(name)?.clusters() ?? []) {
      this.#byCluster.get(cluster)?.delete(name);
    }
    this.#indexes.delete(name);
    this.#rollouts.delete(name);
    this.#active.delete(name);
  }

  #extendIndex(rollout: Rollout): void {
    const { name } = rollout;
    const index = (this.#indexes.get(name) ?? new ClusterIndex()).extend(rollout);
    this.#indexes.set(name, index);
    for (const cluster of index.clusters()) {
      const names = this.#byCluster.get(cluster) ?? new Set();
      this.#byCluster.set(cluster, names.add(name));
    }
  }
}

function isActive(rollout: Rollout): boolean {
  return isOpen(rollout) || rollout.targets.some((target) => target.decision.type !== "Settled" || hasWish(rollout, target));
}

function hasTarget({ rollout: { targets }, indexes }: RolloutShare, key: InstanceKey): boolean {
  return indexes.some((index) => {
    const target = targets[index];
    return target !== undefined && instanceKey(target) === key;
  });
}

function clusterOf(key: InstanceKey): string {
  return key.slice(0, key.indexOf("/"));
}
