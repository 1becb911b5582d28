import { sha256Hex } from "@portolan/shared/json";
import { signEnvelope } from "@portolan/shared/signing";
import { decodeEnvelope, encodeEnvelope, encodeIntentDocument, INTENT_DOCUMENT_TYPE, MESSAGE_LIMITS } from "@portolan/shared/wire";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptDocument, type DocumentRecipient } from "./accept-document.ts";
import { aDocument, cluster, hubKey, hubKeys, incarnation, intentFor, otherKey, seal } from "./document.fixture.ts";

const NOW = Date.UTC(2030, 0, 1);
const MINUTE = 60_000;
const before: DocumentRecipient = { cluster, incarnation, hubKeys, seen: { revision: 4, digest: "of-4" } };
const document = aDocument({ issuedAtUnixMs: NOW, labels: { stage: "prod" }, intents: [intentFor("a")] });
const envelope = seal(document);

describe("an intent document", () => {
  it("is accepted, and remembered by the digest of its envelope", () => {
    expect(acceptDocument(envelope, before, NOW)).toEqual({
      accepted: true,
      document,
      problems: [],
      seen: { revision: 5, digest: sha256Hex(envelope) },
    });
  });

  it("is accepted again after a restart, when it is the very one that was seen last", () => {
    const seen = { revision: 5, digest: sha256Hex(envelope) };
    expect(acceptDocument(envelope, { ...before, seen }, NOW)).toMatchObject({ accepted: true, seen });
  });

  it("is accepted however old it is: an agent may have been away", () => {
    expect(acceptDocument(envelope, before, NOW + 30 * 24 * 60 * MINUTE)).toMatchObject({ accepted: true });
  });

  it("is accepted from a clock that is a little ahead", () => {
    expect(acceptDocument(seal({ ...document, issuedAtUnixMs: NOW + 5 * MINUTE }), before, NOW)).toMatchObject({ accepted: true });
  });

  it.each<[what: string, envelope: Uint8Array, code: string]>([
    ["that is not signed", encodeIntentDocument(document), "BadSignature"],
    ["that someone else signed", seal(document, otherKey), "BadSignature"],
    [
      "that was altered",
      encodeEnvelope({ ...decodeEnvelope(envelope), payload: encodeIntentDocument({ ...document, revision: 6 }) }),
      "BadSignature",
    ],
    ["that is signed as something else", signEnvelope("portolan.v1.Heartbeat", encodeIntentDocument(document), hubKey), "BadSignature"],
    [
      "that is no document, although it is signed",
      signEnvelope(INTENT_DOCUMENT_TYPE, Uint8Array.from([255, 255, 255]), hubKey),
      "Malformed",
    ],
    ["that is larger than any may be", Buffer.alloc(MESSAGE_LIMITS.envelope + 1), "TooLarge"],
    [
      "that is larger than any may be in its envelope",
      signEnvelope(INTENT_DOCUMENT_TYPE, Buffer.alloc(MESSAGE_LIMITS.intentDocument + 1), hubKey),
      "TooLarge",
    ],
    ["for another cluster", seal({ ...document, cluster: "south" }), "WrongCluster"],
    ["for a cluster that had this name", seal({ ...document, incarnation: { ...incarnation, clusterUid: "uid-0" } }), "WrongIncarnation"],
    ["for another registration", seal({ ...document, incarnation: { ...incarnation, registrationId: "r0" } }), "WrongIncarnation"],
    ["that is older than one that was seen", seal({ ...document, revision: 3 }), "OldRevision"],
    ["that is another one of the same revision", seal({ ...document, revision: 4 }), "OldRevision"],
    ["from the future", seal({ ...document, issuedAtUnixMs: NOW + 5 * MINUTE + 1 }), "ClockSkew"],
  ])("%s is refused", (_, bytes, code) => {
    expect(acceptDocument(bytes, before, NOW)).toMatchObject({ accepted: false, refusal: { code } });
  });

  it("loses only the intents that are not understood", () => {
    // A mode of a newer hub: the number behind the mode (field 4 of an intent) is one that nobody knows here.
    const bytes = encodeIntentDocument({ ...document, intents: [intentFor("a", { mode: "Hold" }), intentFor("b")] });
    const mode = Buffer.from(bytes).indexOf(Buffer.from([3]), Buffer.from(bytes).indexOf("apps"));
    const verdict = acceptDocument(signEnvelope(INTENT_DOCUMENT_TYPE, patched(bytes, mode, 77), hubKey), before, NOW);
    expect(verdict).toMatchObject({ accepted: true, document: { intents: [{ name: "b" }] }, problems: [{ item: "i-a" }] });
  });

  it("is never more than refused, whatever the bytes are", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, signed) => {
      const input = signed ? signEnvelope(INTENT_DOCUMENT_TYPE, bytes, hubKey) : bytes;
      expect(acceptDocument(input, before, NOW)).toMatchObject({ accepted: false });
    });
    fc.assert(property, { numRuns: 200 });
  });
});

function patched(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = value;
  return copy;
}
