import { createHash } from "node:crypto";
import {
  decodeAvailabilityReport,
  decodeHeartbeat,
  decodeInstanceReport,
  parseSubject,
  WireError,
  type InstanceSubject,
  type WireProblem,
} from "@portolan/shared/wire";
import type { AvailabilityDocuments } from "./availability-documents.ts";
import type { FleetMessage, SubjectContent } from "./messages.ts";
import type { InstanceRef } from "./model.ts";

export interface RawMessage {
  readonly subject: string;
  readonly payload: Uint8Array;
  readonly sequence: number;
}

/** Something wrong with a message; what can be used of it is used. */
interface MessageProblem {
  readonly code: "Malformed" | "TooLarge" | "SubjectMismatch" | "UnknownSubject" | "PartlyUnknown";
  readonly message: string;
}

export interface ReadMessage {
  /** Absent when nothing of the message can be used, not even that something stands on its subject. */
  readonly message?: FleetMessage;
  readonly problems: readonly MessageProblem[];
}

/**
 * Reads one message of the report stream. Never throws for what others wrote: a message that is malformed, or that speaks of another
 * cluster or instance than its subject, is refused with a problem, and its subject is known to hold something unusable.
 */
export function readFleetMessage(raw: RawMessage, documents: AvailabilityDocuments): ReadMessage {
  const parsed = parseSubject(raw.subject);
  switch (parsed?.kind) {
    case "heartbeat":
      return readHeartbeat(raw, parsed.cluster);
    case "report":
      return readSubject(raw, parsed, () => readReport(raw, parsed));
    case "availability":
      return readSubject(raw, parsed, () => readAvailability(raw, parsed, documents));
    default:
      return { problems: [{ code: "UnknownSubject", message: "no subject of a report, an availability report or a heartbeat" }] };
  }
}

interface ReadContent {
  readonly content: SubjectContent;
  readonly problems: readonly MessageProblem[];
}

function readHeartbeat({ payload }: RawMessage, cluster: string): ReadMessage {
  try {
    const { value, problems } = decodeHeartbeat(payload);
    return value.cluster === cluster
      ? { message: { type: "heartbeat", cluster, heartbeat: value }, problems: partlyUnknown(problems) }
      : { problems: [mismatch(value.cluster)] };
  } catch (error) {
    return { problems: [malformed(error)] };
  }
}

function readSubject(raw: RawMessage, { cluster }: InstanceSubject<string>, read: () => ReadContent): ReadMessage {
  const { content, problems } = contentOrUnusable(read);
  return { message: { type: "subject", cluster, ...raw, content }, problems };
}

function contentOrUnusable(read: () => ReadContent): ReadContent {
  try {
    return read();
  } catch (error) {
    return { content: { type: "unusable" }, problems: [malformed(error)] };
  }
}

function readReport({ payload }: RawMessage, subject: InstanceSubject<"report">): ReadContent {
  const { value, problems } = decodeInstanceReport(payload);
  if (!speaksOf(value, subject)) {
    return { content: { type: "unusable" }, problems: [mismatch(describe(value))] };
  }
  const { content, incarnation } = value;
  return {
    content:
      content.type === "status"
        ? { type: "status", incarnation, ref: refOf(subject), status: content.status }
        : { type: "gone", incarnation },
    problems: partlyUnknown(problems),
  };
}

function readAvailability(
  { payload }: RawMessage,
  subject: InstanceSubject<"availability">,
  documents: AvailabilityDocuments,
): ReadContent {
  const report = decodeAvailabilityReport(payload);
  if (!speaksOf(report, subject)) {
    return { content: { type: "unusable" }, problems: [mismatch(describe(report))] };
  }
  const { document, incarnation } = report;
  if (document === undefined) {
    return { content: { type: "gone", incarnation }, problems: [] };
  }
  const digest = createHash("sha256").update(document).digest("hex");
  const { availability, problems } = documents.intern(digest, document);
  return { content: { type: "availability", incarnation, ref: refOf(subject), availability }, problems: partlyUnknown(problems) };
}

function speaksOf(content: InstanceRef, subject: InstanceRef): boolean {
  return content.cluster === subject.cluster && content.namespace === subject.namespace && content.name === subject.name;
}

function refOf({ cluster, namespace, name }: InstanceRef): InstanceRef {
  return { cluster, namespace, name };
}

function describe({ cluster, namespace, name }: InstanceRef): string {
  return `${cluster}/${namespace}/${name}`;
}

function mismatch(found: string): MessageProblem {
  return { code: "SubjectMismatch", message: `the content speaks of ${found}, not of what the subject names` };
}

function partlyUnknown(problems: readonly WireProblem[]): MessageProblem[] {
  return problems.map(({ message }) => ({ code: "PartlyUnknown", message }));
}

function malformed(error: unknown): MessageProblem {
  if (!(error instanceof WireError)) {
    throw error;
  }
  return { code: error.code === "TooLarge" ? "TooLarge" : "Malformed", message: error.message };
}
