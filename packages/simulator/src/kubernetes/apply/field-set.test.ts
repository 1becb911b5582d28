import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FieldSet, fieldSetFromJson, fieldSetToJson } from "./field-set.ts";
import { keyElement, printPath, valueElement, type Path } from "./path.ts";

const element = fc.oneof(
  fc.constantFrom("f:a", "f:b", "f:c"),
  fc.integer({ min: 0, max: 2 }).map((n) => keyElement({ name: `x${n}` })),
  fc.integer({ min: 0, max: 2 }).map((n) => valueElement(n)),
);
const path: fc.Arbitrary<Path> = fc.array(element, { minLength: 1, maxLength: 3 });
const paths = fc.array(path, { maxLength: 8 });

const printed = (set: FieldSet): string[] => [...set.paths()].map((each) => each.join(" ")).toSorted();
const texts = (list: readonly Path[]): Set<string> => new Set(list.map((each) => each.join(" ")));

describe("sets of fields", () => {
  it("are the sets of their paths", () => {
    fc.assert(
      fc.property(paths, paths, (left, right) => {
        const [a, b] = [FieldSet.of(...left), FieldSet.of(...right)];
        const [ta, tb] = [texts(left), texts(right)];
        expect(printed(a)).toStrictEqual([...ta].toSorted());
        expect(printed(a.union(b))).toStrictEqual([...ta.union(tb)].toSorted());
        expect(printed(a.intersection(b))).toStrictEqual([...ta.intersection(tb)].toSorted());
        expect(printed(a.difference(b))).toStrictEqual([...ta.difference(tb)].toSorted());
        expect(a.isEmpty).toBe(left.length === 0);
        expect(a.equals(b)).toBe(ta.symmetricDifference(tb).size === 0);
        for (const each of right) expect(a.has(each)).toBe(ta.has(each.join(" ")));
      }),
    );
  });

  it("a recursive difference takes along what is below", () => {
    const set = FieldSet.of(["f:a"], ["f:a", "f:b"], ["f:c"]);
    expect(printed(set.recursiveDifference(FieldSet.of(["f:a"])))).toStrictEqual(["f:c"]);
    expect(printed(set.recursiveDifference(FieldSet.of(["f:a", "f:b"])))).toStrictEqual(["f:a", "f:c"]);
  });

  it("go to fieldsV1 and back", () => {
    fc.assert(
      fc.property(paths, (list) => {
        const set = FieldSet.of(...list);
        expect(fieldSetFromJson(fieldSetToJson(set)).equals(set)).toBe(true);
      }),
    );
    expect(fieldSetToJson(FieldSet.of(["f:a"], ["f:a", "f:b"]))).toStrictEqual({ "f:a": { ".": {}, "f:b": {} } });
    expect(() => fieldSetFromJson({ nonsense: {} })).toThrow(TypeError);
  });

  it("keys written in another order are the same key", () => {
    const set = fieldSetFromJson({ 'k:{"protocol":"TCP","port":80}': {} });
    expect(set.has([keyElement({ port: 80, protocol: "TCP" })])).toBe(true);
  });

  it("paths are printed as Kubernetes prints them", () => {
    expect(printPath(["f:spec", "f:ports", keyElement({ port: 80, protocol: "TCP" }), "f:name"])).toBe(
      '.spec.ports[port=80,protocol="TCP"].name',
    );
    expect(printPath(["f:finalizers", valueElement("a/b")])).toBe('.finalizers[="a/b"]');
  });
});
