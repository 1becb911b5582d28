import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { decodeEnvelope, encodeEnvelope } from "../wire/mod.ts";
import { preAuthenticationEncoding } from "./envelope.ts";
import { generateKeyPair, keyId, loadSigningKey, pinKeys, signEnvelope, SigningError, verifyEnvelope } from "./mod.ts";

const TYPE = "portolan.v1.IntentDocument";
const payload = Uint8Array.from([1, 2, 3]);
const pair = generateKeyPair();
const key = loadSigningKey(pair.privateKeyPem);
const other = loadSigningKey(generateKeyPair().privateKeyPem);
const pinned = pinKeys([pair.publicKey]);

function refusal(verification: () => unknown): SigningError | undefined {
  try {
    verification();
    return undefined;
  } catch (error) {
    if (error instanceof SigningError) return error;
    throw error;
  }
}

describe("keys", () => {
  it("are made, loaded and named the same", () => {
    expect(key.publicKey).toBe(pair.publicKey);
    expect(key.keyId).toBe(keyId(pair.publicKey));
    expect(Buffer.from(pair.publicKey, "base64")).toHaveLength(32);
    expect([...pinned.keys()]).toEqual([key.keyId]);
  });

  it("have the id that anyone can compute: 16 hex digits of the SHA-256 of the raw key", () => {
    // echo 11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo= | base64 -d | sha256sum (RFC 8032, test 1)
    expect(keyId("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")).toBe("21fe31dfa154a261");
  });

  it.each(["", "abc", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo", "not base64!", Buffer.alloc(31).toString("base64")])(
    "refuse the public key %j",
    (publicKey) => {
      expect(refusal(() => pinKeys([publicKey]))).toMatchObject({ code: "InvalidKey" });
    },
  );

  it("refuse a private key of another kind, or none, without quoting it", () => {
    const rsa = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    expect(refusal(() => loadSigningKey(rsa.privateKey))).toMatchObject({ code: "InvalidKey" });
    const garbage = refusal(() => loadSigningKey("secret-looking text"));
    expect(garbage).toMatchObject({ code: "InvalidKey" });
    expect(garbage?.message).not.toContain("secret");
  });
});

describe("envelopes", () => {
  const envelope = signEnvelope(TYPE, payload, key);

  it("give back what a pinned key signed", () => {
    expect(verifyEnvelope(envelope, pinned, TYPE)).toEqual(payload);
    expect(verifyEnvelope(signEnvelope(TYPE, new Uint8Array(), key), pinned, TYPE)).toEqual(new Uint8Array());
  });

  it("sign the DSSE encoding, so that other tools can verify them", () => {
    // The example of the DSSE specification.
    expect(Buffer.from(preAuthenticationEncoding("http://example.com/HelloWorld", Buffer.from("hello world"))).toString()).toBe(
      "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
    );
    const { signatures } = decodeEnvelope(envelope);
    const signed = Buffer.concat([Buffer.from("DSSEv1 26 portolan.v1.IntentDocument 3 "), payload]);
    expect(verify(null, signed, createPublicKey(key.privateKey), signatures[0]?.signature ?? new Uint8Array())).toBe(true);
  });

  it("are refused by who did not pin the key", () => {
    expect(refusal(() => verifyEnvelope(envelope, pinKeys([other.publicKey]), TYPE))).toMatchObject({ code: "UnknownKey" });
    expect(refusal(() => verifyEnvelope(envelope, pinKeys([]), TYPE))).toMatchObject({ code: "UnknownKey" });
  });

  it("are refused as another type", () => {
    expect(refusal(() => verifyEnvelope(envelope, pinned, "portolan.v1.Other"))).toMatchObject({ code: "WrongType" });
    const renamed = encodeEnvelope({ ...decodeEnvelope(envelope), payloadType: "portolan.v1.Other" });
    expect(refusal(() => verifyEnvelope(renamed, pinned, "portolan.v1.Other"))).toMatchObject({ code: "BadSignature" });
  });

  it("are refused with an altered payload, or a key id that is not the signer's", () => {
    const altered = encodeEnvelope({ ...decodeEnvelope(envelope), payload: Uint8Array.from([1, 2, 4]) });
    expect(refusal(() => verifyEnvelope(altered, pinned, TYPE))).toMatchObject({ code: "BadSignature" });
    const forged = encodeEnvelope({
      ...decodeEnvelope(signEnvelope(TYPE, payload, other)),
      signatures: [{ keyId: key.keyId, signature: decodeEnvelope(signEnvelope(TYPE, payload, other)).signatures[0]?.signature ?? payload }],
    });
    expect(refusal(() => verifyEnvelope(forged, pinned, TYPE))).toMatchObject({ code: "BadSignature" });
  });

  it("hold when one of several signatures is by a pinned key", () => {
    const both = encodeEnvelope({
      ...decodeEnvelope(envelope),
      signatures: [...decodeEnvelope(signEnvelope(TYPE, payload, other)).signatures, ...decodeEnvelope(envelope).signatures],
    });
    expect(verifyEnvelope(both, pinned, TYPE)).toEqual(payload);
  });

  it("are refused unsigned, and when they are none", () => {
    expect(refusal(() => verifyEnvelope(payload, pinned, TYPE))).toMatchObject({ code: "Malformed" });
    expect(refusal(() => verifyEnvelope(new Uint8Array(), pinned, TYPE))).toMatchObject({ code: "Malformed" });
  });

  it("never hold with any byte changed, and never throw anything but SigningError", () => {
    const property = fc.property(fc.nat(envelope.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
      const damaged = Uint8Array.from(envelope);
      damaged[at] = (damaged[at] ?? 0) ^ difference;
      expect(refusal(() => verifyEnvelope(damaged, pinned, TYPE))).toBeDefined();
    });
    expect(() => fc.assert(property, { numRuns: 1000 })).not.toThrow();
  });
});
