import { decodeIntentDocument, encodeIntentDocument, INTENT_DOCUMENT_TYPE, WireError, type IntentDocument } from "@portolan/shared/wire";
import { signEnvelope, SigningError, verifyEnvelope, type PinnedKeys, type SigningKey } from "@portolan/shared/signing";

/** What a cluster would be told does not fit into one document. */
export class IntentDocumentTooLarge extends Error {
  readonly code = "IntentDocumentTooLarge";
  readonly cluster: string;

  constructor(cluster: string, { detail }: WireError) {
    super(`the intent document of cluster ${cluster} is too large (${detail}): end upgrades, withdraw catalogs or remove labels`);
    this.name = "IntentDocumentTooLarge";
    this.cluster = cluster;
  }
}

/**
 * A signed document, ready to be published.
 *
 * @throws IntentDocumentTooLarge
 */
export function sealDocument(document: IntentDocument, key: SigningKey): Uint8Array {
  try {
    return signEnvelope(INTENT_DOCUMENT_TYPE, encodeIntentDocument(document), key);
  } catch (error) {
    if (error instanceof WireError && error.code === "TooLarge") {
      throw new IntentDocumentTooLarge(document.cluster, error);
    }
    throw error;
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
