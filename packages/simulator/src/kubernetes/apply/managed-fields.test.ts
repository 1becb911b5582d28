import { describe, expect, it } from "vitest";
import type { KubeObject } from "../objects/mod.ts";
import { parseSchema } from "../schema/mod.ts";
import { FieldSet } from "./field-set.ts";
import { applyPatch, trackUpdate } from "./managed-fields.ts";
import { mergeTypeOf } from "./merge-type.ts";
import type { UpdaterContext } from "./updater.ts";

const type = mergeTypeOf(
  parseSchema({
    type: "object",
    properties: {
      apiVersion: { type: "string" },
      kind: { type: "string" },
      metadata: { type: "object" },
      data: { type: "object", additionalProperties: { type: "string" } },
      free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    },
  }),
);
const narrow = mergeTypeOf(parseSchema({ type: "object", properties: { metadata: { type: "object" } } }));
const context: UpdaterContext = { apiVersion: "v1", type, typeIn: () => type, resetFields: FieldSet.empty };
const empty: KubeObject = { apiVersion: "v1", kind: "X", metadata: {} };

const object = (data: Record<string, string>, metadata: KubeObject["metadata"] = { uid: "u" }): KubeObject => ({
  ...empty,
  metadata,
  data,
});
const writer = (manager: string): { manager: string; subresource: string } => ({ manager, subresource: "" });
const managers = ({ metadata }: KubeObject): string[] => (metadata.managedFields ?? []).map(({ manager = "" }) => manager);

/** Changes one key of the data for each of the managers, a second apart. */
function updatedBy(count: number): KubeObject {
  let live = trackUpdate(context, empty, object({ k: "0" }, {}), writer("creator"), 0);
  live = { ...live, metadata: { ...live.metadata, uid: "u" } };
  const data: Record<string, string> = { k: "0" };
  for (let n = 1; n <= count; n += 1) {
    data[`k${n}`] = "1";
    live = trackUpdate(context, live, { ...live, data: { ...data } }, writer(`m${n}`), n * 1000);
  }
  return live;
}

describe("managed fields", () => {
  it("keep ten updaters, and fold the oldest ones into one entry", () => {
    expect(managers(updatedBy(9))).toStrictEqual(["creator", ...Array.from({ length: 9 }, (_, n) => `m${n + 1}`)]);
    const folded = updatedBy(11);
    expect(managers(folded)).toHaveLength(10);
    const [ancient] = folded.metadata.managedFields ?? [];
    expect(ancient).toMatchObject({
      manager: "ancient-changes",
      operation: "Update",
      fieldsV1: { "f:data": { "f:k": {}, "f:k1": {}, "f:k2": {} } },
    });
  });

  it("tell null from an empty map", () => {
    const live = trackUpdate(context, empty, { ...empty, free: {} }, writer("one"), 0);
    const changed = trackUpdate(context, { ...live, metadata: { ...live.metadata, uid: "u" } }, { ...live, free: null }, writer("two"), 0);
    expect(managers(changed)).toStrictEqual(["two"]);
  });

  it("stay as they are when a version of the kind does not know the object", () => {
    const live = trackUpdate(context, empty, object({ a: "1" }, {}), writer("one"), 0);
    const stored = { ...live, metadata: { ...live.metadata, uid: "u" } };
    const other: UpdaterContext = { ...context, apiVersion: "v2", typeIn: (version) => (version === "v1" ? narrow : type) };
    const changed = trackUpdate(other, stored, { ...stored, data: { a: "2" } }, writer("two"), 0);
    expect(changed.metadata.managedFields).toStrictEqual(stored.metadata.managedFields);
  });

  it("of a version that is no longer served own nothing", () => {
    const live = trackUpdate(context, empty, object({ a: "1" }, {}), writer("one"), 0);
    const stored = { ...live, metadata: { ...live.metadata, uid: "u" } };
    const later: UpdaterContext = { ...context, apiVersion: "v2", typeIn: (version) => (version === "v2" ? type : undefined) };
    expect(managers(trackUpdate(later, stored, { ...stored, data: { a: "1", b: "1" } }, writer("two"), 0))).toStrictEqual(["two"]);
  });

  it("what was there before the first apply belongs to before-first-apply", () => {
    const applied = applyPatch(
      context,
      empty,
      object({ a: "1" }),
      { apiVersion: "v1", kind: "X", data: { b: "1" } },
      writer("one"),
      false,
      0,
    );
    expect(managers(applied)).toStrictEqual(["one", "before-first-apply"]);
  });

  it("that cannot be read are refused by an apply", () => {
    const broken = object({}, { uid: "u", managedFields: [{ operation: "Nonsense", apiVersion: "v1", fieldsType: "FieldsV1" }] });
    expect(() => applyPatch(context, empty, broken, { apiVersion: "v1", kind: "X" }, writer("one"), false, 0)).toThrow(
      "failed to decode managed fields",
    );
  });
});
