/** The streams of a fleet. The hub makes them; agents only publish, and try again while they are missing. */
import { subjects } from "../wire/mod.ts";
import type { StreamSpec } from "./model.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const MIB = 1024 * 1024;

export const REPORTS_STREAM: StreamSpec = {
  name: "PORTOLAN_REPORTS",
  description: "Last reports, availability and heartbeats of every cluster",
  subjects: [subjects.all("report"), subjects.all("availability"), subjects.all("heartbeat")],
  maxMessagesPerSubject: 1,
};

export const INTENTS_STREAM: StreamSpec = {
  name: "PORTOLAN_INTENTS",
  description: "The signed intent document of every cluster",
  subjects: [subjects.all("intent")],
  maxMessagesPerSubject: 1,
};

export const CATALOGS_STREAM: StreamSpec = {
  name: "PORTOLAN_CATALOGS",
  description: "Published catalogs by content",
  subjects: [subjects.all("catalog")],
  maxMessagesPerSubject: 1,
};

export const EVENTS_STREAM: StreamSpec = {
  name: "PORTOLAN_EVENTS",
  description: "Timeline of every instance",
  subjects: [subjects.all("event")],
  maxMessagesPerSubject: 200,
  maxAgeMs: 7 * DAY_MS,
  maxBytes: 256 * MIB,
};

/** Written by hubs alone: no agent's credential may name its subjects, and nobody can delete from it. */
export const AUDIT_STREAM: StreamSpec = {
  name: "PORTOLAN_AUDIT",
  description: "Who changed what, and why",
  subjects: [subjects.allAudit],
  maxAgeMs: 90 * DAY_MS,
  maxBytes: 1024 * MIB,
  appendOnly: true,
};

export const FLEET_STREAMS: readonly StreamSpec[] = [REPORTS_STREAM, INTENTS_STREAM, CATALOGS_STREAM, EVENTS_STREAM, AUDIT_STREAM];
