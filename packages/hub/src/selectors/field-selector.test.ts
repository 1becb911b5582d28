import { describe, expect, it } from "vitest";
import { FieldSelectorError, matchesFields, parseFieldSelector, type SelectableFields } from "./field-selector.ts";

interface Thing {
  readonly region?: string;
  readonly version: string;
}

const fields: SelectableFields<Thing> = { region: ({ region }) => region, version: ({ version }) => version };
const parse = (text: string): ReturnType<typeof parseFieldSelector> => parseFieldSelector(text, Object.keys(fields));

describe("matchesFields", () => {
  it.each([
    ["", true],
    ["version=1.0.0", true],
    ["version==1.0.0", true],
    [" version = 1.0.0 , region=eu", true],
    ["version!=1.0.0", false],
    ["version=1.0.0,region!=eu", false],
    ["region=", false],
    ["region!=", true],
  ])("%s → %s", (selector, expected) => {
    expect(matchesFields(parse(selector), fields, { region: "eu", version: "1.0.0" })).toBe(expected);
  });

  it("takes a field that is missing for an empty one", () => {
    expect(matchesFields(parse("region="), fields, { version: "1.0.0" })).toBe(true);
    expect(matchesFields(parse("region!=eu"), fields, { version: "1.0.0" })).toBe(true);
  });

  it("reads escaped characters", () => {
    expect(parse(String.raw`region=a\,b\=c\\d,version!=x`)).toEqual([
      { field: "region", operator: "Equals", value: String.raw`a,b=c\d` },
      { field: "version", operator: "NotEquals", value: "x" },
    ]);
  });
});

describe("parseFieldSelector", () => {
  it.each(["region", "=eu", "region=a=b", "region in (eu)", String.raw`region=a\b`, "region=a\\"])("refuses %s", (selector) => {
    expect(() => parse(selector)).toThrow(FieldSelectorError);
  });

  it("names the fields that there are to who asks for another, the nearest first", () => {
    expect(() => parse("versoin=a")).toThrow(/there is no field versoin; there are version, region/u);
    expect(() => parse("constructor=a")).toThrow(FieldSelectorError);
  });
});
