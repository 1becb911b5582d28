import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ApiError } from "../errors/mod.ts";
import { cloneJson, hasPrototypeMember, parseJson, type Json } from "../json/mod.ts";
import { applyJsonPatch, applyMergePatch } from "./mod.ts";

const json: fc.Arbitrary<Json> = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => parseJson(JSON.stringify(value)))
  .filter((value) => !hasPrototypeMember(value));

describe("merge patches", () => {
  it.each<[Json, Json, Json]>([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [
      ["a", "b"],
      ["c", "d"],
      ["c", "d"],
    ],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("%j and %j make %j", (target, patch, result) => {
    expect(applyMergePatch(target, patch)).toStrictEqual(result);
  });

  it("told twice do no more than once, and leave the target as it was", () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const before = cloneJson(target);
        const once = applyMergePatch(target, patch);
        expect(applyMergePatch(once, patch)).toStrictEqual(once);
        expect(target).toStrictEqual(before);
      }),
    );
  });
});

describe("JSON patches", () => {
  it.each<[Json, Json, Json]>([
    [{ a: 1 }, [{ op: "add", path: "/b", value: 2 }], { a: 1, b: 2 }],
    [{ a: [1, 3] }, [{ op: "add", path: "/a/1", value: 2 }], { a: [1, 2, 3] }],
    [{ a: [1] }, [{ op: "add", path: "/a/-", value: 2 }], { a: [1, 2] }],
    [{ a: 1, b: 2 }, [{ op: "remove", path: "/a" }], { b: 2 }],
    [{ a: [1, 2] }, [{ op: "remove", path: "/a/0" }], { a: [2] }],
    [{ a: 1 }, [{ op: "replace", path: "/a", value: 2 }], { a: 2 }],
    [{ a: { b: 1 } }, [{ op: "move", from: "/a/b", path: "/c" }], { a: {}, c: 1 }],
    [{ a: { b: 1 } }, [{ op: "copy", from: "/a", path: "/c" }], { a: { b: 1 }, c: { b: 1 } }],
    [{ "a/b": { "m~n": 1 } }, [{ op: "replace", path: "/a~1b/m~0n", value: 2 }], { "a/b": { "m~n": 2 } }],
    [{ a: 1 }, [{ op: "replace", path: "", value: 2 }], 2],
    [{ a: { b: [1] } }, [{ op: "test", path: "/a", value: { b: [1] } }], { a: { b: [1] } }],
  ])("%j and %j make %j", (target, patch, result) => {
    expect(applyJsonPatch(target, patch)).toStrictEqual(result);
  });

  it.each<[Json]>([
    [[{ op: "test", path: "/a", value: 2 }]],
    [[{ op: "remove", path: "/x" }]],
    [[{ op: "add", path: "/x/y", value: 1 }]],
    [[{ op: "add", path: "/list/9", value: 1 }]],
    [[{ op: "add", path: "/list/x", value: 1 }]],
    [[{ op: "replace", path: "/list/9", value: 1 }]],
    [[{ op: "move", from: "/x", path: "/y" }]],
    [[{ op: "add", path: "/a" }]],
    [[{ op: "fly", path: "/a" }]],
    [[{ path: "/a" }]],
  ])("%j cannot be done", (patch) => {
    const target: Json = { a: 1, list: [] };
    expect(() => applyJsonPatch(target, patch)).toThrow(ApiError);
    expect(target).toStrictEqual({ a: 1, list: [] });
  });

  it("is all or nothing", () => {
    const target: Json = { a: 1 };
    expect(() =>
      applyJsonPatch(target, [
        { op: "replace", path: "/a", value: 2 },
        { op: "remove", path: "/x" },
      ]),
    ).toThrow(ApiError);
    expect(target).toStrictEqual({ a: 1 });
  });
});
