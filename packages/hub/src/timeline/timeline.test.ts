import { describe, expect, it } from "vitest";
import { Timeline } from "./timeline.ts";

const all = () => true;

function timeline(capacity: number, ...items: number[]): Timeline<number> {
  const made = new Timeline<number>(capacity);
  for (const item of items) {
    made.add(item, item);
  }
  return made;
}

describe("Timeline", () => {
  it("gives the newest first, page by page, and says when there is no more", () => {
    const items = timeline(10, 1, 3, 4, 7, 8);
    expect(items.page({ limit: 2, matches: all })).toEqual({ items: [8, 7], before: 7 });
    expect(items.page({ limit: 2, before: 7, matches: all })).toEqual({ items: [4, 3], before: 3 });
    expect(items.page({ limit: 2, before: 3, matches: all })).toEqual({ items: [1] });
    expect(items.page({ limit: 5, matches: all })).toEqual({ items: [8, 7, 4, 3, 1] });
  });

  it("promises a next page only when something more matches", () => {
    const even = (item: number) => item % 2 === 0;
    expect(timeline(10, 1, 2, 3, 4).page({ limit: 2, matches: even })).toEqual({ items: [4, 2] });
    expect(timeline(10, 2, 3, 4, 6).page({ limit: 2, matches: even })).toEqual({ items: [6, 4], before: 4 });
  });

  it("goes on where a page ended though newer ones have come", () => {
    const items = timeline(10, 1, 2, 3);
    const { before } = items.page({ limit: 1, matches: all });
    items.add(4, 4);
    expect(items.page({ limit: 5, ...(before === undefined ? {} : { before }), matches: all }).items).toEqual([2, 1]);
  });

  it("lets the oldest go beyond its capacity", () => {
    const items = timeline(3);
    for (let item = 1; item <= 100; item++) {
      items.add(item, item);
      expect(items.size).toBe(Math.min(item, 3));
    }
    expect(items.page({ limit: 10, matches: all }).items).toEqual([100, 99, 98]);
  });

  it("ignores what is delivered again, until the stream is made anew", () => {
    const items = timeline(10, 1, 2, 2, 1);
    expect(items.size).toBe(2);
    items.clear();
    expect(items.add(1, 1)).toBe(true);
    expect(items.page({ limit: 10, matches: all }).items).toEqual([1]);
  });
});
