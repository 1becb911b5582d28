import type { KeyValueWrite } from "@portolan/shared/bus";
import type { Records } from "../records/mod.ts";
import { encodeDeletion, type Deletion } from "./deletion.ts";
import type { Rollout } from "./model.ts";
import {
  allTargetsKeys,
  decodeRollout,
  encodeHead,
  encodeTargets,
  headKey,
  nameOfKey,
  targetsKey,
  uidOfHead,
  uidOfKey,
} from "./stored-rollout.ts";

export type RolloutRecords = Pick<Records, "get" | "keys" | "append">;

/** What of a rollout is to be written. */
export interface RolloutChange {
  /** Indexes. */
  readonly targets: Iterable<number>;
  readonly head: boolean;
  /** Had the name before, and goes. */
  readonly replaced?: Rollout;
}

/**
 * Keeps rollouts as records. All rollouts share one bucket, and a write is accepted only when it was decided from everything that is in
 * it: who was stopped for a while, or was replaced, changes nothing.
 */
export class RolloutStore {
  readonly #records: RolloutRecords;

  constructor(records: RolloutRecords) {
    this.#records = records;
  }

  /** Undefined when there is none, or not yet all of it. @throws StoredRolloutError */
  read(name: string): Rollout | undefined {
    return decodeRollout(name, (key) => this.#records.get(key));
  }

  has(name: string): boolean {
    return this.#records.get(headKey(name)) !== undefined;
  }

  /** Its targets first: with its head it is a rollout, and what had the name before is none any more. @throws RecordConflict, BusError */
  async write(rollout: Rollout, { targets, head, replaced }: RolloutChange): Promise<void> {
    const records = new Map<string, KeyValueWrite>();
    for (const index of targets) {
      const key = targetsKey(rollout, index);
      if (!records.has(key)) {
        records.set(key, { key, value: encodeTargets(rollout, index) });
      }
    }
    if (head) {
      records.set(headKey(rollout.name), { key: headKey(rollout.name), value: encodeHead(rollout) });
    }
    const gone = replaced === undefined ? [] : allTargetsKeys(replaced, replaced.targets.length);
    await this.#records.append([...records.values(), ...gone.map((key) => ({ key }))]);
  }

  /**
   * Deletes targets that are of no rollout, because its making, its replacement or its deletion was cut off. Another hub that is just making
   * one makes it anew.
   *
   * @throws RecordConflict, BusError
   */
  async sweep(): Promise<void> {
    const left = this.#records.keys().filter((key) => {
      const uid = uidOfKey(key);
      const head = this.#records.get(headKey(nameOfKey(key)));
      return uid !== undefined && (head === undefined || (uidOfHead(head) ?? uid) !== uid);
    });
    if (left.length > 0) {
      await this.#records.append(left.map((key) => ({ key })));
    }
  }

  /** The head first: what is left of a deletion that was cut off is not a rollout. @throws RecordConflict, BusError */
  async delete(rollout: Rollout, said?: Deletion): Promise<void> {
    const head = { key: headKey(rollout.name), ...(said === undefined ? {} : { note: encodeDeletion(said) }) };
    await this.#records.append([head, ...allTargetsKeys(rollout, rollout.targets.length).map((key) => ({ key }))]);
  }
}
