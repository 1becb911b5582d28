import type { Logger } from "pino";
import { BusError, type Bus, type Follower, type KeyValue, type KeyValueChange, type KeyValueWrite } from "@portolan/shared/bus";

export interface RecordsOptions {
  readonly bus: Pick<Bus, "keyValue">;
  readonly bucket: string;
  readonly logger: Logger;
  /**
   * Called for every record that somebody else wrote, or that was read at the start; without a value when it was deleted.
   *
   * @param note what was said of the deletion
   */
  readonly onChange: (key: string, value: Uint8Array | undefined, note?: Uint8Array) => void;
  /** All that the bucket held has been read. */
  readonly onLoaded: () => void;
}

/** Somebody else has written the record since it was read. */
export class RecordConflict extends Error {
  readonly code = "RecordConflict";

  constructor(bucket: string, key: string) {
    super(`record ${key} of ${bucket} was changed by somebody else`);
    this.name = "RecordConflict";
  }
}

interface Entry {
  readonly value: Uint8Array;
  /** In the bucket; 0 when the bucket does not have it (any more). */
  readonly revision: number;
}

const RESTORE_RETRY_MS = 500;
/** So many refused writes in a row, and the bucket has something that following it does not show. */
const CONFLICTS_BEFORE_REREAD = 3;

/**
 * What only the hub knows, kept in a key-value bucket and in memory. Every write is compare-and-set on the revision that was read
 * last. When the bucket is lost while the hub runs, it is written again from memory.
 */
export class Records {
  readonly #options: RecordsOptions;
  readonly #entries = new Map<string, Entry>();
  #kv: KeyValue | undefined;
  #follower: Follower | undefined;
  #stopped = false;
  #restoring: NodeJS.Timeout | undefined;
  /** Revision of the newest write that was read, or made. */
  #newest = 0;
  #conflicts = 0;
  /** Keys that `append` has sent and not heard of, with the revision that following has shown meanwhile: it may be its own. */
  readonly #sent = new Map<string, number | undefined>();
  /** The bucket was lost and not everything is back in it. */
  #lost = false;

  constructor(options: RecordsOptions) {
    this.#options = options;
  }

  /** Opens the bucket and follows it. */
  async open(): Promise<void> {
    const kv = await this.#options.bus.keyValue(this.#options.bucket);
    this.#kv = kv;
    this.#follower = kv.watch({
      onChange: (change) => this.#take(change),
      onCaughtUp: () => {
        this.#options.onLoaded();
        if (this.#lost) {
          this.#restoreSoon(0);
        }
      },
      onReset: () => this.#forgetRevisions(),
    });
  }

  get(key: string): Uint8Array | undefined {
    return this.#entries.get(key)?.value;
  }

  /** Of what `get` gives; 0 when the bucket does not have it. A decision made from the value is written with it. */
  revision(key: string): number {
    return this.#entries.get(key)?.revision ?? 0;
  }

  keys(): string[] {
    return [...this.#entries.keys()];
  }

  /**
   * Writes one record; resolves when the bucket has it.
   *
   * @param basis revision that what is written was decided from. Default: the one that is known now
   *
   * @throws RecordConflict when somebody else wrote it; what they wrote has been read then. BusError when it cannot be written now.
   */
  async write(key: string, value: Uint8Array, basis = this.revision(key)): Promise<void> {
    const kv = this.#bucket();
    if (basis !== this.revision(key)) {
      throw new RecordConflict(this.#options.bucket, key);
    }
    try {
      const revision = basis === 0 ? await kv.create(key, value) : await kv.update(key, value, basis);
      this.#keep(key, value, revision);
    } catch (error) {
      if (!(error instanceof BusError) || error.code !== "WrongLastSequence") {
        throw error;
      }
      await this.#resolveConflict(kv, key, value);
    }
  }

  /**
   * Writes several records one after the other, and only while nobody else writes anything: what was decided from all that was read is
   * never stored beside something newer. It stops at the first that is refused; those before it are stored, and told as a change.
   *
   * @throws RecordConflict when somebody else has written; BusError when it cannot be written now
   */
  async append(changes: readonly KeyValueWrite[]): Promise<void> {
    const kv = this.#bucket();
    for (const { key } of changes) {
      this.#sent.set(key, undefined);
    }
    const outcomes = await kv.append(changes, this.#newest);
    const refused = outcomes.findIndex(({ status }) => status === "rejected");
    for (const [index, change] of changes.entries()) {
      this.#settle(change, outcomes[index], refused === -1);
    }
    const outcome = outcomes[refused];
    if (outcome?.status === "rejected") {
      throw await this.#refused(kv, outcome.reason, changes[refused]?.key ?? "");
    }
    this.#conflicts = 0;
  }

  /** One write of an append has ended. What is in the bucket now is news, unless the caller learns that it was accepted. */
  #settle({ key, value }: KeyValueWrite, outcome: PromiseSettledResult<number> | undefined, accepted: boolean): void {
    const shown = this.#sent.get(key);
    this.#sent.delete(key);
    const own = outcome?.status === "fulfilled" ? outcome.value : undefined;
    if (own !== undefined && (shown === undefined || shown < own)) {
      this.#keep(key, value, own);
    }
    const newest = Math.max(shown ?? 0, own ?? 0);
    if (newest > 0 && !(accepted && newest === own)) {
      this.#options.onChange(key, this.get(key));
    }
  }

  /** Reads what others had written by now, where following has not shown it yet. @throws BusError */
  async catchUp(): Promise<void> {
    const kv = this.#bucket();
    const last = await kv.lastRevision();
    if (last > this.#newest) {
      await this.#readAll(kv, last);
    }
  }

  /** Deletes one record, whatever its revision. */
  async delete(key: string): Promise<void> {
    await this.#bucket().delete(key);
    this.#entries.delete(key);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#restoring);
    this.#follower?.stop();
  }

  #bucket(): KeyValue {
    if (this.#kv === undefined) {
      throw new BusError("Disconnected", `the bucket ${this.#options.bucket} has not been opened yet`);
    }
    return this.#kv;
  }

  #take({ key, value, note, revision }: KeyValueChange): void {
    const known = this.#entries.get(key);
    if (known !== undefined && known.revision >= revision) {
      return;
    }
    // A view of a network buffer: copied, because it is kept.
    this.#keep(key, value === undefined ? undefined : Uint8Array.from(value), revision);
    if (this.#sent.has(key)) {
      this.#sent.set(key, revision);
    } else {
      this.#options.onChange(key, this.get(key), note);
    }
  }

  #keep(key: string, value: Uint8Array | undefined, revision: number): void {
    this.#newest = Math.max(this.#newest, revision);
    if (value === undefined) {
      this.#entries.delete(key);
    } else {
      this.#entries.set(key, { value, revision });
    }
  }

  /** What a refused write means. What somebody else wrote comes by following; what does not is read. */
  async #refused(kv: KeyValue, error: unknown, key: string): Promise<unknown> {
    if (!(error instanceof BusError) || error.code !== "WrongLastSequence") {
      return error;
    }
    this.#conflicts += 1;
    if (this.#conflicts >= CONFLICTS_BEFORE_REREAD) {
      await this.#readAll(kv, await kv.lastRevision());
    }
    return new RecordConflict(this.#options.bucket, key);
  }

  /** @param last revision of the bucket, before it is read */
  async #readAll(kv: KeyValue, last: number): Promise<void> {
    for (const entry of await kv.entries()) {
      this.#take(entry);
    }
    this.#newest = Math.max(this.#newest, last);
  }

  /** An earlier write may have arrived although its acknowledgement did not: then there is no conflict. */
  async #resolveConflict(kv: KeyValue, key: string, value: Uint8Array): Promise<void> {
    const found = await kv.get(key);
    if (found === undefined) {
      this.#keep(key, value, await kv.create(key, value));
      return;
    }
    this.#keep(key, Uint8Array.from(found.value), found.revision);
    if (!Buffer.from(found.value).equals(value)) {
      this.#options.onChange(key, this.get(key));
      throw new RecordConflict(this.#options.bucket, key);
    }
  }

  #forgetRevisions(): void {
    this.#lost = true;
    this.#newest = 0;
    for (const [key, { value }] of this.#entries) {
      this.#entries.set(key, { value, revision: 0 });
    }
    this.#restoreSoon(0);
  }

  #restoreSoon(delayMs: number): void {
    if (this.#stopped) {
      return;
    }
    clearTimeout(this.#restoring);
    this.#restoring = setTimeout(() => {
      this.#restore().catch((error: unknown) => {
        if (!(error instanceof BusError || error instanceof RecordConflict)) {
          throw error;
        }
        this.#options.logger.warn({ bucket: this.#options.bucket, code: error.code }, "could not restore a lost bucket, will try again");
        this.#restoreSoon(RESTORE_RETRY_MS);
      });
    }, delayMs);
  }

  async #restore(): Promise<void> {
    const missing = [...this.#entries].filter(([, { revision }]) => revision === 0);
    this.#kv = await this.#options.bus.keyValue(this.#options.bucket);
    for (const [key, { value }] of missing) {
      // Somebody may have written it meanwhile.
      if (this.#entries.get(key)?.revision === 0) {
        await this.write(key, value);
      }
    }
    this.#lost = false;
    this.#options.logger.info({ bucket: this.#options.bucket, records: missing.length }, "a lost bucket was restored from memory");
  }
}
