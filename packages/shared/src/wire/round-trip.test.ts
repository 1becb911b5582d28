import * as fc from "fast-check";
import { expect, it } from "vitest";

import * as any from "./arbitraries.test-support.ts";
import * as wire from "./mod.ts";

/** For any value: it comes back from its bytes, without problems, and gives the same bytes again. */
function roundTrip<T>(arbitrary: fc.Arbitrary<T>, encode: (value: T) => Uint8Array, decode: (bytes: Uint8Array) => T) {
  return fc.property(arbitrary, (value) => {
    const bytes = encode(value);
    const back = decode(bytes);
    expect(back).toEqual(value);
    expect(Buffer.compare(encode(back), bytes)).toBe(0);
  });
}

function withoutProblems<T>(decode: (bytes: Uint8Array) => wire.Decoded<T>): (bytes: Uint8Array) => T {
  return (bytes) => {
    const { value, problems } = decode(bytes);
    expect(problems).toEqual([]);
    return value;
  };
}

it.each([
  ["instance reports", roundTrip(any.instanceReport, wire.encodeInstanceReport, withoutProblems(wire.decodeInstanceReport))],
  [
    "availability documents",
    roundTrip(any.availabilityDocument, wire.encodeAvailabilityDocument, withoutProblems(wire.decodeAvailabilityDocument)),
  ],
  ["heartbeats", roundTrip(any.heartbeat, wire.encodeHeartbeat, withoutProblems(wire.decodeHeartbeat))],
  ["intent documents", roundTrip(any.intentDocument, wire.encodeIntentDocument, withoutProblems(wire.decodeIntentDocument))],
  ["events", roundTrip(any.fleetEvent, wire.encodeEvent, wire.decodeEvent)],
  ["digest lists", roundTrip(any.digestList, wire.encodeDigestList, wire.decodeDigestList)],
])("%s come back from their bytes", (_name, property) => {
  expect(() => fc.assert<unknown>(property)).not.toThrow();
});
