import { describe, expect, it } from "vitest";
import type { Json } from "../json/mod.ts";
import { parseSchema } from "../schema/mod.ts";
import { applyStrategicMergePatch } from "./strategic-merge.ts";

const item = { type: "object", properties: { name: { type: "string" }, image: { type: "string" } } };
const schema = parseSchema({
  type: "object",
  properties: {
    containers: { type: "array", items: item, "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name" },
    finalizers: { type: "array", items: { type: "string" }, "x-kubernetes-patch-strategy": "merge" },
    arguments: { type: "array", items: { type: "string" } },
    strategy: { type: "object", properties: { type: { type: "string" } }, "x-kubernetes-patch-strategy": "retainKeys" },
    replaced: { type: "object", additionalProperties: { type: "string" }, "x-kubernetes-patch-strategy": "replace" },
    labels: { type: "object", additionalProperties: { type: "string" } },
  },
});

const containers = [
  { name: "a", image: "a:1" },
  { name: "b", image: "b:1" },
  { name: "c", image: "c:1" },
];

describe("a strategic merge patch", () => {
  it.each<[what: string, target: Json, patch: Json, result: Json]>([
    [
      "merges lists by their keys",
      { containers },
      { containers: [{ name: "b", image: "b:2" }] },
      { containers: [containers[0] ?? null, { name: "b", image: "b:2" }, containers[2] ?? null] },
    ],
    [
      "puts new items before those that it does not name",
      { containers: containers.slice(0, 1) },
      { containers: [{ name: "z", image: "z:1" }] },
      { containers: [{ name: "z", image: "z:1" }, containers[0] ?? null] },
    ],
    [
      "deletes items by their keys",
      { containers },
      { containers: [{ name: "b", $patch: "delete" }] },
      { containers: [containers[0] ?? null, containers[2] ?? null] },
    ],
    [
      "replaces a list as a whole when it is told to",
      { containers },
      { containers: [{ name: "z" }, { $patch: "replace" }] },
      { containers: [{ name: "z" }] },
    ],
    [
      "orders a list as it is told",
      { containers },
      { "$setElementOrder/containers": [{ name: "c" }, { name: "a" }], containers: [{ name: "c", image: "c:2" }] },
      {
        containers: [
          { name: "b", image: "b:1" },
          { name: "c", image: "c:2" },
          { name: "a", image: "a:1" },
        ],
      },
    ],
    ["adds to a list of words", { finalizers: ["a", "b"] }, { finalizers: ["b", "c"] }, { finalizers: ["a", "b", "c"] }],
    ["takes out of a list of words", { finalizers: ["a", "b"] }, { "$deleteFromPrimitiveList/finalizers": ["a"] }, { finalizers: ["b"] }],
    ["replaces a list without a strategy", { arguments: ["a", "b"] }, { arguments: ["c"] }, { arguments: ["c"] }],
    ["merges maps, and removes with null", { labels: { a: "1", b: "1" } }, { labels: { a: null, c: "1" } }, { labels: { b: "1", c: "1" } }],
    ["replaces a map that says so", { replaced: { a: "1" } }, { replaced: { b: "1" } }, { replaced: { b: "1" } }],
    ["replaces a map when it is told to", { labels: { a: "1" } }, { labels: { $patch: "replace", b: "1" } }, { labels: { b: "1" } }],
    ["empties a map when it is told to", { labels: { a: "1" } }, { labels: { $patch: "delete" } }, { labels: {} }],
    [
      "keeps only the keys that it is told to",
      { strategy: { type: "RollingUpdate", rollingUpdate: {} } },
      { strategy: { $retainKeys: ["type"], type: "Recreate" } },
      { strategy: { type: "Recreate" } },
    ],
    [
      "sets what is not there, without directives and nulls",
      {},
      { labels: { a: "1", b: null }, containers: [{ name: "a", $patch: "delete" }] },
      { labels: { a: "1" }, containers: [] },
    ],
  ])("%s", (_, target, patch, result) => {
    const before = JSON.stringify([target, patch]);
    expect(applyStrategicMergePatch(target, patch, schema)).toStrictEqual(result);
    expect(JSON.stringify([target, patch])).toBe(before);
  });

  it.each<[what: string, patch: Json, message: string]>([
    ["an item without its key", { containers: [{ image: "x" }] }, "does not contain declared merge key: name"],
    ["a directive that nobody knows", { labels: { $patch: "turn" } }, "unknown patch type"],
    ["an item that the order list lacks", { "$setElementOrder/containers": [{ name: "a" }], containers: [{ name: "z" }] }, "doesn't match"],
    ["a key that is not among those to retain", { strategy: { $retainKeys: ["type"], other: 1 } }, "retainKeys"],
    ["a list in the place of the patch", [], "cannot unmarshal array"],
  ])("refuses %s", (_, patch, message) => {
    expect(() => applyStrategicMergePatch({ containers, labels: {}, strategy: {} }, patch, schema)).toThrow(message);
  });
});
