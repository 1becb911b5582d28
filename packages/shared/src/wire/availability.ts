/** Every version that an instance could go to, or why not. */
import type { Version } from "../catalog/mod.ts";
import type { ResolvedRisk } from "../graph/mod.ts";
import type { Availability, Plan, Step, Unreachable } from "../planner/mod.ts";
import { dnsLabel, dnsSubdomain, integer, list, nested, optionalText, requiredText, tolerantList, uint32 } from "./checks.ts";
import {
  incarnationFromProto,
  incarnationToProto,
  reasonFromProto,
  reasonToProto,
  riskFromProto,
  riskToProto,
  stepFromProto,
  stepToProto,
} from "./common.ts";
import type { Incarnation, Reason } from "./common.ts";
import { WireError } from "./errors.ts";
import type { Decoded, WireProblem } from "./errors.ts";
import { portolan } from "./generated/portolan.js";
import { clip, COUNT_LIMITS, MESSAGE_LIMITS, TEXT_LIMITS } from "./limits.ts";
import { fromBytes, toBytes } from "./protobuf.ts";

/** What stands on an instance's availability subject. */
export interface AvailabilityReport {
  readonly cluster: string;
  readonly incarnation: Incarnation;
  /** Namespace and name of the ServiceInstance. */
  readonly namespace: string;
  readonly name: string;
  /** An encoded {@link AvailabilityDocument}; its SHA-256 is the report's `availabilityDigest`. Absent: the instance is gone. */
  readonly document?: Uint8Array;
}

/** The same bytes wherever the same is available, so that a hub keeps each one once. */
export interface AvailabilityDocument {
  readonly service: string;
  /** Installed version; absent when nothing is installed. */
  readonly from?: Version;
  /** Nearest first. */
  readonly available: readonly AvailableVersion[];
  /** Newest first. */
  readonly unavailable: readonly UnavailableVersion[];
  /** Counts of all, listed or left out. */
  readonly totalAvailable: number;
  readonly totalUnavailable: number;
}

export interface AvailableVersion {
  readonly version: Version;
  readonly steps: readonly Step[];
  readonly cost: number;
  /** Risks that apply, or may. */
  readonly risks: readonly ResolvedRisk[];
  readonly planHash: string;
}

export interface UnavailableVersion {
  readonly version: Version;
  /** At least one. */
  readonly reasons: readonly Reason[];
}

/** How many versions {@link availabilityDocument} lists at most. */
export interface AvailabilityBounds {
  readonly available: number;
  readonly unavailable: number;
}

const DEFAULT_BOUNDS: AvailabilityBounds = { available: 200, unavailable: 200 };

/** Room that is left for the fields around the lists. */
const DOCUMENT_FRAME_BYTES = 1024;

/**
 * The document of what the planner found. The nearest versions that fit into a document are listed; the totals tell of the others.
 */
export function availabilityDocument(
  service: string,
  from: Version | null,
  availability: Availability,
  bounds: AvailabilityBounds = DEFAULT_BOUNDS,
): AvailabilityDocument {
  let room = MESSAGE_LIMITS.availabilityDocument - DOCUMENT_FRAME_BYTES;
  const take = <T>(items: readonly T[], count: number, size: (item: T) => number): T[] => {
    const taken: T[] = [];
    for (const item of items.slice(0, count)) {
      room -= size(item);
      if (room < 0) break;
      taken.push(item);
    }
    return taken;
  };
  return {
    service,
    ...(from === null ? {} : { from }),
    available: take(
      availability.available.map(availableVersion),
      bounds.available,
      (item) => portolan.v1.AvailableVersion.encode(availableToProto(item)).len + ITEM_FRAME_BYTES,
    ),
    unavailable: take(
      availability.unavailable.map(unavailableVersion),
      bounds.unavailable,
      (item) => portolan.v1.UnavailableVersion.encode(unavailableToProto(item)).len + ITEM_FRAME_BYTES,
    ),
    totalAvailable: availability.available.length,
    totalUnavailable: availability.unavailable.length,
  };
}

/** Tag and length of an item in a list. */
const ITEM_FRAME_BYTES = 5;

function availableVersion(plan: Plan): AvailableVersion {
  return { version: plan.to, steps: plan.steps, cost: plan.cost, risks: plan.risks, planHash: plan.hash };
}

function unavailableVersion({ to, reasons }: Unreachable): UnavailableVersion {
  return { version: to, reasons: reasons.slice(0, COUNT_LIMITS.reasons).map(clippedReason) };
}

function clippedReason({ code, message, url }: Reason): Reason {
  return { code, message: clip(message), ...optionalText("url", url, TEXT_LIMITS.url) };
}

/** @throws {WireError} when a field or the whole is not within what may be sent. */
export function encodeAvailabilityReport(report: AvailabilityReport): Uint8Array {
  const { document } = report;
  if (document !== undefined && document.length === 0) {
    throw new WireError("InvalidField", "document", "an empty document would say that the instance is gone; leave it out to say so");
  }
  return toBytes(
    portolan.v1.AvailabilityReport,
    {
      cluster: dnsLabel(report.cluster, "cluster"),
      incarnation: nested(report.incarnation, "incarnation", incarnationToProto),
      namespace: dnsLabel(report.namespace, "namespace"),
      name: dnsSubdomain(report.name, "name"),
      ...(document === undefined ? {} : { document }),
    },
    MESSAGE_LIMITS.availabilityReport,
  );
}

/** @throws {WireError} */
export function decodeAvailabilityReport(bytes: Uint8Array): AvailabilityReport {
  const proto = fromBytes(portolan.v1.AvailabilityReport, bytes, MESSAGE_LIMITS.availabilityReport);
  const { document } = proto;
  return {
    cluster: dnsLabel(proto.cluster, "cluster"),
    incarnation: incarnationFromProto(proto.incarnation),
    namespace: dnsLabel(proto.namespace, "namespace"),
    name: dnsSubdomain(proto.name, "name"),
    // A copy, so that keeping the document does not keep the whole network buffer.
    ...(document === undefined || document.length === 0 ? {} : { document: Uint8Array.from(document) }),
  };
}

/** @throws {WireError} when a field or the whole is not within what may be sent. */
export function encodeAvailabilityDocument(document: AvailabilityDocument): Uint8Array {
  return toBytes(
    portolan.v1.AvailabilityDocument,
    {
      ...plainDocumentFields(document),
      available: list(document.available, "available", COUNT_LIMITS.versions, availableToProto),
      unavailable: list(document.unavailable, "unavailable", COUNT_LIMITS.versions, unavailableToProto),
    },
    MESSAGE_LIMITS.availabilityDocument,
  );
}

/**
 * A version whose plan holds something unknown is left out and listed.
 *
 * @throws {WireError}
 */
export function decodeAvailabilityDocument(bytes: Uint8Array): Decoded<AvailabilityDocument> {
  const proto = fromBytes(portolan.v1.AvailabilityDocument, bytes, MESSAGE_LIMITS.availabilityDocument);
  const problems: WireProblem[] = [];
  const versionOf = (item: { version?: string }): string | undefined => item.version;
  return {
    value: {
      ...plainDocumentFields(proto),
      available: tolerantList(proto.available, "available", COUNT_LIMITS.versions, problems, versionOf, availableFromProto),
      unavailable: tolerantList(proto.unavailable, "unavailable", COUNT_LIMITS.versions, problems, versionOf, unavailableFromProto),
    },
    problems,
  };
}

type ListFields = "available" | "unavailable";

function plainDocumentFields(
  document: Omit<AvailabilityDocument, ListFields> | portolan.v1.AvailabilityDocument.$Properties,
): Omit<AvailabilityDocument, ListFields> {
  return {
    service: dnsLabel(document.service, "service"),
    ...optionalText("from", document.from, TEXT_LIMITS.token),
    totalAvailable: uint32(document.totalAvailable, "totalAvailable"),
    totalUnavailable: uint32(document.totalUnavailable, "totalUnavailable"),
  };
}

function availableToProto(item: AvailableVersion): portolan.v1.AvailableVersion.$Properties {
  return {
    version: requiredText(item.version, "version", TEXT_LIMITS.token),
    steps: list(item.steps, "steps", COUNT_LIMITS.steps, stepToProto),
    cost: integer(item.cost, "cost"),
    risks: list(item.risks, "risks", COUNT_LIMITS.risks, riskToProto),
    planHash: requiredText(item.planHash, "planHash", TEXT_LIMITS.token),
  };
}

function availableFromProto(proto: portolan.v1.AvailableVersion.$Properties): AvailableVersion {
  return {
    version: requiredText(proto.version, "version", TEXT_LIMITS.token),
    steps: list(proto.steps, "steps", COUNT_LIMITS.steps, stepFromProto),
    cost: integer(proto.cost, "cost"),
    risks: list(proto.risks, "risks", COUNT_LIMITS.risks, riskFromProto),
    planHash: requiredText(proto.planHash, "planHash", TEXT_LIMITS.token),
  };
}

function unavailableToProto(item: UnavailableVersion): portolan.v1.UnavailableVersion.$Properties {
  return {
    version: requiredText(item.version, "version", TEXT_LIMITS.token),
    reasons: list(item.reasons, "reasons", COUNT_LIMITS.reasons, reasonToProto),
  };
}

function unavailableFromProto(proto: portolan.v1.UnavailableVersion.$Properties): UnavailableVersion {
  const reasons = list(proto.reasons, "reasons", COUNT_LIMITS.reasons, reasonFromProto);
  if (reasons.length === 0) throw new WireError("MissingField", "reasons", "must hold at least one");
  return { version: requiredText(proto.version, "version", TEXT_LIMITS.token), reasons };
}
