import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { subjectDigest, SubjectDigests } from "./mod.ts";

const EMPTY = "0".repeat(64);
const bytes = (text: string): Uint8Array => Buffer.from(text);

describe("SubjectDigests", () => {
  it("is zero when empty, and the digest of its only member", () => {
    const digests = new SubjectDigests();
    expect(digests.hex).toBe(EMPTY);
    expect(digests.set("a", bytes("1"))).toBe(true);
    expect(digests.hex).toBe(subjectDigest("a", bytes("1")));
    // sha256("a\0" + "1")
    expect(digests.hex).toBe("05a9c569a185ac60f5511f9760bc3f1ac046b20d18db2ad4d8fa86eda4f5b28e");
  });

  it("tells whether something changed", () => {
    const digests = new SubjectDigests();
    expect(digests.set("a", bytes("1"))).toBe(true);
    expect(digests.set("a", bytes("1"))).toBe(false);
    expect(digests.set("a", bytes("2"))).toBe(true);
    expect(digests.delete("b")).toBe(false);
    expect(digests.delete("a")).toBe(true);
    expect(digests).toMatchObject({ count: 0, hex: EMPTY });
  });

  it("does not mix up where a subject ends and its payload begins", () => {
    expect(subjectDigest("ab", bytes("c"))).not.toBe(subjectDigest("a", bytes("bc")));
  });

  it("lists its members by subject", () => {
    const digests = new SubjectDigests();
    digests.set("b", bytes("2"));
    digests.set("a", bytes("1"));
    expect(digests.entries()).toEqual([
      { subject: "a", digest: subjectDigest("a", bytes("1")) },
      { subject: "b", digest: subjectDigest("b", bytes("2")) },
    ]);
    expect(digests.get("a")).toBe(subjectDigest("a", bytes("1")));
    expect(digests.has("c")).toBe(false);
    digests.clear();
    expect(digests).toMatchObject({ count: 0, hex: EMPTY });
  });

  it("depends on the last values only, not on the way to them", () => {
    const change = fc.record({ subject: fc.constantFrom("a", "b", "c"), payload: fc.option(fc.constantFrom("1", "2", "3")) });
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const digests = new SubjectDigests();
        const values = new Map<string, string>();
        for (const { subject, payload } of changes) {
          if (payload === null) {
            digests.delete(subject);
            values.delete(subject);
          } else {
            digests.set(subject, bytes(payload));
            values.set(subject, payload);
          }
        }
        const direct = new SubjectDigests();
        for (const [subject, payload] of [...values].toReversed()) direct.set(subject, bytes(payload));
        expect(digests.hex).toBe(direct.hex);
        expect(digests.count).toBe(values.size);
        expect(digests.entries()).toEqual(direct.entries());
      }),
    );
  });
});
