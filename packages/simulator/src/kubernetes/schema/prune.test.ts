import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json/mod.ts";
import { applyDefaults, parseSchema, prune } from "./mod.ts";

const schema = parseSchema({
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        known: { type: "string" },
        list: { type: "array", items: { type: "object", properties: { a: { type: "string", default: "x" } } } },
        map: { type: "object", additionalProperties: { type: "object", properties: { b: { type: "string" } } } },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { typed: { type: "object", properties: {} } } },
        embedded: { type: "object", "x-kubernetes-embedded-resource": true, properties: {} },
      },
    },
  },
});

describe("pruning", () => {
  it("takes out what the schema does not know, and tells where", () => {
    const object: JsonObject = {
      apiVersion: "v1",
      kind: "X",
      metadata: { anything: 1 },
      other: 1,
      spec: {
        known: "a",
        unknown: 1,
        list: [{ a: "1", z: 1 }],
        map: { key: { b: "1", z: 1 } },
        free: { x: { y: 1 }, typed: { gone: 1 } },
        embedded: { apiVersion: "v1", kind: "Y", metadata: { name: "n" }, gone: 1 },
      },
    };
    expect(prune(schema, object)).toStrictEqual([
      "other",
      "spec.embedded.gone",
      "spec.free.typed.gone",
      "spec.list[0].z",
      "spec.map.key.z",
      "spec.unknown",
    ]);
    expect(object).toStrictEqual({
      apiVersion: "v1",
      kind: "X",
      metadata: { anything: 1 },
      spec: {
        known: "a",
        list: [{ a: "1" }],
        map: { key: { b: "1" } },
        free: { x: { y: 1 }, typed: {} },
        embedded: { apiVersion: "v1", kind: "Y", metadata: { name: "n" } },
      },
    });
  });
});

describe("defaults", () => {
  it("fill absent members and forbidden nulls, not present values", () => {
    const defaulting = parseSchema({
      type: "object",
      properties: {
        absent: { type: "integer", default: 3 },
        zero: { type: "integer", default: 3 },
        forbidden: { type: "integer", default: 3 },
        allowed: { type: "integer", default: 3, nullable: true },
        dropped: { type: "integer" },
        nested: { type: "object", default: {}, properties: { inner: { type: "string", default: "in" } } },
      },
    });
    const object: JsonObject = { zero: 0, forbidden: null, allowed: null, dropped: null };
    applyDefaults(defaulting, object);
    expect(object).toStrictEqual({ zero: 0, forbidden: 3, allowed: null, absent: 3, nested: { inner: "in" } });
  });

  it("are copied, so that no object shares them", () => {
    const defaulting = parseSchema({ type: "object", properties: { list: { type: "array", items: { type: "string" }, default: ["a"] } } });
    const [one, two]: [JsonObject, JsonObject] = [{}, {}];
    applyDefaults(defaulting, one);
    applyDefaults(defaulting, two);
    expect(one["list"]).toStrictEqual(two["list"]);
    expect(one["list"]).not.toBe(two["list"]);
  });
});
