/** By which a hub mends its view of one cluster: it asks for the list behind a digest, then for the payloads that it lacks. */
import { digestBytes, digestHex, dnsLabel, list, nested, requiredText, uint32 } from "./checks.ts";
import { incarnationFromProto, incarnationToProto } from "./common.ts";
import type { Incarnation } from "./common.ts";
import type { SubjectDigest } from "./digest.ts";
import { portolan } from "./generated/portolan.js";
import { COUNT_LIMITS, MESSAGE_LIMITS, TEXT_LIMITS } from "./limits.ts";
import { fromBytes, toBytes } from "./protobuf.ts";

/** The full list behind a heartbeat's digest. Tombstones are not listed. */
export interface DigestList {
  readonly cluster: string;
  readonly incarnation: Incarnation;
  readonly entries: readonly SubjectDigest[];
}

/** Asks an agent to publish these last values again. */
export interface RepublishRequest {
  /** Subjects of the agent's own cluster. */
  readonly subjects: readonly string[];
}

export interface RepublishReply {
  /** How many were published again. */
  readonly published: number;
}

/** The request asks for everything there is, so it holds nothing. */
export function encodeDigestListRequest(): Uint8Array {
  return toBytes(portolan.v1.DigestListRequest, {}, MESSAGE_LIMITS.small);
}

/** @throws {WireError} when the bytes are not such a request. */
export function decodeDigestListRequest(bytes: Uint8Array): void {
  fromBytes(portolan.v1.DigestListRequest, bytes, MESSAGE_LIMITS.small);
}

/** @throws {WireError} */
export function encodeDigestList(digests: DigestList): Uint8Array {
  return toBytes(
    portolan.v1.DigestList,
    {
      cluster: dnsLabel(digests.cluster, "cluster"),
      incarnation: nested(digests.incarnation, "incarnation", incarnationToProto),
      entries: list(digests.entries, "entries", COUNT_LIMITS.digestEntries, ({ subject, digest }) => ({
        subject: requiredText(subject, "subject", TEXT_LIMITS.line),
        digest: digestBytes(digest, "digest"),
      })),
    },
    MESSAGE_LIMITS.digestList,
  );
}

/** @throws {WireError} */
export function decodeDigestList(bytes: Uint8Array): DigestList {
  const proto = fromBytes(portolan.v1.DigestList, bytes, MESSAGE_LIMITS.digestList);
  return {
    cluster: dnsLabel(proto.cluster, "cluster"),
    incarnation: incarnationFromProto(proto.incarnation),
    entries: list(proto.entries, "entries", COUNT_LIMITS.digestEntries, ({ subject, digest }) => ({
      subject: requiredText(subject, "subject", TEXT_LIMITS.line),
      digest: digestHex(digest, "digest"),
    })),
  };
}

/** @throws {WireError} */
export function encodeRepublishRequest(request: RepublishRequest): Uint8Array {
  return toBytes(portolan.v1.RepublishRequest, republishFields(request), MESSAGE_LIMITS.republishRequest);
}

/** @throws {WireError} */
export function decodeRepublishRequest(bytes: Uint8Array): RepublishRequest {
  return republishFields(fromBytes(portolan.v1.RepublishRequest, bytes, MESSAGE_LIMITS.republishRequest));
}

function republishFields(request: RepublishRequest | portolan.v1.RepublishRequest.$Properties): { subjects: string[] } {
  return {
    subjects: list(request.subjects, "subjects", COUNT_LIMITS.digestEntries, (subject) => requiredText(subject, "", TEXT_LIMITS.line)),
  };
}

/** @throws {WireError} */
export function encodeRepublishReply(reply: RepublishReply): Uint8Array {
  return toBytes(portolan.v1.RepublishReply, { published: uint32(reply.published, "published") }, MESSAGE_LIMITS.small);
}

/** @throws {WireError} */
export function decodeRepublishReply(bytes: Uint8Array): RepublishReply {
  const proto = fromBytes(portolan.v1.RepublishReply, bytes, MESSAGE_LIMITS.small);
  return { published: uint32(proto.published, "published") };
}
