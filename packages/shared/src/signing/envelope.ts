/**
 * Envelopes after DSSE (https://github.com/secure-systems-lab/dsse, v1.0.2): what is signed is the pre-authentication encoding of the
 * payload's type and its exact bytes, so that neither can be exchanged, and nothing has to be encoded again to be verified.
 */
import { sign, verify } from "node:crypto";

import { decodeEnvelope, encodeEnvelope, WireError } from "../wire/mod.ts";
import type { Envelope } from "../wire/mod.ts";
import { SigningError } from "./errors.ts";
import type { PinnedKeys, SigningKey } from "./keys.ts";

/**
 * Signs `payload` as a message of the type `payloadType` (its full protobuf name).
 *
 * @throws {WireError} TooLarge, when the envelope would be larger than may be sent.
 */
export function signEnvelope(payloadType: string, payload: Uint8Array, key: SigningKey): Uint8Array {
  const signature = sign(null, preAuthenticationEncoding(payloadType, payload), key.privateKey);
  return encodeEnvelope({ payload, payloadType, signatures: [{ keyId: key.keyId, signature }] });
}

/**
 * The payload of an envelope that one of the pinned keys signed.
 *
 * @throws {SigningError} Malformed, WrongType, UnknownKey or BadSignature.
 */
export function verifyEnvelope(bytes: Uint8Array, pinned: PinnedKeys, expectedType: string): Uint8Array {
  const { payload, payloadType, signatures } = openEnvelope(bytes);
  if (payloadType !== expectedType) {
    throw new SigningError("WrongType", `expected a ${expectedType}, found a ${JSON.stringify(payloadType)}`);
  }
  const encoded = preAuthenticationEncoding(payloadType, payload);
  let known = false;
  for (const { keyId, signature } of signatures) {
    const key = pinned.get(keyId);
    if (key === undefined) continue;
    known = true;
    if (verify(null, encoded, key, signature)) return payload;
  }
  const ids = signatures.map(({ keyId }) => JSON.stringify(keyId)).join(", ");
  if (!known) {
    const expected = [...pinned.keys()].join(", ");
    throw new SigningError("UnknownKey", `signed by ${ids}; pinned are ${expected === "" ? "no keys" : expected}`);
  }
  throw new SigningError("BadSignature", `the signature of ${ids} is not over these bytes`);
}

/** DSSEv1: every part with its length in bytes, so that no two inputs give the same bytes. */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.length} `), type, Buffer.from(` ${payload.length} `), payload]);
}

function openEnvelope(bytes: Uint8Array): Envelope {
  try {
    return decodeEnvelope(bytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new SigningError("Malformed", `not a signed envelope: ${error.message}`, { cause: error });
  }
}
