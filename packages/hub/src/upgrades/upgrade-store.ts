import type { Records } from "../records/mod.ts";
import type { Upgrade } from "./model.ts";
import {
  allTargetsKeys,
  commandKey,
  decodeUpgrade,
  encodeCommand,
  encodeTargets,
  TARGETS_PER_RECORD,
  targetsKey,
} from "./stored-upgrade.ts";

/** Keeps upgrades as records: what changed is written, the command itself last when it is new. */
export class UpgradeStore {
  readonly #records: Pick<Records, "get" | "write" | "delete">;

  constructor(records: Pick<Records, "get" | "write" | "delete">) {
    this.#records = records;
  }

  /** Undefined when there is none, or not yet all of it. @throws StoredUpgradeError */
  read(id: string): Upgrade | undefined {
    return decodeUpgrade(id, (key) => this.#records.get(key));
  }

  has(id: string): boolean {
    return this.#records.get(commandKey(id)) !== undefined;
  }

  /** @throws RecordConflict, BusError */
  async create(upgrade: Upgrade): Promise<void> {
    const keys = allTargetsKeys(upgrade.id, upgrade.targets.length);
    await Promise.all(keys.map((key, record) => this.#records.write(key, encodeTargets(upgrade, record * TARGETS_PER_RECORD))));
    await this.#records.write(commandKey(upgrade.id), encodeCommand(upgrade));
  }

  /**
   * Writes the records of the targets that changed, and the command when it changed.
   *
   * @throws RecordConflict, BusError
   */
  async update(upgrade: Upgrade, changed: { readonly targets: Iterable<number>; readonly command: boolean }): Promise<void> {
    const indexByKey = new Map<string, number>();
    for (const index of changed.targets) {
      indexByKey.set(targetsKey(upgrade.id, index), index);
    }
    await Promise.all(indexByKey.entries().map(([key, index]) => this.#records.write(key, encodeTargets(upgrade, index))));
    if (changed.command) {
      await this.#records.write(commandKey(upgrade.id), encodeCommand(upgrade));
    }
  }

  /** The command first: what is left of a deletion that was cut off is not an upgrade. */
  async delete(upgrade: Upgrade): Promise<void> {
    await this.#records.delete(commandKey(upgrade.id));
    await Promise.all(allTargetsKeys(upgrade.id, upgrade.targets.length).map((key) => this.#records.delete(key)));
  }
}
