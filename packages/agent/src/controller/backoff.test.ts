import * as fc from "fast-check";
import { expect, it } from "vitest";
import { backoffMs } from "./backoff.ts";

it("doubles up to the longest, and gives half of it to chance", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, chance) => {
      const wait = backoffMs({ baseMs: 5, maxMs: 300_000 }, failures, () => chance);
      const full = failures > 40 ? 300_000 : Math.min(300_000, 5 * 2 ** (failures - 1));
      expect(wait).toBeGreaterThanOrEqual(full / 2);
      expect(wait).toBeLessThanOrEqual(full);
    }),
  );
});
