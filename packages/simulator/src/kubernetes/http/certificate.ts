/** The certificate that an API server makes for itself when it is given none: self-signed, so that it is its own authority (X.509, RFC 5280). */
import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

export interface ServerCertificate {
  /** PKCS #8, PEM. */
  readonly key: string;
  /** PEM; clients trust it as their certificate authority. */
  readonly certificate: string;
}

const dayMs = 86_400_000;

/** @param address the IPv4 address that clients connect to */
export function selfSignedCertificate(address: string, nowMs: number): ServerCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = sequence(tagged(0x31, sequence(oid(commonName), tagged(0x0c, Buffer.from("kube-apiserver")))));
  const algorithm = sequence(oid(ecdsaWithSha256));
  const alternativeNames = sequence(tagged(0x87, Buffer.from(address.split(".").map(Number))));
  const isAuthority = sequence(tagged(0x01, Buffer.from([0xff])));
  const toBeSigned = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(randomBytes(16)),
    algorithm,
    name,
    sequence(time(nowMs - dayMs), time(nowMs + 365 * dayMs)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(extension(subjectAltName, alternativeNames), extension(basicConstraints, isAuthority))),
  );
  const signature = sign("sha256", toBeSigned, privateKey);
  const der = sequence(toBeSigned, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return { key: privateKey.export({ type: "pkcs8", format: "pem" }), certificate: pem(der) };
}

const commonName = [0x55, 0x04, 0x03];
const ecdsaWithSha256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const subjectAltName = [0x55, 0x1d, 0x11];
const basicConstraints = [0x55, 0x1d, 0x13];

/** DER: a tag, the length, the content (X.690). */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head = length < 0x80 ? [tag, length] : length < 0x1_00 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function oid(encoded: readonly number[]): Buffer {
  return tagged(0x06, Buffer.from(encoded));
}

/** Unsigned: a first bit would make it negative, and superfluous zeros are not allowed. */
function integer(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const shortest = bytes.subarray(Math.max(0, first));
  return tagged(0x02, (shortest[0] ?? 0) < 0x80 ? shortest : Buffer.concat([Buffer.from([0]), shortest]));
}

/** As YYYYMMDDHHMMSSZ. */
function time(ms: number): Buffer {
  return tagged(0x18, Buffer.from(`${new Date(ms).toISOString().replaceAll(/\.\d+Z|[-:T]/gu, "")}Z`));
}

function extension(id: readonly number[], value: Buffer): Buffer {
  return sequence(oid(id), tagged(0x04, value));
}

function pem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/gu) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
