import { describe, expect, it } from "vitest";

import type { Availability, Plan, Step } from "../planner/mod.ts";
import { availabilityDocument, decodeAvailabilityDocument, encodeAvailabilityDocument, MESSAGE_LIMITS } from "./mod.ts";

const step: Step = {
  from: "1.0.0",
  to: "1.1.0",
  upgrader: "u".repeat(200),
  direction: "upgrade",
  disruptive: false,
  irreversible: false,
  digest: "d".repeat(64),
};

function plan(to: string, steps: number): Plan {
  return {
    service: "dns",
    from: "1.0.0",
    to,
    steps: Array.from({ length: steps }, () => step),
    cost: steps,
    disruptive: false,
    irreversible: false,
    risks: [],
    hash: "h".repeat(64),
  };
}

describe("availabilityDocument", () => {
  it("takes over what the planner found", () => {
    const availability: Availability = {
      available: [plan("1.1.0", 1)],
      unavailable: [{ service: "dns", from: "1.0.0", to: "2.0.0", reasons: [{ code: "NoRoute", message: "no way" }] }],
    };
    expect(availabilityDocument("dns", "1.0.0", availability)).toStrictEqual({
      service: "dns",
      from: "1.0.0",
      available: [{ version: "1.1.0", steps: [step], cost: 1, risks: [], planHash: "h".repeat(64) }],
      unavailable: [{ version: "2.0.0", reasons: [{ code: "NoRoute", message: "no way" }] }],
      totalAvailable: 1,
      totalUnavailable: 1,
    });
    expect(availabilityDocument("dns", null, availability)).not.toHaveProperty("from");
  });

  it("lists the nearest that fit, and counts all", () => {
    const document = availabilityDocument("dns", "1.0.0", {
      available: Array.from({ length: 200 }, (_, index) => plan(`1.${index + 1}.0`, 32)),
      unavailable: Array.from({ length: 10 }, (_, index) => ({
        service: "dns",
        from: "1.0.0",
        to: `2.${index}.0`,
        reasons: [{ code: "NoRoute" as const, message: "x".repeat(10_000) }],
      })),
    });
    const bytes = encodeAvailabilityDocument(document);
    expect(bytes.length).toBeLessThanOrEqual(MESSAGE_LIMITS.availabilityDocument);
    expect(bytes.length).toBeGreaterThan(MESSAGE_LIMITS.availabilityDocument * 0.9);
    expect(document).toMatchObject({ totalAvailable: 200, totalUnavailable: 10 });
    expect(document.available[0]?.version).toBe("1.1.0");
    expect(document.available.length).toBeLessThan(200);
    expect(decodeAvailabilityDocument(bytes).value).toEqual(document);
  });

  it("keeps to the given counts", () => {
    const available = [plan("1.1.0", 1), plan("1.2.0", 2), plan("1.3.0", 3)];
    const document = availabilityDocument("dns", "1.0.0", { available, unavailable: [] }, { available: 2, unavailable: 1 });
    expect(document.available.map(({ version }) => version)).toEqual(["1.1.0", "1.2.0"]);
    expect(document.totalAvailable).toBe(3);
  });
});
