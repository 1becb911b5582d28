/** Signed intent documents, as a hub publishes them. */
import { generateKeyPair, loadSigningKey, pinKeys, signEnvelope } from "@portolan/shared/signing";
import {
  encodeIntentDocument,
  INTENT_DOCUMENT_TYPE,
  type Incarnation,
  type Intent,
  type IntentBase,
  type IntentDocument,
} from "@portolan/shared/wire";

const pair = generateKeyPair();

/** The hub's key, and its public half as agents pin it. */
export const hubKey = loadSigningKey(pair.privateKeyPem);
export const hubKeys = pinKeys([pair.publicKey]);
export const otherKey = loadSigningKey(generateKeyPair().privateKeyPem);

export const cluster = "north";
export const incarnation: Incarnation = { clusterUid: "uid-1", registrationId: "r1" };

export function aDocument(parts: Partial<IntentDocument> = {}): IntentDocument {
  return { cluster, incarnation, revision: 5, issuedAtUnixMs: Date.now(), labels: {}, catalogSet: [], intents: [], ...parts };
}

export function seal(document: IntentDocument, key = hubKey): Uint8Array {
  return signEnvelope(INTENT_DOCUMENT_TYPE, encodeIntentDocument(document), key);
}

export function intentFor(name: string, parts: Partial<IntentBase & { readonly version: string }> = {}): Intent {
  return {
    id: `i-${name}`,
    namespace: "apps",
    name,
    mode: "Apply",
    service: "web",
    action: "Move",
    version: "2.0.0",
    acceptRisks: [],
    ...parts,
  };
}
