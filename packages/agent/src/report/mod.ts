/** What the fleet hears from this cluster: reports, availability, heartbeats, events. Works without a broker as well: then nothing is sent. */
export { Heartbeats, type HeartbeatContent } from "./heartbeats.ts";
export { instanceReport, tombstone, wireStep, type Reporter } from "./instance-report.ts";
export { Outbox } from "./outbox.ts";
export { answerRepairs } from "./repair.ts";
export { Timeline, type TimelineEntry } from "./timeline.ts";
