/** A signed message: the exact bytes that were signed, their type, and the signatures. `signing/` makes and verifies them. */
import { list, required, requiredText } from "./checks.ts";
import { WireError } from "./errors.ts";
import { portolan } from "./generated/portolan.js";
import { COUNT_LIMITS, MESSAGE_LIMITS, TEXT_LIMITS } from "./limits.ts";
import { fromBytes, toBytes } from "./protobuf.ts";

export interface Envelope {
  readonly payload: Uint8Array;
  /** Full protobuf name of the payload, for example `portolan.v1.IntentDocument`. */
  readonly payloadType: string;
  /** At least one. */
  readonly signatures: readonly EnvelopeSignature[];
}

export interface EnvelopeSignature {
  /** First 16 hex digits of the SHA-256 of the raw public key. */
  readonly keyId: string;
  /** Ed25519 (RFC 8032), 64 bytes. */
  readonly signature: Uint8Array;
}

const ED25519_SIGNATURE_BYTES = 64;

/** @throws {WireError} */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  return toBytes(portolan.v1.Envelope, envelopeFields(envelope), MESSAGE_LIMITS.envelope);
}

/** @throws {WireError} */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  return envelopeFields(fromBytes(portolan.v1.Envelope, bytes, MESSAGE_LIMITS.envelope));
}

function envelopeFields(envelope: Envelope | portolan.v1.Envelope.$Properties): {
  payload: Uint8Array;
  payloadType: string;
  signatures: EnvelopeSignature[];
} {
  const signatures = list<EnvelopeSignature | portolan.v1.Signature.$Properties, EnvelopeSignature>(
    envelope.signatures,
    "signatures",
    COUNT_LIMITS.signatures,
    signatureFields,
  );
  if (signatures.length === 0) throw new WireError("MissingField", "signatures", "must hold at least one");
  return {
    payload: Uint8Array.from(required(envelope.payload, "payload")),
    payloadType: requiredText(envelope.payloadType, "payloadType", TEXT_LIMITS.token),
    signatures,
  };
}

function signatureFields(proto: EnvelopeSignature | portolan.v1.Signature.$Properties): EnvelopeSignature {
  const signature = required(proto.signature, "signature");
  if (signature.length !== ED25519_SIGNATURE_BYTES) {
    throw new WireError("InvalidField", "signature", `must be ${ED25519_SIGNATURE_BYTES} bytes, found ${signature.length}`);
  }
  return { keyId: requiredText(proto.keyId, "keyId", TEXT_LIMITS.token), signature: Uint8Array.from(signature) };
}
