/** Watches over the store: initial events, selections, bookmarks and the end of history. */
export { openWatch, type Watch, type WatchEvent, type WatchRequest } from "./watch.ts";
