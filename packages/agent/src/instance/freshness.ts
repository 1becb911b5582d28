/**
 * Whether a cached instance shows our own last write. A decision on an older state could do a thing twice, so such an instance is read
 * from the API server. What others have changed since is not missed: the watch brings it and the instance is looked at again.
 *
 * resourceVersions are only compared for equality: the watch delivers every write, ours among them.
 */
export class Freshness {
  readonly #current: (key: string) => string | undefined;
  /** resourceVersion of the last write that the cache has not shown yet; undefined: a write whose version is not known. */
  readonly #unseen = new Map<string, string | undefined>();

  /** @param current the resourceVersion of the cached instance */
  constructor(current: (key: string) => string | undefined) {
    this.#current = current;
  }

  /** An instance was written and has this version now. */
  wrote(key: string, resourceVersion: string | undefined): void {
    if (resourceVersion !== undefined && this.#current(key) === resourceVersion) this.#unseen.delete(key);
    else this.#unseen.set(key, resourceVersion);
  }

  /** An instance may have been written. */
  mayHaveWritten(key: string): void {
    this.#unseen.set(key, undefined);
  }

  /** The instance was read from the API server just now and has this version. */
  read(key: string, resourceVersion: string | undefined): void {
    if (this.#unseen.has(key)) this.wrote(key, resourceVersion);
  }

  /** The cache shows this version of an instance. */
  seen(key: string, resourceVersion: string | undefined): void {
    if (resourceVersion !== undefined && this.#unseen.get(key) === resourceVersion) this.#unseen.delete(key);
  }

  /** The instance is gone. */
  forget(key: string): void {
    this.#unseen.delete(key);
  }

  /** Whether the cached instance may be decided on. */
  isFresh(key: string): boolean {
    return this.#current(key) !== undefined && !this.#unseen.has(key);
  }
}
