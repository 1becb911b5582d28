import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pageInOrder, pageOf } from "./paging.ts";
import { Problem } from "./problems.ts";

describe("pageOf", () => {
  it("gives every item once, in order, whatever the size of the pages", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string()), fc.integer({ min: 1, max: 5 }), (items, limit) => {
        const seen: string[] = [];
        for (let token: string | undefined; ;) {
          const page = pageOf(items, (item) => item, { limit, continue: token });
          expect(page.items.length).toBeLessThanOrEqual(limit);
          seen.push(...page.items);
          token = page.continue;
          if (token === undefined) {
            break;
          }
        }
        expect(seen).toEqual(items.toSorted((a, b) => (a < b ? -1 : 1)));
      }),
    );
  });

  it("goes on behind the last item, also when that is gone", () => {
    const first = pageOf(["a", "b", "c"], (item) => item, { limit: 2 });
    expect(pageOf(["a", "c", "d"], (item) => item, { limit: 2, continue: first.continue }).items).toEqual(["c", "d"]);
  });

  it("refuses a token that it did not give", () => {
    expect(() => pageOf([], String, { limit: 1, continue: "x" })).toThrow(Problem);
  });
});

describe("pageInOrder", () => {
  it("keeps the order, and goes on behind the last item wherever that is now", () => {
    const first = pageInOrder(["c", "a", "b"], String, { limit: 2 });
    expect(first.items).toEqual(["c", "a"]);
    expect(pageInOrder(["d", "c", "a", "b"], String, { limit: 2, continue: first.continue })).toEqual({ items: ["b"] });
  });

  it("says so when the last item is gone", () => {
    const { continue: token } = pageInOrder(["c", "a", "b"], String, { limit: 2 });
    expect(() => pageInOrder(["c", "b"], String, { limit: 2, continue: token })).toThrow(
      expect.objectContaining({ code: "ContinueExpired" }),
    );
  });
});
