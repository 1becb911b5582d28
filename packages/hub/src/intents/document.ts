import type { IntentContent } from "./decide.ts";
import {
  decodeIntentDocument,
  encodeIntentDocument,
  INTENT_DOCUMENT_TYPE,
  TEXT_LIMITS,
  WireError,
  type IntentDocument,
} from "@portolan/shared/wire";
import { signEnvelope, SigningError, verifyEnvelope, type PinnedKeys, type SigningKey } from "@portolan/shared/signing";

/** What a cluster should be told cannot be put into a document. */
export class IntentDocumentError extends Error {
  readonly code: "IntentDocumentTooLarge" | "IntentDocumentInvalid";
  readonly cluster: string;

  constructor(cluster: string, cause: WireError) {
    const tooLarge = cause.code === "TooLarge";
    super(
      tooLarge
        ? `the intent document of cluster ${cluster} would be too large (${cause.message}): give instances less configuration, end rollouts, withdraw catalogs or remove labels`
        : `the intent document of cluster ${cluster} cannot be written: ${cause.message}`,
      { cause },
    );
    this.name = "IntentDocumentError";
    this.code = tooLarge ? "IntentDocumentTooLarge" : "IntentDocumentInvalid";
    this.cluster = cluster;
  }
}

/**
 * A signed document, ready to be published.
 *
 * @throws IntentDocumentError
 */
export function sealDocument(document: IntentDocument, key: SigningKey): Uint8Array {
  try {
    return signEnvelope(INTENT_DOCUMENT_TYPE, encodeIntentDocument(document), key);
  } catch (error) {
    throw error instanceof WireError ? new IntentDocumentError(document.cluster, error) : error;
  }
}

/** As large as a document can be beside its content. */
const LARGEST = {
  incarnation: { clusterUid: "0".repeat(TEXT_LIMITS.token), registrationId: "0".repeat(TEXT_LIMITS.token) },
  revision: Number.MAX_SAFE_INTEGER,
  issuedAtUnixMs: Number.MAX_SAFE_INTEGER,
};

/** Why a cluster could not be told all of this at once; undefined: it could. What else may be wrong is found when it is sealed. */
export function documentTooLarge(cluster: string, content: IntentContent): IntentDocumentError | undefined {
  try {
    encodeIntentDocument({ cluster, ...LARGEST, ...content });
    return undefined;
  } catch (error) {
    if (!(error instanceof WireError)) {
      throw error;
    }
    return error.code === "TooLarge" ? new IntentDocumentError(cluster, error) : undefined;
  }
}

/**
 * The document in an envelope, when this hub signed it for the cluster on whose subject it stands. Anything else says nothing about
 * what the cluster was told: undefined.
 */
export function openDocument(bytes: Uint8Array, cluster: string, keys: PinnedKeys): IntentDocument | undefined {
  try {
    const { value, problems } = decodeIntentDocument(verifyEnvelope(bytes, keys, INTENT_DOCUMENT_TYPE));
    return value.cluster === cluster && problems.length === 0 ? value : undefined;
  } catch (error) {
    if (error instanceof WireError || error instanceof SigningError) {
      return undefined;
    }
    throw error;
  }
}
