import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { objectKey, type KubeObject } from "../kube/mod.ts";
import { byLabel, byOwner, Cache } from "./cache.ts";

function pod(name: string, resourceVersion: string, extra: Partial<KubeObject["metadata"]> = {}): KubeObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "shop", uid: `uid-${name}`, resourceVersion, ...extra } };
}

const names = (objects: readonly KubeObject[]): string[] => objects.map((object) => object.metadata.name).sort();

describe("Cache", () => {
  it("tells what a new list has added, changed and lost", () => {
    const cache = new Cache();
    cache.replace([pod("same", "1"), pod("changed", "1"), pod("lost", "1")]);
    const deltas = cache.replace([pod("same", "1"), pod("changed", "2"), pod("new", "1")]);
    expect(deltas).toEqual([
      { type: "Deleted", key: "shop/lost", object: pod("lost", "1"), finalStateUnknown: true },
      { type: "Modified", key: "shop/changed", object: pod("changed", "2"), previous: pod("changed", "1") },
      { type: "Added", key: "shop/new", object: pod("new", "1") },
    ]);
  });

  it("takes an object of the same name with another uid for a deletion and an addition", () => {
    const cache = new Cache();
    cache.put(pod("a", "1"));
    const reborn = pod("a", "9", { uid: "other" });
    expect(cache.put(reborn)).toEqual([
      { type: "Deleted", key: "shop/a", object: pod("a", "1"), finalStateUnknown: true },
      { type: "Added", key: "shop/a", object: reborn },
    ]);
  });

  it("gives the last state of what was deleted, and nothing for what it did not know", () => {
    const cache = new Cache();
    cache.put(pod("a", "1"));
    expect(cache.remove(pod("a", "2"))).toEqual([{ type: "Deleted", key: "shop/a", object: pod("a", "2"), finalStateUnknown: false }]);
    expect(cache.remove(pod("a", "2"))).toEqual([]);
    expect(cache.size).toBe(0);
  });

  it("finds objects by namespace, label and owner, as they are now", () => {
    const cache = new Cache({ app: byLabel("app"), owner: byOwner });
    const owned = { ownerReferences: [{ apiVersion: "v1", kind: "Job", name: "j", uid: "u1" }] };
    cache.put(pod("a", "1", { labels: { app: "x" }, ...owned }));
    cache.put(pod("b", "1", { labels: { app: "x" }, namespace: "bar" }));
    expect(names(cache.byIndex("app", "x"))).toEqual(["a", "b"]);
    expect(names(cache.byIndex("namespace", "bar"))).toEqual(["b"]);
    expect(names(cache.byIndex("owner", "u1"))).toEqual(["a"]);
    cache.put(pod("a", "2", { labels: { app: "y" } }));
    expect(names(cache.byIndex("app", "x"))).toEqual(["b"]);
    expect(cache.byIndex("owner", "u1")).toEqual([]);
    expect(() => cache.byIndex("nodes", "n1")).toThrow(/no index "nodes"; there are app, owner, namespace/u);
  });

  it("holds in every index exactly what a cache made anew would hold", () => {
    const object = fc
      .record({ name: fc.constantFrom("a", "b", "c"), version: fc.nat(3), uid: fc.nat(1), app: fc.option(fc.constantFrom("x", "y")) })
      .map(({ name, version, uid, app }) => pod(name, String(version), { uid: String(uid), ...(app === null ? {} : { labels: { app } }) }));
    const change = fc.oneof(
      fc.record({ kind: fc.constant("put"), object }),
      fc.record({ kind: fc.constant("remove"), object }),
      fc.record({ kind: fc.constant("replace"), objects: fc.uniqueArray(object, { selector: (item) => item.metadata.name }) }),
    );
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const cache = new Cache({ app: byLabel("app") });
        const replayed = new Map<string, KubeObject>();
        for (const item of changes) {
          const deltas =
            item.kind === "put" ? cache.put(item.object) : item.kind === "remove" ? cache.remove(item.object) : cache.replace(item.objects);
          for (const delta of deltas) {
            expect(replayed.has(delta.key)).toBe(delta.type !== "Added");
            if (delta.type === "Deleted") replayed.delete(delta.key);
            else replayed.set(delta.key, delta.object);
          }
        }
        expect(new Map(cache.list().map((found) => [objectKey(found.metadata), found]))).toEqual(replayed);
        const fresh = new Cache({ app: byLabel("app") });
        fresh.replace([...replayed.values()]);
        for (const value of ["x", "y"]) expect(names(cache.byIndex("app", value))).toEqual(names(fresh.byIndex("app", value)));
      }),
    );
  });
});
