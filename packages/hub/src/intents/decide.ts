import { isDeepStrictEqual } from "node:util";
import type { CatalogReference, Incarnation, Intent, IntentDocument } from "@portolan/shared/wire";

/** What the hub wants to say to one cluster; the rest of the document is about its delivery. */
export interface IntentContent {
  readonly labels: { readonly [key: string]: string };
  /** Lowest precedence first. */
  readonly catalogSet: readonly CatalogReference[];
  /** Ordered by id. */
  readonly intents: readonly Intent[];
}

/** What stands on the cluster's intent subject. */
export interface StoredDocument {
  /** Of the subject, for compare-and-set; 0 when nothing stands there. */
  readonly sequence: number;
  /** Absent when nothing stands there, or nothing that this hub signed. */
  readonly document?: IntentDocument;
}

export const NOTHING_STORED: StoredDocument = { sequence: 0 };

/** How the agent's acknowledged revision compared with the stored one so far. */
export interface Acknowledgement {
  /** Heartbeats in a row that named another revision than the stored one. */
  readonly behind: number;
  /** Documents published again because of that, in a row. */
  readonly repeats: number;
  /** None again before this. */
  readonly notBeforeMs: number;
}

export const ACKNOWLEDGED: Acknowledgement = { behind: 0, repeats: 0, notBeforeMs: 0 };

/** A document may be on its way while a heartbeat is sent. */
const HEARTBEATS_BEFORE_REPEAT = 2;
const MAX_PAUSE_MS = 5 * 60_000;
/** Ten years in ms: so far ahead of the clock a revision may be. */
const PLAUSIBLE_LEAD = 10 * 365 * 24 * 60 * 60 * 1000;

export interface DocumentState {
  readonly desired: IntentContent;
  readonly stored: StoredDocument;
  readonly cluster: {
    readonly incarnation: Incarnation;
    /** Highest revision that the agent has accepted; 0 when none. */
    readonly revision: number;
  };
  readonly acknowledgement: Acknowledgement;
  readonly nowMs: number;
}

export type DocumentDecision =
  | { readonly action: "None" }
  | {
      readonly action: "Publish";
      readonly reason: "Missing" | "OtherIncarnation" | "OtherContent" | "NotAcknowledged";
      readonly revision: number;
      /** Compare-and-set: the subject's last sequence. */
      readonly expectedSequence: number;
    };

/** Whether the cluster needs another document, and with which revision. Level-based: says the same until it is done. */
export function decideDocument(state: DocumentState): DocumentDecision {
  const reason = publishReason(state);
  return reason === undefined
    ? { action: "None" }
    : { action: "Publish", reason, revision: nextRevision(state), expectedSequence: state.stored.sequence };
}

function publishReason({ desired, stored, cluster, acknowledgement, nowMs }: DocumentState) {
  if (stored.document === undefined) {
    // A cluster that was never told anything need not be told nothing.
    return stored.sequence === 0 && cluster.revision === 0 && isEmpty(desired) ? undefined : "Missing";
  }
  if (!isDeepStrictEqual(stored.document.incarnation, cluster.incarnation)) {
    return "OtherIncarnation";
  }
  const { labels, catalogSet, intents } = stored.document;
  if (!isDeepStrictEqual({ labels, catalogSet, intents }, desired)) {
    return "OtherContent";
  }
  return acknowledgement.behind >= HEARTBEATS_BEFORE_REPEAT && nowMs >= acknowledgement.notBeforeMs ? "NotAcknowledged" : undefined;
}

/**
 * Revisions only grow, also after this hub lost its memory, its clock was set back, or the stream was wiped. They come from a clock,
 * so one that an agent reports from the far future is made up, and would use up all that there are.
 */
function nextRevision({ stored, cluster, nowMs }: DocumentState): number {
  const reported = cluster.revision <= nowMs + PLAUSIBLE_LEAD ? cluster.revision : 0;
  return Math.max(stored.document?.revision ?? 0, reported, nowMs) + 1;
}

function isEmpty(content: IntentContent): boolean {
  return Object.keys(content.labels).length === 0 && content.catalogSet.length === 0 && content.intents.length === 0;
}

/** Takes one heartbeat into account: does the agent have the stored document? */
export function acknowledge(
  before: Acknowledgement,
  heartbeat: { readonly revision: number; readonly storedRevision: number | undefined },
): Acknowledgement {
  if (heartbeat.storedRevision === undefined || heartbeat.revision === heartbeat.storedRevision) {
    return ACKNOWLEDGED;
  }
  return { ...before, behind: before.behind + 1 };
}

/** After a document was published again for an agent that did not acknowledge: the next time waits longer. */
export function repeated(
  before: Acknowledgement,
  { nowMs, intervalMs }: { readonly nowMs: number; readonly intervalMs: number },
): Acknowledgement {
  const pauseMs = Math.min(intervalMs * 2 ** before.repeats, MAX_PAUSE_MS);
  return { behind: 0, repeats: before.repeats + 1, notBeforeMs: nowMs + pauseMs };
}
