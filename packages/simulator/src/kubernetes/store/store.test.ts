import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../objects/mod.ts";
import { ObjectStore, type Change } from "./mod.ts";

const object = (name: string, n = 0): KubeObject => ({ apiVersion: "v1", kind: "X", metadata: { name }, n });
const names = (entries: unknown): string[] => (Array.isArray(entries) ? entries.map((entry: { key: string }) => entry.key) : []);

describe("the store", () => {
  it("counts revisions over all collections", () => {
    const store = new ObjectStore(10);
    const first = store.put("a", "x", object("x"));
    const second = store.put("b", "y", object("y"));
    expect(Number(second.metadata.resourceVersion)).toBe(Number(first.metadata.resourceVersion) + 1);
    expect(store.remove("a", "x")?.metadata.resourceVersion).toBe(String(store.revision));
    expect(store.get("a", "x")).toBeUndefined();
    expect(store.remove("a", "x")).toBeUndefined();
  });

  it("shows a collection as it was at a revision", () => {
    const operation = fc.record({ key: fc.constantFrom("a", "b", "c"), put: fc.boolean() });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 20 }), (operations) => {
        const store = new ObjectStore(100);
        const snapshots = new Map<number, string[]>();
        for (const { key, put } of operations) {
          if (put) store.put("c", key, object(key));
          else store.remove("c", key);
          snapshots.set(store.revision, names(store.list("c")));
        }
        for (const [revision, expected] of snapshots) expect(names(store.listAt("c", revision))).toStrictEqual(expected);
      }),
    );
  });

  it("forgets the oldest changes, and says so", () => {
    const store = new ObjectStore(2);
    const first = Number(store.put("c", "a", object("a")).metadata.resourceVersion);
    for (let n = 0; n < 10; n += 1) store.put("c", "a", object("a", n));
    expect(store.changesSince("c", first)).toMatchObject({ compacted: expect.any(Number) });
    expect(store.listAt("c", first)).toMatchObject({ compacted: expect.any(Number) });
    expect(store.changesSince("c", store.revision - 1)).toHaveLength(1);
    store.compact();
    expect(store.changesSince("c", store.revision - 1)).toMatchObject({ compacted: store.revision });
    expect(store.changesSince("c", store.revision)).toStrictEqual([]);
  });

  it("tells listeners of their collection until they leave", () => {
    const store = new ObjectStore(10);
    const seen: string[] = [];
    const leave = store.onChange("c", ({ type, key }: Change) => seen.push(`${type} ${key}`));
    store.put("c", "a", object("a"));
    store.put("c", "a", object("a", 1));
    store.put("other", "b", object("b"));
    store.remove("c", "a");
    leave();
    store.put("c", "a", object("a"));
    expect(seen).toStrictEqual(["ADDED a", "MODIFIED a", "DELETED a"]);
  });
});
