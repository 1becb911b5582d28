import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { availableFrom } from "../planner/mod.ts";
import { arbitraryContext, arbitraryService } from "./arbitraries.fixture.ts";
import { onlyDirection, resolve } from "./mod.ts";

describe("onlyDirection", () => {
  it("is the graph of a service that never had the other upgraders", () => {
    const property = fc.property(
      arbitraryService,
      arbitraryContext,
      fc.constantFrom("upgrade", "downgrade"),
      (service, context, direction) => {
        const without = { ...service, upgraders: service.upgraders.filter((upgrader) => upgrader.direction === direction) };
        const [only, expected] = [onlyDirection(resolve(service, context), direction), resolve(without, context)];
        for (const version of expected.versions) {
          expect(availableFrom(only, version).available).toEqual(availableFrom(expected, version).available);
          expect(only.edgesFrom(version)).toEqual(expected.edgesFrom(version));
        }
      },
    );
    fc.assert(property);
  });
});
