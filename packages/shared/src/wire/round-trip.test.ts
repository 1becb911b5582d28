import fc from "fast-check";
import { expect, it } from "vitest";

import * as any from "./arbitraries.test-support.ts";
import * as wire from "./mod.ts";

/** What is encoded comes back, and encodes to the same bytes again. */
function roundTrips<T>(arbitrary: fc.Arbitrary<T>, encode: (value: T) => Uint8Array, decode: (bytes: Uint8Array) => T): void {
  fc.assert(
    fc.property(arbitrary, (value) => {
      const bytes = encode(value);
      const back = decode(bytes);
      expect(back).toEqual(value);
      expect(Buffer.compare(encode(back), bytes)).toBe(0);
    }),
  );
}

function withoutProblems<T>(decode: (bytes: Uint8Array) => wire.Decoded<T>): (bytes: Uint8Array) => T {
  return (bytes) => {
    const { value, problems } = decode(bytes);
    expect(problems).toEqual([]);
    return value;
  };
}

it("instance reports", () => {
  roundTrips(any.instanceReport, wire.encodeInstanceReport, withoutProblems(wire.decodeInstanceReport));
});

it("availability documents", () => {
  roundTrips(any.availabilityDocument, wire.encodeAvailabilityDocument, withoutProblems(wire.decodeAvailabilityDocument));
});

it("heartbeats", () => {
  roundTrips(any.heartbeat, wire.encodeHeartbeat, withoutProblems(wire.decodeHeartbeat));
});

it("intent documents", () => {
  roundTrips(any.intentDocument, wire.encodeIntentDocument, withoutProblems(wire.decodeIntentDocument));
});

it("events", () => {
  roundTrips(any.fleetEvent, wire.encodeEvent, wire.decodeEvent);
});

it("digest lists", () => {
  roundTrips(any.digestList, wire.encodeDigestList, wire.decodeDigestList);
});
