/**
 * The golden files of `testdata/wire`: for each one a domain value, the bytes that it is encoded to, and those bytes as protobuf's own
 * JSON. A new one is written by hand with empty `bytes` and `protobuf`; the failing test shows what belongs there.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import * as wire from "./mod.ts";

export interface Golden {
  readonly file: string;
  readonly message: string;
  readonly value: unknown;
  readonly protobuf: unknown;
  readonly bytes: Uint8Array;
}

export interface Codec {
  encode(value: unknown): Uint8Array;
  /** Of those decoders that leave out items, the value and no problems. */
  decode(bytes: Uint8Array): unknown;
}

const folder = join(import.meta.dirname, "../../testdata/wire");

export function goldens(): Golden[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => {
      const { message, value, protobuf, bytes }: GoldenFile = JSON.parse(readFileSync(join(folder, file), "utf8"));
      return { file, message, value: revive(value), protobuf, bytes: Uint8Array.from(Buffer.from(bytes, "base64")) };
    });
}

interface GoldenFile {
  readonly message: string;
  readonly value: unknown;
  readonly protobuf: unknown;
  readonly bytes: string;
}

/** `{"$base64": "…"}` stands for bytes. */
function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (typeof value !== "object" || value === null) return value;
  if ("$base64" in value) return Uint8Array.from(Buffer.from(String(value.$base64), "base64"));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]));
}

/** The codec of every message, by the message's name in the .proto files. */
export const codecs: Readonly<Record<string, Codec>> = {
  InstanceReport: decoded(wire.encodeInstanceReport, wire.decodeInstanceReport),
  AvailabilityDocument: decoded(wire.encodeAvailabilityDocument, wire.decodeAvailabilityDocument),
  AvailabilityReport: plain(wire.encodeAvailabilityReport, wire.decodeAvailabilityReport),
  Heartbeat: decoded(wire.encodeHeartbeat, wire.decodeHeartbeat),
  IntentDocument: decoded(wire.encodeIntentDocument, wire.decodeIntentDocument),
  CatalogDocument: plain(wire.encodeCatalogDocument, wire.decodeCatalogDocument),
  Event: plain(wire.encodeEvent, wire.decodeEvent),
  DigestListRequest: {
    encode: wire.encodeDigestListRequest,
    decode: (bytes) => {
      wire.decodeDigestListRequest(bytes);
      return {};
    },
  },
  DigestList: plain(wire.encodeDigestList, wire.decodeDigestList),
  RepublishRequest: plain(wire.encodeRepublishRequest, wire.decodeRepublishRequest),
  RepublishReply: plain(wire.encodeRepublishReply, wire.decodeRepublishReply),
  Envelope: plain(wire.encodeEnvelope, wire.decodeEnvelope),
};

export function codecOf(message: string): Codec {
  const codec = codecs[message];
  if (codec === undefined) throw new Error(`no codec for ${message}`);
  return codec;
}

function plain<T>(encode: (value: T) => Uint8Array, decode: (bytes: Uint8Array) => T): Codec {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a golden file holds is of the message's type, or the test fails
  return { encode: (value) => encode(value as T), decode };
}

function decoded<T>(encode: (value: T) => Uint8Array, decode: (bytes: Uint8Array) => wire.Decoded<T>): Codec {
  return plain(encode, (bytes) => decode(bytes).value);
}
