import type { Rollout, Target } from "./model.ts";
import type { RolloutSpec } from "./spec.ts";

/** Of each way so many are remembered. */
const KEPT = 100;

/**
 * How long targets took from being sent to their success, in rollouts that are known: what a person is told before the next one starts.
 * Waiting for a maintenance window counts, because it is a part of how long it took.
 */
export class PastDurations {
  readonly #ms = new Map<string, number[]>();
  readonly #learned = new Set<string>();

  /** Takes in a rollout that has ended, once. */
  learn({ uid, spec, targets, finished }: Rollout): void {
    if (finished === undefined || this.#learned.has(uid)) {
      return;
    }
    this.#learned.add(uid);
    for (const target of targets) {
      const { decision } = target;
      if (decision.type === "Settled" && decision.result === "Succeeded" && decision.sentAtMs !== undefined) {
        const way = wayOf(spec, target);
        const known = this.#ms.get(way) ?? [];
        known.push(decision.atMs - decision.sentAtMs);
        this.#ms.set(way, known.slice(-KEPT));
      }
    }
  }

  /**
   * The median of the same way elsewhere, or the sum of the medians of its steps.
   *
   * @param steps versions after each
   * @returns ms; undefined when nothing like it was seen
   */
  estimate(
    spec: Pick<RolloutSpec, "action" | "service">,
    target: Pick<Target, "from" | "to">,
    steps: readonly string[],
  ): number | undefined {
    const whole = this.#median(wayOf(spec, target));
    if (whole !== undefined || steps.length < 2) {
      return whole;
    }
    let from = target.from;
    let sum = 0;
    for (const to of steps) {
      const ms = this.#median(wayOf(spec, { ...(from === undefined ? {} : { from }), to }));
      if (ms === undefined) {
        return undefined;
      }
      sum += ms;
      from = to;
    }
    return sum;
  }

  #median(way: string): number | undefined {
    const sorted = this.#ms.get(way)?.toSorted((a, b) => a - b);
    return sorted?.[Math.floor(sorted.length / 2)];
  }
}

function wayOf({ action, service }: Pick<RolloutSpec, "action" | "service">, { from = "", to = "" }: Pick<Target, "from" | "to">): string {
  return `${action} ${service} ${from} ${to}`;
}
