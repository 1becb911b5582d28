import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json/mod.ts";
import { findTypeMismatch, normalizeGoObject, parseSchema } from "./mod.ts";

const schema = {
  ...parseSchema({
    type: "object",
    properties: {
      pointer: { type: "integer" },
      omitted: { type: "string", "x-go-omit": true },
      written: { type: "integer", "x-go-zero": 0 },
      struct: { type: "object", "x-go-zero": {}, properties: { list: { type: "array", items: { type: "string" }, "x-go-zero": null } } },
      map: { type: "object", additionalProperties: { type: "string" }, "x-go-omit": true },
      quantity: { type: "string", format: "quantity" },
      time: { type: "string", format: "date-time" },
      micro: { type: "string", format: "micro-time" },
    },
  }),
  goStruct: "Thing",
};

function normalized(object: JsonObject): JsonObject {
  normalizeGoObject(schema, object);
  return object;
}

describe("objects that Go has read and written", () => {
  it("write what is always written, and leave out what is empty", () => {
    expect(normalized({})).toStrictEqual({ written: 0, struct: { list: null } });
    expect(normalized({ pointer: 0, omitted: "", written: 7, map: {} })).toStrictEqual({ pointer: 0, written: 7, struct: { list: null } });
    expect(normalized({ pointer: null, map: { a: null } })).toStrictEqual({ written: 0, struct: { list: null }, map: { a: "" } });
  });

  it("have quantities and times in canonical form", () => {
    expect(normalized({ quantity: 1000, time: "2026-01-01T01:00:00+01:00" })).toMatchObject({
      quantity: "1k",
      time: "2026-01-01T00:00:00Z",
    });
  });

  it.each<[JsonObject, string | undefined]>([
    [{ pointer: "x" }, "json: cannot unmarshal string into Go struct field Thing.pointer of type int32"],
    [{ pointer: 1.5 }, "json: cannot unmarshal number 1.5 into Go struct field Thing.pointer of type int32"],
    [{ struct: { list: "x" } }, "json: cannot unmarshal string into Go struct field Thing.struct.list of type []string"],
    [{ map: { a: 1 } }, "json: cannot unmarshal number into Go struct field Thing.map of type string"],
    [{ quantity: 1, pointer: null }, undefined],
    [{ time: "soon" }, 'parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"'],
    [
      { micro: "2026-01-01T00:00:00Z" },
      'parsing time "2026-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
    ],
  ])("%j is read, or refused in the decoder's words", (object, problem) => {
    expect(findTypeMismatch(schema, object)).toBe(problem);
  });
});
