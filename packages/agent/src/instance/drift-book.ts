/** Remembers what was put back, for all instances. Forgotten with the process: then the first correction is made at once again. */
import { corrected, endOf, isOver, judgeContest, type Corrections, type DriftedObject } from "../drift/mod.ts";
import { describeRef } from "../kube/mod.ts";

export interface DriftPlan {
  /** To be put back now. */
  readonly due: readonly DriftedObject[];
  /** Not before `restMs` have passed. */
  readonly held: readonly DriftedObject[];
  /** ms until something changes without anybody's doing: an object may be put back, or a contest is over. */
  readonly restMs: number | undefined;
}

interface Entry {
  readonly corrections: Corrections;
  /** As it was when it was last found to have drifted. */
  readonly object: DriftedObject;
}

export class DriftBook {
  readonly #byInstance = new Map<string, ReadonlyMap<string, Entry>>();

  plan(instance: string, drifted: readonly DriftedObject[], now: number): DriftPlan {
    const entries = this.#byInstance.get(instance);
    const waitOf = (object: DriftedObject): number => judgeContest(entries?.get(describeRef(object))?.corrections, now).waitMs;
    const times = [
      ...drifted.map(waitOf).filter((ms) => ms > 0),
      ...this.#contests(instance, now).map(({ corrections }) => endOf(corrections) - now),
    ];
    return {
      due: drifted.filter((object) => waitOf(object) === 0),
      held: drifted.filter((object) => waitOf(object) > 0),
      restMs: times.length === 0 ? undefined : Math.min(...times),
    };
  }

  /** Objects of an instance that somebody changes back whenever they are put back, as they were last found. */
  contested(instance: string, now: number): readonly DriftedObject[] {
    return this.#contests(instance, now).map(({ object }) => object);
  }

  /** Some objects were put back. Returns those over which a contest begins with that. */
  corrected(instance: string, objects: readonly DriftedObject[], now: number): readonly DriftedObject[] {
    const before = new Set(this.contested(instance, now).map(describeRef));
    const recent = [...(this.#byInstance.get(instance) ?? [])].filter(([, { corrections }]) => !isOver(corrections, now));
    const entries = new Map(recent);
    for (const object of objects) {
      const key = describeRef(object);
      entries.set(key, { object, corrections: corrected(entries.get(key)?.corrections, now) });
    }
    this.#byInstance.set(instance, entries);
    return this.contested(instance, now).filter((object) => !before.has(describeRef(object)));
  }

  /** The instance is gone. */
  forget(instance: string): void {
    this.#byInstance.delete(instance);
  }

  #contests(instance: string, now: number): readonly Entry[] {
    return [...(this.#byInstance.get(instance)?.values() ?? [])].filter(({ corrections }) => judgeContest(corrections, now).contested);
  }
}
