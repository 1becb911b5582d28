import type { Rollout } from "./model.ts";

/** Which targets of a rollout are in which cluster. An index never changes; targets are only added. */
export class ClusterIndex {
  readonly #byCluster = new Map<string, number[]>();
  #length = 0;

  /** Takes in the targets that were added since. */
  extend({ targets }: Rollout): this {
    for (; this.#length < targets.length; this.#length += 1) {
      const cluster = targets[this.#length]?.cluster;
      if (cluster !== undefined) {
        const indexes = this.#byCluster.get(cluster) ?? [];
        indexes.push(this.#length);
        this.#byCluster.set(cluster, indexes);
      }
    }
    return this;
  }

  in(cluster: string): readonly number[] {
    return this.#byCluster.get(cluster) ?? [];
  }

  clusters(): IterableIterator<string> {
    return this.#byCluster.keys();
  }
}
