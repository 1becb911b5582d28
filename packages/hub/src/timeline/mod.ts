/** The newest part of a stream that is a log, in memory, to be asked newest first. What it means is its user's. */
export { Timeline, type TimelinePage, type TimelineQuery } from "./timeline.ts";
