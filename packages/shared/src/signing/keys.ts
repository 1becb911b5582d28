/** Ed25519 keys: made, loaded, named and pinned. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import type { KeyObject } from "node:crypto";

import { SigningError } from "./errors.ts";

/** A key that signs. */
export interface SigningKey {
  /** First 16 hex digits of the SHA-256 of the raw public key. */
  readonly keyId: string;
  /** The raw 32 bytes, base64. This is what agents pin. */
  readonly publicKey: string;
  readonly privateKey: KeyObject;
}

/** Public keys that are trusted, by key id. */
export type PinnedKeys = ReadonlyMap<string, KeyObject>;

export interface KeyPair {
  /** PKCS#8. */
  readonly privateKeyPem: string;
  /** The raw 32 bytes, base64. */
  readonly publicKey: string;
}

const RAW_KEY_BYTES = 32;
const KEY_ID_DIGITS = 16;

export function generateKeyPair(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }),
    publicKey: rawPublicKey(publicKey).toString("base64"),
  };
}

/** @throws {SigningError} InvalidKey, when the PEM holds no Ed25519 private key. */
export function loadSigningKey(privateKeyPem: string): SigningKey {
  const privateKey = parseKey("private key", () => createPrivateKey(privateKeyPem));
  const raw = rawPublicKey(createPublicKey(privateKey));
  return { keyId: keyIdOf(raw), publicKey: raw.toString("base64"), privateKey };
}

/**
 * Names a public key (raw 32 bytes, base64): the first 16 hex digits of its SHA-256.
 *
 * @throws {SigningError} InvalidKey
 */
export function keyId(publicKey: string): string {
  return keyIdOf(rawBytes(publicKey));
}

/**
 * Public keys (raw 32 bytes, base64) to verify with. Two keys with one key id do not happen by chance (64 bits) and are refused.
 *
 * @throws {SigningError} InvalidKey
 */
export function pinKeys(publicKeys: readonly string[]): PinnedKeys {
  const pinned = new Map<string, KeyObject>();
  for (const publicKey of publicKeys) {
    const raw = rawBytes(publicKey);
    const key = parseKey("public key", () =>
      createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") }, format: "jwk" }),
    );
    const id = keyIdOf(raw);
    const other = pinned.get(id);
    if (other !== undefined && !other.equals(key)) {
      throw new SigningError("InvalidKey", `two different public keys share the key id ${id}`);
    }
    pinned.set(id, key);
  }
  return pinned;
}

function keyIdOf(raw: Buffer): string {
  return createHash("sha256").update(raw).digest("hex").slice(0, KEY_ID_DIGITS);
}

function rawPublicKey(key: KeyObject): Buffer {
  const { crv, x } = key.export({ format: "jwk" });
  if (crv !== "Ed25519" || x === undefined) throw new SigningError("InvalidKey", "the key is not an Ed25519 key");
  return Buffer.from(x, "base64url");
}

/** Strict: what is pinned has one spelling only. */
function rawBytes(publicKey: string): Buffer {
  const raw = Buffer.from(publicKey, "base64");
  if (raw.length !== RAW_KEY_BYTES || raw.toString("base64") !== publicKey) {
    throw new SigningError("InvalidKey", `a public key is ${RAW_KEY_BYTES} bytes in base64, found ${JSON.stringify(publicKey)}`);
  }
  return raw;
}

/** OpenSSL's own message is kept as the cause only: it may quote the input. */
function parseKey(what: string, parse: () => KeyObject): KeyObject {
  try {
    return parse();
  } catch (error) {
    throw new SigningError("InvalidKey", `not an Ed25519 ${what}`, { cause: error });
  }
}
