import type { KubeObject } from "../objects/mod.ts";

export type ChangeType = "ADDED" | "MODIFIED" | "DELETED";

/** One write. `object` is the new state, or the last one of a deleted object, with the write's resourceVersion. */
export type Change = {
  readonly type: ChangeType;
  readonly collection: string;
  readonly key: string;
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
  readonly revision: number;
};

export type ChangeListener = (change: Change) => void;

type Collection = {
  readonly objects: Map<string, KubeObject>;
  /** The last changes, oldest first, bounded. */
  readonly history: Change[];
  /** The newest revision that the history no longer holds. */
  compacted: number;
  readonly listeners: Set<ChangeListener>;
};

/** What the API's history no longer reaches. */
export type Compacted = { readonly compacted: number };

/**
 * The objects of one cluster, by collection and key, with one revision counter and a bounded history
 * for watches and consistent lists. Objects that go in are never changed afterwards.
 */
export class ObjectStore {
  readonly #collections = new Map<string, Collection>();
  readonly #listeners = new Set<ChangeListener>();
  readonly #historyLimit: number;
  #revision = 1;

  constructor(historyLimit: number) {
    this.#historyLimit = historyLimit;
  }

  get revision(): number {
    return this.#revision;
  }

  #collection(name: string): Collection {
    const existing = this.#collections.get(name);
    if (existing !== undefined) return existing;
    const created: Collection = {
      objects: new Map(),
      history: [],
      compacted: 0,
      listeners: new Set(),
    };
    this.#collections.set(name, created);
    return created;
  }

  get(collection: string, key: string): KubeObject | undefined {
    return this.#collections.get(collection)?.objects.get(key);
  }

  /** Every object of the collection, in the order of the keys. */
  list(collection: string): { key: string; object: KubeObject }[] {
    const objects = this.#collections.get(collection)?.objects ?? new Map<string, KubeObject>();
    return [...objects].map(([key, object]) => ({ key, object })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** The collection as it was at the revision, or how far back the history does not reach any more. */
  listAt(collection: string, revision: number): { key: string; object: KubeObject }[] | Compacted {
    const stored = this.#collections.get(collection);
    if (stored === undefined) return [];
    if (revision < stored.compacted) return { compacted: stored.compacted };
    const objects = new Map(stored.objects);
    for (const change of stored.history.toReversed()) {
      if (change.revision <= revision) break;
      if (change.previous === undefined) objects.delete(change.key);
      else objects.set(change.key, change.previous);
    }
    return [...objects].map(([key, object]) => ({ key, object })).toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** The changes after the revision, or how far back the history does not reach any more. */
  changesSince(collection: string, revision: number): readonly Change[] | Compacted {
    const stored = this.#collections.get(collection);
    if (stored === undefined) return [];
    if (revision < stored.compacted) return { compacted: stored.compacted };
    return stored.history.filter((change) => change.revision > revision);
  }

  /** Stores the object, which belongs to the store from now on, and gives it its resourceVersion. */
  put(collection: string, key: string, object: KubeObject): KubeObject {
    const stored = this.#collection(collection);
    const previous = stored.objects.get(key);
    object.metadata = this.#stamp(object);
    stored.objects.set(key, object);
    this.#record(stored, {
      type: previous === undefined ? "ADDED" : "MODIFIED",
      collection,
      key,
      object,
      previous,
      revision: this.#revision,
    });
    return object;
  }

  /** Removes the object; gives its last state with the revision of the removal. */
  remove(collection: string, key: string): KubeObject | undefined {
    const stored = this.#collections.get(collection);
    const previous = stored?.objects.get(key);
    if (stored === undefined || previous === undefined) return undefined;
    stored.objects.delete(key);
    const last = { ...previous, metadata: this.#stamp(previous) };
    this.#record(stored, {
      type: "DELETED",
      collection,
      key,
      object: last,
      previous,
      revision: this.#revision,
    });
    return last;
  }

  #stamp(object: KubeObject): KubeObject["metadata"] {
    this.#revision += 1;
    return { ...object.metadata, resourceVersion: String(this.#revision) };
  }

  #record(stored: Collection, change: Change): void {
    stored.history.push(change);
    // Dropped in bulk, so that a write does not move the whole history.
    if (stored.history.length > this.#historyLimit * 2) {
      const dropped = stored.history.splice(0, stored.history.length - this.#historyLimit);
      stored.compacted = dropped.at(-1)?.revision ?? stored.compacted;
    }
    for (const listener of stored.listeners) listener(change);
    for (const listener of this.#listeners) listener(change);
  }

  /** Forgets the history of every collection: older resourceVersions are answered with 410 from now on. */
  compact(): void {
    for (const stored of this.#collections.values()) {
      stored.history.length = 0;
      stored.compacted = this.#revision;
    }
  }

  /** Calls the listener within every write to the collection; the result ends that. */
  onChange(collection: string, listener: ChangeListener): () => void {
    const stored = this.#collection(collection);
    stored.listeners.add(listener);
    return () => stored.listeners.delete(listener);
  }

  onAnyChange(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
