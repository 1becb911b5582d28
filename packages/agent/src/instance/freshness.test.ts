import { beforeEach, describe, expect, it } from "vitest";
import { Freshness } from "./freshness.ts";

describe("the freshness of a cached instance", () => {
  const key = "shop/db";
  let cached: string | undefined;
  let freshness: Freshness;

  beforeEach(() => {
    cached = "1";
    freshness = new Freshness(() => cached);
  });

  it("is fresh as long as nothing was written", () => {
    expect(freshness.isFresh(key)).toBe(true);
  });

  it("is not fresh when it is not in the cache", () => {
    cached = undefined;
    expect(freshness.isFresh(key)).toBe(false);
  });

  it("is stale after a write until the cache shows that very write", () => {
    freshness.wrote(key, "3");
    expect(freshness.isFresh(key)).toBe(false);
    freshness.seen(key, "2");
    expect(freshness.isFresh(key)).toBe(false);
    freshness.seen(key, "3");
    expect(freshness.isFresh(key)).toBe(true);
  });

  it("stays fresh after a write that changed nothing, or that the cache has shown already", () => {
    freshness.wrote(key, "1");
    expect(freshness.isFresh(key)).toBe(true);
  });

  it("waits for the last of several writes", () => {
    freshness.wrote(key, "2");
    freshness.wrote(key, "3");
    freshness.seen(key, "2");
    expect(freshness.isFresh(key)).toBe(false);
  });

  it("after a write of unknown version is fresh only when what was read is what the cache shows", () => {
    freshness.mayHaveWritten(key);
    freshness.seen(key, "2");
    expect(freshness.isFresh(key)).toBe(false);
    freshness.read(key, "4");
    expect(freshness.isFresh(key)).toBe(false);
    cached = "4";
    freshness.read(key, "4");
    expect(freshness.isFresh(key)).toBe(true);
  });

  it("does not become stale by reading", () => {
    freshness.read(key, "9");
    expect(freshness.isFresh(key)).toBe(true);
  });

  it("keeps instances apart, and forgets one that is gone", () => {
    freshness.wrote(key, "3");
    expect(freshness.isFresh("shop/cache")).toBe(true);
    freshness.forget(key);
    expect(freshness.isFresh(key)).toBe(true);
  });
});
