import { expect, it } from "vitest";
import { specifiersOf } from "./specifiers.ts";

it("every way to import is seen, types and lazy ones included", () => {
  const text = `
    import a from "a";
    import type { B } from "./b.ts";
    import "c";
    export { d } from "d";
    export * from "e";
    export const f = 1;
    const lazy = async (name: string) => [await import("g"), await import(\`h\`), await import(name)];
    // import "no";
  `;
  expect(specifiersOf("x.ts", text).toSorted()).toEqual(["./b.ts", "a", "c", "d", "e", "g", "h"]);
});

it("a module that imports nothing has none", () => {
  expect(specifiersOf("x.ts", "export const a = 1;")).toEqual([]);
});
