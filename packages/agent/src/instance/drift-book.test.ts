import { describe, expect, it } from "vitest";
import { DriftBook } from "./drift-book.ts";

const NOW = 1_000_000;
const web = { apiVersion: "v1", kind: "ConfigMap", namespace: "apps", name: "web", fields: [{ pointer: "/data/a", manager: "tug" }] };
const other = { ...web, name: "other" };

/** The book after somebody has undone this many corrections of one object, and the time of the last one. */
function afterCorrections(count: number): { readonly book: DriftBook; readonly now: number } {
  const book = new DriftBook();
  let now = NOW;
  for (let round = 0; round < count; round++) {
    now += book.plan("apps/one", [web], now).restMs ?? 0;
    book.corrected("apps/one", [web], now);
  }
  return { book, now };
}

describe("what was put back", () => {
  it("is put back again after a pause; another object, and one of another instance, at once", () => {
    const { book, now } = afterCorrections(1);
    expect(book.plan("apps/one", [web, other], now + 400)).toEqual({ due: [other], held: [web], restMs: 600 });
    expect(book.plan("apps/two", [web], now)).toEqual({ due: [web], held: [], restMs: undefined });
  });

  it("is contested when it was undone for the fifth time, which is told once", () => {
    const { book, now } = afterCorrections(4);
    expect(book.contested("apps/one", now)).toEqual([]);
    expect(book.corrected("apps/one", [web, other], now + 8_000)).toEqual([web]);
    expect(book.corrected("apps/one", [web], now + 24_000)).toEqual([]);
    expect(book.contested("apps/one", now + 24_000)).toEqual([web]);
  });

  it("is looked at again when the contest is over", () => {
    const { book, now } = afterCorrections(5);
    expect(book.plan("apps/one", [], now)).toEqual({ due: [], held: [], restMs: 60_000 });
    expect(book.contested("apps/one", now + 60_000)).toEqual([]);
    expect(book.plan("apps/one", [], now + 60_000).restMs).toBeUndefined();
  });

  it("is forgotten with its instance", () => {
    const { book, now } = afterCorrections(5);
    book.forget("apps/one");
    expect(book.plan("apps/one", [web], now).due).toEqual([web]);
  });
});
