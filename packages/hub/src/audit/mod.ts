/**
 * Who changed what, when and why: recorded in a stream that only hubs write, and asked newest first.
 *
 * Its user calls `record` and goes on; nothing is decided here, and nothing reads the record to decide.
 */
export { Audit, type AuditOptions, type AuditPage, type AuditQuery } from "./audit.ts";
export { journalSchema, newIn, noted, type Journal } from "./journal.ts";
export { SYSTEM_ACTOR, SYSTEM_ACTOR_PREFIX, type AuditEntry, type AuditRecord, type JsonValue } from "./entry.ts";
