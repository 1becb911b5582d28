import { expired, type Status } from "../errors/mod.ts";
import type { KubeObject } from "../objects/mod.ts";
import type { Change, ObjectStore } from "../store/mod.ts";

export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK"; readonly object: KubeObject }
  | { readonly type: "ERROR"; readonly object: Status };

export type WatchRequest = {
  readonly collection: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly fromStorage: (object: KubeObject) => KubeObject;
  readonly selects: (object: KubeObject) => boolean;
  /** Undefined: start with the present objects, as if they were just made. */
  readonly since: number | undefined;
  readonly bookmarks: boolean;
  /** Mark the end of the initial objects with a bookmark (KEP-3157). */
  readonly initialEventsEnd: boolean;
};

/** An open watch: `next` waits for the next event, undefined is the end. */
export type Watch = {
  readonly next: () => Promise<WatchEvent | undefined>;
  readonly stop: () => void;
  /** Tells the watcher how far it is, when it asked for that and there is news. */
  readonly bookmark: () => void;
};

const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

/**
 * Opens a watch on one collection. An object that starts, or stops, to match the selection is told as
 * ADDED, or DELETED (with its last matching state), as kube-apiserver does.
 */
export function openWatch(store: ObjectStore, request: WatchRequest): Watch {
  const queue: WatchEvent[] = [];
  let waiting: ((event: WatchEvent | undefined) => void) | undefined;
  let stopped = false;
  let told = request.since ?? store.revision;
  let unsubscribe = (): void => undefined;

  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    unsubscribe();
    waiting?.(undefined);
    waiting = undefined;
  };
  const push = (event: WatchEvent): void => {
    if (stopped) return;
    const resume = waiting;
    if (resume === undefined) {
      queue.push(event);
    } else {
      waiting = undefined;
      resume(event);
    }
  };
  const tell = (change: Change): void => {
    const event = eventOf(request, change);
    if (event === undefined) return;
    told = change.revision;
    push(event);
  };
  const bookmark = (annotations?: { [key: string]: string }): void => {
    told = store.revision;
    push({
      type: "BOOKMARK",
      object: {
        apiVersion: request.apiVersion,
        kind: request.kind,
        metadata: {
          resourceVersion: String(store.revision),
          ...(annotations === undefined ? {} : { annotations }),
        },
      },
    });
  };

  const past = request.since === undefined ? undefined : store.changesSince(request.collection, request.since);
  if (past !== undefined && !Array.isArray(past) && "compacted" in past) {
    push({
      type: "ERROR",
      object: expired(`too old resource version: ${request.since} (${past.compacted + 1})`).status,
    });
    queueEnd();
    return { next, stop, bookmark: () => undefined };
  }
  if (past === undefined) {
    for (const { object } of store.list(request.collection)) {
      const seen = request.fromStorage(object);
      if (request.selects(seen)) push({ type: "ADDED", object: seen });
    }
    if (request.initialEventsEnd) bookmark({ [INITIAL_EVENTS_END]: "true" });
  } else if (Array.isArray(past)) {
    for (const change of past) tell(change);
  }
  unsubscribe = store.onChange(request.collection, tell);

  /** What is queued is still told; then the watch ends. */
  function queueEnd(): void {
    stopped = true;
  }

  function next(): Promise<WatchEvent | undefined> {
    const event = queue.shift();
    if (event !== undefined) return Promise.resolve(event);
    if (stopped) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      waiting = resolve;
    });
  }

  return {
    next,
    stop,
    bookmark: () => {
      if (request.bookmarks && store.revision > told) bookmark();
    },
  };
}

function eventOf(request: WatchRequest, change: Change): WatchEvent | undefined {
  const current = change.type === "DELETED" ? undefined : request.fromStorage(change.object);
  const previous = change.previous === undefined ? undefined : request.fromStorage(change.previous);
  const matches = current !== undefined && request.selects(current);
  const matched = previous !== undefined && request.selects(previous);
  if (matches) return { type: matched ? "MODIFIED" : "ADDED", object: current };
  if (!matched) return undefined;
  // What no longer matches is told in its last matching state, at the revision of the change.
  const last = change.type === "DELETED" ? request.fromStorage(change.object) : previous;
  const resourceVersion = String(change.revision);
  return { type: "DELETED", object: { ...last, metadata: { ...last.metadata, resourceVersion } } };
}
