import type { KubeResponse } from "@portolan/agent/kube";
import { invalid, forbiddenField } from "../errors/mod.ts";
import { parseResourceVersion, selectionOf, type Api } from "../endpoints/mod.ts";
import { openWatch, type Watch, type WatchEvent } from "../watch/mod.ts";
import { isTrue } from "./parameters.ts";
import { encodeLine, represent, type View } from "./response.ts";

/** The open watches of a cluster, which its bookmark timer goes through. */
export type WatchRegister = {
  readonly add: (watch: Watch) => void;
  readonly remove: (watch: Watch) => void;
};

/**
 * `?watch=true`: a stream of events, one JSON document a line, until the client leaves or
 * `timeoutSeconds` are over.
 *
 * @throws ApiError
 */
export function watchResponse(
  api: Api,
  register: WatchRegister,
  view: View,
  namespace: string | undefined,
  query: URLSearchParams,
  signal: AbortSignal | undefined,
): KubeResponse {
  const { type } = view;
  const sendInitialEvents = query.has("sendInitialEvents") ? isTrue(query.get("sendInitialEvents")) : undefined;
  if (sendInitialEvents !== undefined && query.get("resourceVersionMatch") !== "NotOlderThan") {
    throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", [
      forbiddenField("resourceVersionMatch", "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"),
    ]);
  }
  const resourceVersion = query.get("resourceVersion") ?? "";
  const startsNow = resourceVersion === "" || resourceVersion === "0";
  const bookmarks = isTrue(query.get("allowWatchBookmarks") ?? "false");
  const watch = openWatch(api.store, {
    collection: type.collection,
    apiVersion: type.apiVersion,
    kind: type.kind,
    fromStorage: type.fromStorage,
    selects: selectionOf(type, namespace, {
      labelSelector: query.get("labelSelector") ?? "",
      fieldSelector: query.get("fieldSelector") ?? "",
    }),
    since:
      sendInitialEvents === true || (startsNow && sendInitialEvents !== false)
        ? undefined
        : startsNow
          ? api.store.revision
          : parseResourceVersion(resourceVersion),
    bookmarks,
    // A watch that starts now is one that sends initial events, unless it says that it is not.
    initialEventsEnd: bookmarks && (sendInitialEvents ?? startsNow),
  });
  register.add(watch);
  const timeoutSeconds = Number(query.get("timeoutSeconds") ?? "0");
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: stream(watch, register, timeoutSeconds * 1000, () => ({ ...view, now: api.now() }), signal),
  };
}

async function* stream(
  watch: Watch,
  register: WatchRegister,
  timeoutMs: number,
  viewOfNow: () => View,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const stop = (): void => {
    watch.stop();
  };
  const timer = timeoutMs > 0 ? setTimeout(stop, timeoutMs) : undefined;
  timer?.unref();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    for (let isFirst = true; ; isFirst = false) {
      const event = await watch.next();
      signal?.throwIfAborted();
      if (event === undefined) return;
      yield encodeLine({ type: event.type, object: shown(event, viewOfNow(), isFirst) });
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
    watch.stop();
    register.remove(watch);
  }
}

/** Only the first event of a watch of tables has the columns. */
function shown(event: WatchEvent, view: View, isFirst: boolean): WatchEvent["object"] {
  return event.type === "ERROR" ? event.object : represent(event.object, view, isFirst);
}
