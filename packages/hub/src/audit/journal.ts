import { randomUUID } from "node:crypto";
import { z } from "zod";
import { entrySchema, type AuditEntry, type AuditRecord } from "./entry.ts";

/** So many of the newest are kept: those that a hub may not have told yet when it was killed. */
const KEPT = 8;

/**
 * What was changed of something lately, oldest first. It is stored in one record with what was changed, so that a hub that is killed before
 * it could tell anybody leaves it to the next one to tell.
 */
export const journalSchema = z.array(entrySchema).readonly();
export type Journal = readonly AuditEntry[];

/** A change as it is recorded, and the journal with it. */
export function noted(journal: Journal, record: AuditRecord, nowMs: number): { readonly entry: AuditEntry; readonly journal: Journal } {
  const entry = { ...record, id: randomUUID(), atMs: nowMs };
  return { entry, journal: [...journal, entry].slice(-KEPT) };
}

/** What a journal tells that another one does not. */
export function newIn(journal: Journal, known: Journal): Journal {
  const ids = new Set(known.map(({ id }) => id));
  return journal.filter(({ id }) => !ids.has(id));
}
