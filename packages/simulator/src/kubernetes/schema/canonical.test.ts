import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalMicroTime, canonicalQuantity, canonicalTime } from "./canonical.ts";

describe("quantities", () => {
  it.each([
    ["1000m", "1"],
    ["0.5", "500m"],
    ["1500m", "1500m"],
    ["1024Mi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["0.5Gi", "512Mi"],
    ["1000Ki", "1000Ki"],
    ["2048", "2048"],
    ["1000", "1k"],
    ["1e3", "1e3"],
    ["1.5e3", "1500"],
    ["0", "0"],
    ["0Gi", "0"],
    ["-1500m", "-1500m"],
    ["12k", "12k"],
    ["nonsense", "nonsense"],
    ["", ""],
  ])("%s is written %s", (text, canonical) => {
    expect(canonicalQuantity(text)).toBe(canonical);
  });

  it("in canonical form stay as they are", () => {
    const suffix = fc.constantFrom("", "m", "k", "M", "G", "Ki", "Mi", "Gi");
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), suffix, (amount, unit) => {
        const once = canonicalQuantity(`${amount}${unit}`);
        expect(canonicalQuantity(once)).toBe(once);
      }),
    );
  });
});

describe("times", () => {
  it("are UTC with whole seconds, or with microseconds", () => {
    expect(canonicalTime("2026-01-01T01:00:00+01:00")).toBe("2026-01-01T00:00:00Z");
    expect(canonicalMicroTime("2026-01-01T01:00:00.123456+01:00")).toBe("2026-01-01T00:00:00.123456Z");
    expect(canonicalMicroTime("2026-01-01T00:00:00Z")).toBe("2026-01-01T00:00:00.000000Z");
    expect(canonicalTime("soon")).toBe("soon");
  });
});
