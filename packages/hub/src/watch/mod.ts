/**
 * The stream of changes for people and programs that watch: Server-Sent Events with ids, resumed after a cut, bounded for each client.
 * It knows nothing of what the events say.
 */
export { Broadcaster, type BroadcasterOptions } from "./broadcaster.ts";
export type { WatchEvent, WatchKind } from "./ring.ts";
export type { WatchFilter, WatchSink } from "./session.ts";
