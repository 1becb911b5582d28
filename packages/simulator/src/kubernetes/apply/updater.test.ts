import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { equalJson, isJsonObject, type Json, type JsonObject } from "../json/mod.ts";
import { parseSchema } from "../schema/mod.ts";
import { FieldSet } from "./field-set.ts";
import { mergeTypeOf } from "./merge-type.ts";
import { toFieldSet } from "./to-field-set.ts";
import { applyConfiguration, updateManagers, type Managers, type UpdaterContext } from "./updater.ts";

const item = {
  type: "object",
  properties: {
    name: { type: "string" },
    value: { type: "string" },
    tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
  },
};
const type = mergeTypeOf(
  parseSchema({
    type: "object",
    properties: {
      a: { type: "string" },
      b: { type: "string" },
      map: { type: "object", additionalProperties: { type: "string" } },
      atomic: { type: "object", "x-kubernetes-map-type": "atomic", properties: { x: { type: "string" }, y: { type: "string" } } },
      items: { type: "array", items: item, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] },
      words: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
      plain: { type: "array", items: { type: "string" } },
    },
  }),
);
const context: UpdaterContext = { apiVersion: "v1", type, typeIn: () => type, resetFields: FieldSet.empty };

const text = fc.constantFrom("1", "2", "3");
const words = fc.uniqueArray(text, { minLength: 1, maxLength: 3 });
const configuration: fc.Arbitrary<JsonObject> = fc.record(
  {
    a: text,
    b: text,
    map: fc.dictionary(fc.constantFrom("k", "l"), text, { minKeys: 1 }),
    atomic: fc.dictionary(fc.constantFrom("x", "y"), text, { minKeys: 1 }),
    items: fc.uniqueArray(fc.record({ name: fc.constantFrom("m", "n", "o"), value: text, tags: words }, { requiredKeys: ["name"] }), {
      selector: ({ name }) => name,
      minLength: 1,
    }),
    words,
    plain: fc.array(text, { minLength: 1, maxLength: 2 }),
  },
  { requiredKeys: [] },
);

type State = { readonly live: JsonObject; readonly managers: Managers };
const nothing: State = { live: {}, managers: new Map() };

function apply(state: State, manager: string, wanted: JsonObject, force = true): State | "conflict" {
  const result = applyConfiguration(context, state.live, wanted, state.managers, manager, force);
  if (result.kind === "conflict") return "conflict";
  return { live: isJsonObject(result.object) ? result.object : state.live, managers: result.managers };
}

function forced(state: State, manager: string, wanted: JsonObject): State {
  const next = apply(state, manager, wanted);
  if (next === "conflict") throw new Error("a forced apply has no conflicts");
  return next;
}

/** Every path of the configuration has the configuration's value in the object. */
function holds(live: Json | undefined, wanted: Json): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(live) &&
      wanted.every((each) =>
        isJsonObject(each)
          ? live.some((own) => isJsonObject(own) && own["name"] === each["name"] && holds(own, each))
          : live.includes(each),
      )
    );
  }
  if (!isJsonObject(wanted)) return equalJson(live, wanted);
  return isJsonObject(live) && Object.entries(wanted).every(([key, member]) => member === undefined || holds(live[key], member));
}

describe("server-side apply", () => {
  it("gives the object what was applied, and the manager what it mentions", () => {
    fc.assert(
      fc.property(configuration, configuration, (first, second) => {
        const state = forced(forced(nothing, "one", first), "two", second);
        expect(holds(state.live, second)).toBe(true);
        expect(state.managers.get("two")?.set ?? FieldSet.empty).toSatisfy((set: FieldSet) => set.equals(toFieldSet(type, second)));
      }),
    );
  });

  it("told twice does no more than once", () => {
    fc.assert(
      fc.property(configuration, configuration, (first, second) => {
        const once = forced(forced(nothing, "one", first), "two", second);
        const twice = forced(once, "two", second);
        expect(twice.live).toStrictEqual(once.live);
        expect(twice.managers).toStrictEqual(once.managers);
      }),
    );
  });

  it("a manager alone gets exactly what it applied last", () => {
    fc.assert(
      fc.property(configuration, configuration, (first, second) => {
        expect(sortedItems(forced(forced(nothing, "one", first), "one", second).live)).toStrictEqual(sortedItems(second));
      }),
    );
  });

  it("without force changes no field that another one applied, or nothing at all", () => {
    fc.assert(
      fc.property(configuration, configuration, (first, second) => {
        const before = forced(nothing, "one", first);
        const after = apply(before, "two", second, false);
        if (after === "conflict") return;
        expect(holds(after.live, first)).toBe(true);
        expect(after.managers.get("one")?.set.equals(toFieldSet(type, first)) ?? Object.keys(first).length === 0).toBe(true);
      }),
    );
  });

  it("what nobody applies any more goes, what another one applies stays", () => {
    fc.assert(
      fc.property(configuration, configuration, (first, second) => {
        const both = apply(forced(nothing, "one", first), "two", second, false);
        if (both === "conflict") return;
        const left = forced(both, "two", {});
        expect(sortedItems(left.live)).toStrictEqual(sortedItems(first));
        expect(left.managers.has("two")).toBe(false);
      }),
    );
  });

  it("an update takes over what it changed, and nothing else", () => {
    fc.assert(
      fc.property(configuration, configuration, (first, second) => {
        const before = forced(nothing, "one", first);
        const managers = updateManagers(context, before.live, second, before.managers, "editor");
        const [own, theirs] = [managers.get("one")?.set ?? FieldSet.empty, managers.get("editor")?.set ?? FieldSet.empty];
        expect(own.intersection(theirs).isEmpty).toBe(true);
        expect(own.difference(toFieldSet(type, second)).isEmpty).toBe(true);
        expect(updateManagers(context, second, second, managers, "editor")).toStrictEqual(managers);
      }),
    );
  });
});

/** The order of a map's or a set's items says nothing here. */
function sortedItems(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedItems);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => {
      const inner = member === undefined ? null : sortedItems(member);
      return [
        key,
        Array.isArray(inner) && key !== "plain" ? inner.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : inner,
      ];
    }),
  );
}
