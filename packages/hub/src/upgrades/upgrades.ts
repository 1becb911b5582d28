import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import type { Intent } from "@portolan/shared/wire";
import type { FleetChange, FleetReader } from "../fleet/mod.ts";
import { RecordConflict } from "../records/mod.ts";
import { advance, applyAdvance } from "./advance.ts";
import { Driver } from "./driver.ts";
import { intentsFor, openIntent } from "./intents-for.ts";
import { isOpen, type Upgrade } from "./model.ts";
import { progressOf, type UpgradeProgress } from "./progress.ts";
import type { LabelsOf } from "./select.ts";
import { startUpgrade, type StartProblem, type UpgradeRequest } from "./start.ts";
import { commandKey, idOfKey, StoredUpgradeError } from "./stored-upgrade.ts";
import { UpgradeStore, type UpgradeRecords } from "./upgrade-store.ts";

export interface UpgradesOptions {
  readonly records: UpgradeRecords;
  readonly fleet: FleetReader;
  readonly labelsOf: LabelsOf;
  /** Whether anybody in the fleet says anything about the version. */
  readonly knows: (service: string, version: string) => boolean;
  readonly logger: Logger;
  readonly now: () => number;
  /** The open intents of these clusters may have changed. */
  readonly onDecided: (clusters: ReadonlySet<string>) => void;
  /** Something that an upgrade depends on has changed; undefined: it was deleted. */
  readonly onProgress: (id: string, progress: UpgradeProgress | undefined) => void;
}

/** So many ended upgrades are kept. */
const KEPT = 200;
/** An upgrade larger than this is looked at after a pause, so that a burst of reports costs one look. */
const SMALL_TARGETS = 500;
const LARGE_PAUSE_MS = 20;

/**
 * All upgrades. One is looked at when a message touches it, or when a deadline comes; what `advance` decides is stored first and
 * acted on then, so a crash in between loses nothing but the decision, which is made again.
 */
export class Upgrades {
  readonly #options: UpgradesOptions;
  readonly #store: UpgradeStore;
  readonly #driver: Driver;
  readonly #upgrades = new Map<string, Upgrade>();
  /** By cluster, the ids of upgrades that may still have something to say to it. */
  readonly #active = new Map<string, Set<string>>();
  #driving = false;

  constructor(options: UpgradesOptions) {
    this.#options = options;
    this.#store = new UpgradeStore(options.records);
    this.#driver = new Driver({
      now: options.now,
      onError: (id, error) => options.logger.warn({ rollout: id, err: error }, "could not decide about an upgrade, will try again"),
      step: (id) => this.#step(id),
      pauseMs: (id) => ((this.#upgrades.get(id)?.targets.length ?? 0) > SMALL_TARGETS ? LARGE_PAUSE_MS : 0),
    });
  }

  /** A record was read, or written by somebody else. */
  onRecord(key: string): void {
    const id = idOfKey(key);
    try {
      const upgrade = this.#store.read(id);
      if (upgrade !== undefined) {
        this.#set(upgrade);
        this.#driver.touch(id);
        this.#options.onDecided(clustersOf(upgrade));
      } else if (key === commandKey(id) && !this.#store.has(id)) {
        this.#forget(id);
      }
    } catch (error) {
      if (!(error instanceof StoredUpgradeError)) {
        throw error;
      }
      this.#options.logger.error({ rollout: id, code: error.code }, error.message);
    }
  }

  /** Decides only while the fleet view is complete: what was not read yet must not count as gone. */
  drive(driving: boolean): void {
    this.#driving = driving;
    if (driving) {
      for (const ids of this.#active.values()) {
        this.#touchAll(ids);
      }
    }
  }

  onFleetChange(change: FleetChange): void {
    switch (change.type) {
      case "instance":
        this.#touchAll(this.#active.get(change.ref.cluster));
        break;
      case "heartbeat":
        if (change.before?.inSync !== change.after.inSync) {
          this.#touchAll(this.#active.get(change.cluster));
        }
        break;
      case "cluster":
        this.#touchAll(this.#active.get(change.cluster));
        break;
      case "staleIncarnation":
      case "leftBehind":
        break;
    }
  }

  get(id: string): UpgradeProgress | undefined {
    const upgrade = this.#upgrades.get(id);
    return upgrade === undefined ? undefined : progressOf(upgrade, this.#options.fleet);
  }

  /** Newest first. */
  list(): UpgradeProgress[] {
    return this.#newestFirst().map((upgrade) => progressOf(upgrade, this.#options.fleet));
  }

  intentsFor(cluster: string): Intent[] {
    const ids = [...(this.#active.get(cluster) ?? [])];
    return intentsFor(
      ids.flatMap((id) => this.#upgrades.get(id) ?? []),
      cluster,
    );
  }

  /** @throws BusError when it could not be stored; it may have been all the same, and shows up then. */
  async start(request: UpgradeRequest): Promise<{ readonly started: UpgradeProgress } | { readonly problem: StartProblem }> {
    const { fleet, labelsOf, knows, now, logger, onDecided } = this.#options;
    const nowMs = now();
    const id = `up-${nowMs.toString(36)}-${randomBytes(3).toString("hex")}`;
    const start = startUpgrade(request, { fleet, labelsOf, knows, upgrades: this.#upgrades.values(), id, nowMs });
    if ("problem" in start) {
      return start;
    }
    const upgrade = applyAdvance(start.upgrade, advance(start.upgrade, fleet, nowMs), nowMs);
    // Known from now on, so that another command for the same instance is refused while this one is stored; sent only afterwards.
    this.#upgrades.set(id, start.upgrade);
    try {
      await this.#store.create(upgrade);
    } catch (error) {
      this.#upgrades.delete(id);
      throw error;
    }
    this.#set(upgrade);
    logger.info({ rollout: id, service: upgrade.service, version: upgrade.version, targets: upgrade.targets.length }, "upgrade started");
    onDecided(clustersOf(upgrade));
    this.#driver.touch(id);
    await this.#prune();
    return { started: progressOf(upgrade, fleet) };
  }

  /**
   * Asks an upgrade to stop; resolves when that is stored. An ended one stays as it is; undefined when there is none.
   *
   * @throws RecordConflict, BusError
   */
  async abort(id: string): Promise<UpgradeProgress | undefined> {
    const upgrade = this.#upgrades.get(id);
    if (upgrade !== undefined && isOpen(upgrade) && upgrade.abortedAtMs === undefined) {
      const aborted = { ...upgrade, abortedAtMs: this.#options.now() };
      try {
        await this.#save(aborted, { targets: [], command: true });
      } catch (error) {
        // It may have ended at this very moment.
        if (error instanceof RecordConflict && this.#reread(id)) {
          return await this.abort(id);
        }
        throw error;
      }
      this.#options.logger.info({ rollout: id }, "upgrade is being aborted");
      this.#driver.touch(id);
    }
    return this.get(id);
  }

  stop(): void {
    this.#driver.stop();
  }

  /** Decides until there is nothing left to decide; gives when time alone may change that. */
  async #step(id: string): Promise<number | undefined> {
    const { fleet, logger, now, onDecided, onProgress } = this.#options;
    for (;;) {
      const upgrade = this.#upgrades.get(id);
      if (upgrade === undefined || !this.#driving) {
        return undefined;
      }
      const nowMs = now();
      const next = advance(upgrade, fleet, nowMs);
      if (next.decisions.size === 0 && next.finished === undefined) {
        onProgress(id, progressOf(upgrade, fleet));
        return next.wakeAtMs;
      }
      const decided = applyAdvance(upgrade, next, nowMs);
      try {
        await this.#save(decided, { targets: next.decisions.keys(), command: next.finished !== undefined });
      } catch (error) {
        if (error instanceof RecordConflict && this.#reread(id)) {
          continue;
        }
        throw error;
      }
      onDecided(new Set([...next.decisions.keys()].flatMap((index) => decided.targets[index]?.cluster ?? [])));
      if (next.finished !== undefined) {
        logger.info({ rollout: id, result: next.finished }, "upgrade ended");
      }
    }
  }

  /**
   * Stores a change and takes it over.
   *
   * @throws RecordConflict, BusError
   */
  async #save(upgrade: Upgrade, changed: Parameters<UpgradeStore["update"]>[1]): Promise<void> {
    const before = this.#upgrades.get(upgrade.id);
    await this.#store.update(upgrade, changed);
    if (this.#upgrades.get(upgrade.id) === before) {
      this.#set(upgrade);
    } else {
      // Something else of it was changed meanwhile: the records have both.
      this.#reread(upgrade.id);
    }
  }

  /** Takes over what the records hold. Whether that is another upgrade than the one in memory. */
  #reread(id: string): boolean {
    const before = this.#upgrades.get(id);
    const stored = this.#store.read(id);
    if (stored === undefined || isDeepStrictEqual(stored, before)) {
      return false;
    }
    this.#set(stored);
    return true;
  }

  #newestFirst(): Upgrade[] {
    return [...this.#upgrades.values()].sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : -1));
  }

  #touchAll(ids: Iterable<string> = []): void {
    for (const id of ids) {
      this.#driver.touch(id);
    }
  }

  #set(upgrade: Upgrade): void {
    this.#upgrades.set(upgrade.id, upgrade);
    const active = clustersOf(upgrade, (target) => isOpen(upgrade) || openIntent(target) !== undefined);
    for (const cluster of clustersOf(upgrade)) {
      if (active.has(cluster)) {
        const ids = this.#active.get(cluster) ?? new Set();
        this.#active.set(cluster, ids.add(upgrade.id));
      } else {
        this.#active.get(cluster)?.delete(upgrade.id);
      }
    }
  }

  #forget(id: string): void {
    const upgrade = this.#upgrades.get(id);
    if (upgrade === undefined) {
      return;
    }
    this.#upgrades.delete(id);
    this.#driver.forget(id);
    for (const ids of this.#active.values()) {
      ids.delete(id);
    }
    this.#options.onDecided(clustersOf(upgrade));
    this.#options.onProgress(id, undefined);
  }

  /** Forgets the oldest of the ended ones that have nothing open any more. */
  async #prune(): Promise<void> {
    const ended = this.#newestFirst().filter(
      (upgrade) => !isOpen(upgrade) && upgrade.targets.every((target) => openIntent(target) === undefined),
    );
    for (const upgrade of ended.slice(KEPT)) {
      try {
        await this.#store.delete(upgrade);
        this.#forget(upgrade.id);
      } catch (error) {
        // The next upgrade that is started tries again.
        this.#options.logger.warn({ rollout: upgrade.id, err: error }, "could not delete an old upgrade");
      }
    }
  }
}

function clustersOf(upgrade: Upgrade, filter: (target: Upgrade["targets"][number]) => boolean = () => true): Set<string> {
  return new Set(upgrade.targets.filter(filter).map(({ cluster }) => cluster));
}
