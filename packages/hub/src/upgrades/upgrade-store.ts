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

export type UpgradeRecords = Pick<Records, "get" | "revision" | "write" | "delete">;

/**
 * Keeps upgrades as records: what changed is written, the command itself last when it is new. A write is refused when any record that
 * it replaces was changed since the upgrade was read: what was decided then was decided from something older.
 */
export class UpgradeStore {
  readonly #records: UpgradeRecords;
  /** By key, the revision that the upgrade in memory is made of. */
  readonly #basis = new Map<string, number>();

  constructor(records: UpgradeRecords) {
    this.#records = records;
  }

  /** Undefined when there is none, or not yet all of it. @throws StoredUpgradeError */
  read(id: string): Upgrade | undefined {
    const upgrade = decodeUpgrade(id, (key) => this.#records.get(key));
    for (const key of upgrade === undefined ? [] : keysOf(upgrade)) {
      this.#basis.set(key, this.#records.revision(key));
    }
    return upgrade;
  }

  has(id: string): boolean {
    return this.#records.get(commandKey(id)) !== undefined;
  }

  /** @throws RecordConflict, BusError */
  async create(upgrade: Upgrade): Promise<void> {
    const keys = allTargetsKeys(upgrade.id, upgrade.targets.length);
    await Promise.all(keys.map((key, record) => this.#write(key, encodeTargets(upgrade, record * TARGETS_PER_RECORD), 0)));
    await this.#write(commandKey(upgrade.id), encodeCommand(upgrade), 0);
  }

  /**
   * Writes the records of the targets that changed, and the command when it changed.
   *
   * @throws RecordConflict, BusError
   */
  async update(upgrade: Upgrade, changed: { readonly targets: Iterable<number>; readonly command: boolean }): Promise<void> {
    const command = commandKey(upgrade.id);
    const commandBasis = this.#basis.get(command) ?? 0;
    const indexByKey = new Map<string, number>();
    for (const index of changed.targets) {
      indexByKey.set(targetsKey(upgrade.id, index), index);
    }
    await Promise.all(
      indexByKey.entries().map(([key, index]) => this.#write(key, encodeTargets(upgrade, index), this.#basis.get(key) ?? 0)),
    );
    if (changed.command) {
      await this.#write(command, encodeCommand(upgrade), commandBasis);
    }
  }

  /** The command first: what is left of a deletion that was cut off is not an upgrade. */
  async delete(upgrade: Upgrade): Promise<void> {
    for (const key of keysOf(upgrade)) {
      await this.#records.delete(key);
      this.#basis.delete(key);
    }
  }

  async #write(key: string, value: Uint8Array, basis: number): Promise<void> {
    await this.#records.write(key, value, basis);
    this.#basis.set(key, this.#records.revision(key));
  }
}

/** The command's first. */
function keysOf({ id, targets }: Upgrade): string[] {
  return [commandKey(id), ...allTargetsKeys(id, targets.length)];
}
