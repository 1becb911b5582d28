/** Whether a signed intent document is for this cluster, now. Pure; the order of the checks is part of the protocol. */
import { sha256Hex } from "@portolan/shared/json";
import { SigningError, verifyEnvelope, type PinnedKeys } from "@portolan/shared/signing";
import {
  decodeIntentDocument,
  INTENT_DOCUMENT_TYPE,
  sameIncarnation,
  WireError,
  type Incarnation,
  type IntentDocument,
  type Reason,
  type WireProblem,
} from "@portolan/shared/wire";

/** A hub's clock may be ahead of ours by this much. Documents from the past are legitimate: an agent that was away reads the last one. */
const mostClockSkewMs = 5 * 60 * 1000;

export interface DocumentRecipient {
  readonly cluster: string;
  readonly incarnation: Incarnation;
  /** Keys of the hub, any of which may sign. */
  readonly hubKeys: PinnedKeys;
  /** The newest document that was accepted, also before a restart. */
  readonly seen: SeenDocument;
}

export interface SeenDocument {
  /** 0 when none was seen. */
  readonly revision: number;
  /** SHA-256 of its envelope. */
  readonly digest: string;
}

export type DocumentVerdict =
  | { readonly accepted: true; readonly document: IntentDocument; readonly problems: readonly WireProblem[]; readonly seen: SeenDocument }
  | { readonly accepted: false; readonly refusal: Reason };

/** Checks an envelope: signature, cluster, incarnation, revision, clock. */
export function acceptDocument(envelope: Uint8Array, recipient: DocumentRecipient, now: number): DocumentVerdict {
  const opened = open(envelope, recipient.hubKeys);
  if ("code" in opened) return { accepted: false, refusal: opened };
  const { value: document, problems } = opened;
  const digest = sha256Hex(envelope);
  const refusal = refusalOf(document, digest, recipient, now);
  if (refusal !== undefined) return { accepted: false, refusal };
  return { accepted: true, document, problems, seen: { revision: document.revision, digest } };
}

function open(envelope: Uint8Array, hubKeys: PinnedKeys): ReturnType<typeof decodeIntentDocument> | Reason {
  try {
    return decodeIntentDocument(verifyEnvelope(envelope, hubKeys, INTENT_DOCUMENT_TYPE));
  } catch (error) {
    if (!(error instanceof SigningError || error instanceof WireError)) throw error;
    return { code: refusalCode(error), message: error.message };
  }
}

function refusalCode(error: SigningError | WireError): string {
  // Of an envelope that is too large the signature is not looked at.
  const { cause } = error;
  const wire = error instanceof WireError ? error : cause instanceof WireError ? cause : undefined;
  if (wire?.code === "TooLarge") return "TooLarge";
  return error instanceof SigningError ? "BadSignature" : "Malformed";
}

function refusalOf(document: IntentDocument, digest: string, recipient: DocumentRecipient, now: number): Reason | undefined {
  const { cluster, incarnation, seen } = recipient;
  if (document.cluster !== cluster)
    return { code: "WrongCluster", message: `it is for the cluster ${document.cluster}, this is ${cluster}` };
  if (!sameIncarnation(document.incarnation, incarnation)) {
    return { code: "WrongIncarnation", message: "it is for another cluster that had this name" };
  }
  // The very document that was seen last is heard again after every restart.
  if (document.revision < seen.revision || (document.revision === seen.revision && digest !== seen.digest)) {
    return { code: "OldRevision", message: `its revision is ${document.revision}, ${seen.revision} was seen before` };
  }
  if (document.issuedAtUnixMs > now + mostClockSkewMs) {
    return {
      code: "ClockSkew",
      message: `it was signed ${Math.round((document.issuedAtUnixMs - now) / 1000)} s in the future of this cluster's clock`,
    };
  }
  return undefined;
}
