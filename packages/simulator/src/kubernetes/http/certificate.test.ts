import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { selfSignedCertificate } from "./certificate.ts";

describe("the certificate of an API server", () => {
  // The serial number is random, and its first bits decide how it is written.
  it.each(Array.from({ length: 20 }, (_, index) => index))("is signed by itself, for its address and a year from now on (%i)", () => {
    const nowMs = Date.UTC(2026, 1, 3, 4, 5, 6);
    const { key, certificate } = selfSignedCertificate("127.0.0.1", nowMs);
    const read = new X509Certificate(certificate);
    expect(read.verify(read.publicKey)).toBe(true);
    expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(read.ca).toBe(true);
    expect(read.checkIP("127.0.0.1")).toBe("127.0.0.1");
    expect([read.validFromDate.toISOString(), read.validToDate.toISOString()]).toEqual([
      "2026-02-02T04:05:06.000Z",
      "2027-02-03T04:05:06.000Z",
    ]);
  });
});
