import { objectKey, type KubeObject, type ObjectKey } from "../kube/mod.ts";

/** What happened to an object between two states of the cache. */
export type Delta =
  | { readonly type: "Added"; readonly key: ObjectKey; readonly object: KubeObject }
  | { readonly type: "Modified"; readonly key: ObjectKey; readonly object: KubeObject; readonly previous: KubeObject }
  | {
      readonly type: "Deleted";
      readonly key: ObjectKey;
      /** As it was last seen. */
      readonly object: KubeObject;
      /** The deletion itself was missed, between two lists: `object` may be older than what was deleted. */
      readonly finalStateUnknown: boolean;
    };

/** The values under which an object is found in an index. */
export type Indexer = (object: KubeObject) => readonly string[];

/** An index that every cache has. */
export const NAMESPACE_INDEX = "namespace";

export function byLabel(label: string): Indexer {
  return (object) => {
    const value = object.metadata.labels?.[label];
    return value === undefined ? [] : [value];
  };
}

/** By the uid of each owner. */
export const byOwner: Indexer = (object) => (object.metadata.ownerReferences ?? []).map((owner) => owner.uid);

/** The objects of one kind as they were last seen. They are shared by all readers and are not to be changed. */
export interface CacheReader {
  get(key: ObjectKey): KubeObject | undefined;
  list(): readonly KubeObject[];
  /** @throws RangeError when there is no such index */
  byIndex(index: string, value: string): readonly KubeObject[];
  readonly size: number;
}

/** A CacheReader with its writer's side; it holds no knowledge of where its objects come from. */
export class Cache implements CacheReader {
  readonly #objects = new Map<ObjectKey, KubeObject>();
  readonly #indexes: ReadonlyMap<string, Index>;

  constructor(indexers: Readonly<Record<string, Indexer>> = {}) {
    const all: Record<string, Indexer> = { ...indexers, [NAMESPACE_INDEX]: (object) => [object.metadata.namespace ?? ""] };
    this.#indexes = new Map(Object.entries(all).map(([name, indexer]) => [name, new Index(indexer)]));
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: ObjectKey): KubeObject | undefined {
    return this.#objects.get(key);
  }

  list(): readonly KubeObject[] {
    return [...this.#objects.values()];
  }

  byIndex(index: string, value: string): readonly KubeObject[] {
    const found = this.#indexes.get(index);
    if (found === undefined) throw new RangeError(`there is no index "${index}"; there are ${[...this.#indexes.keys()].join(", ")}`);
    return [...found.keys(value)].flatMap((key) => this.#objects.get(key) ?? []);
  }

  /** The whole state at once. */
  replace(objects: readonly KubeObject[]): readonly Delta[] {
    const present = new Set(objects.map((object) => objectKey(object.metadata)));
    const gone = [...this.#objects.keys()].filter((key) => !present.has(key));
    const deletions = gone.flatMap((key) => this.#delete(key, undefined));
    return [...deletions, ...objects.flatMap((object) => this.put(object))];
  }

  /** One object's new state. An object of the same name with another uid is a deletion that was missed and an addition. */
  put(object: KubeObject): readonly Delta[] {
    const key = objectKey(object.metadata);
    const previous = this.#objects.get(key);
    if (previous === undefined) {
      this.#set(key, object);
      return [{ type: "Added", key, object }];
    }
    if (previous.metadata.uid !== object.metadata.uid) return [...this.#delete(key, undefined), ...this.put(object)];
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined && previous.metadata.resourceVersion === resourceVersion) return [];
    this.#set(key, object);
    return [{ type: "Modified", key, object, previous }];
  }

  /** One object's end, with its last state. */
  remove(object: KubeObject): readonly Delta[] {
    return this.#delete(objectKey(object.metadata), object);
  }

  #delete(key: ObjectKey, final: KubeObject | undefined): readonly Delta[] {
    const last = this.#objects.get(key);
    if (last === undefined) return [];
    for (const index of this.#indexes.values()) index.remove(key, last);
    this.#objects.delete(key);
    return [{ type: "Deleted", key, object: final ?? last, finalStateUnknown: final === undefined }];
  }

  #set(key: ObjectKey, object: KubeObject): void {
    const previous = this.#objects.get(key);
    for (const index of this.#indexes.values()) {
      if (previous !== undefined) index.remove(key, previous);
      index.add(key, object);
    }
    this.#objects.set(key, object);
  }
}

class Index {
  readonly #indexer: Indexer;
  readonly #keysByValue = new Map<string, Set<ObjectKey>>();

  constructor(indexer: Indexer) {
    this.#indexer = indexer;
  }

  keys(value: string): Iterable<ObjectKey> {
    return this.#keysByValue.get(value) ?? [];
  }

  add(key: ObjectKey, object: KubeObject): void {
    for (const value of this.#indexer(object)) {
      const keys = this.#keysByValue.get(value);
      if (keys === undefined) this.#keysByValue.set(value, new Set([key]));
      else keys.add(key);
    }
  }

  remove(key: ObjectKey, object: KubeObject): void {
    for (const value of this.#indexer(object)) {
      const keys = this.#keysByValue.get(value);
      if (keys === undefined) continue;
      keys.delete(key);
      if (keys.size === 0) this.#keysByValue.delete(value);
    }
  }
}
