/**
 * The wire contract: domain types, and codecs between them and protobuf bytes.
 *
 * Decoders read what others wrote and trust nothing: the only error they throw is {@link WireError}. Fields that are not known are
 * ignored; an item of a list that alone is wrong is left out and listed in `problems`. Signing is in `signing/`, sending in `bus/`.
 */
export { WireError } from "./errors.ts";
export type { Decoded, WireErrorCode, WireProblem } from "./errors.ts";
export { clip, COUNT_LIMITS, MESSAGE_LIMITS, TEXT_LIMITS } from "./limits.ts";
export { isDnsLabel, isDnsSubdomain } from "./checks.ts";
export { sameIncarnation } from "./common.ts";
export type { Incarnation, OperationKind, Reason } from "./common.ts";
export { decodeInstanceReport, encodeInstanceReport } from "./report.ts";
export type { InstanceContent, InstancePhase, InstanceReport, InstanceStatus, OperationStatus } from "./report.ts";
export {
  availabilityDocument,
  decodeAvailabilityDocument,
  decodeAvailabilityReport,
  encodeAvailabilityDocument,
  encodeAvailabilityReport,
} from "./availability.ts";
export type { AvailabilityBounds, AvailabilityDocument, AvailabilityReport, AvailableVersion, UnavailableVersion } from "./availability.ts";
export { decodeHeartbeat, encodeHeartbeat } from "./heartbeat.ts";
export type { Facts, Heartbeat } from "./heartbeat.ts";
export { isFinal } from "./intent-state.ts";
export type { CheckResult, ManifestChanges } from "./check-result.ts";
export type { IntentPhase, IntentState } from "./intent-state.ts";
export { decodeIntentDocument, encodeIntentDocument, INTENT_DOCUMENT_TYPE } from "./intent.ts";
export type { CatalogReference, Intent, IntentBase, IntentDocument, IntentMode, IntentWish } from "./intent.ts";
export type { InstanceTemplate } from "./instance-template.ts";
export { decodeCatalogDocument, encodeCatalogDocument } from "./catalog.ts";
export type { CatalogDocument } from "./catalog.ts";
export { decodeEvent, encodeEvent } from "./event.ts";
export type { EventType, FleetEvent, HookRecord } from "./event.ts";
export {
  decodeDigestList,
  decodeDigestListRequest,
  decodeRepublishReply,
  decodeRepublishRequest,
  encodeDigestList,
  encodeDigestListRequest,
  encodeRepublishReply,
  encodeRepublishRequest,
} from "./repair.ts";
export type { DigestList, RepublishReply, RepublishRequest } from "./repair.ts";
export { decodeEnvelope, encodeEnvelope } from "./envelope.ts";
export type { Envelope, EnvelopeSignature } from "./envelope.ts";
export { SubjectDigests, subjectDigest } from "./digest.ts";
export type { SubjectDigest } from "./digest.ts";
export { isClusterName, nameOfToken, parseSubject, subjects, subjectToken } from "./subjects.ts";
export type { ClusterSubject, InstanceSubject, ParsedSubject } from "./subjects.ts";
