import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../json/mod.ts";
import { checkTemplate, ExpressionError, renderTemplate, scopeOf } from "./mod.ts";
import { splitTemplate } from "./template-text.ts";

const scope = scopeOf({
  values: { replicas: 3, name: "demo", labels: { a: "b" }, list: [1, 2], nothing: null, ratio: 0.5 },
  config: {},
  secrets: { db: { password: "hunter2" } },
  cluster: {},
  release: { version: "1.2.0" },
});

function render(template: Json): Json {
  return renderTemplate(template, scope, "manifest");
}

describe("a template", () => {
  it.each<[Json, Json]>([
    ["plain", "plain"],
    ["${values.replicas}", 3],
    ["${values.labels}", { a: "b" }],
    ["${values.list}", [1, 2]],
    ["v${release.version}", "v1.2.0"],
    ["${values.name}-${string(values.replicas)}", "demo-3"],
    ["${values.replicas}/${values.ratio} ${true}", "3/0.5 true"],
    [" ${values.replicas}", " 3"],
    ["$${HOME} $$ $", "${HOME} $$ $"],
    ["$${not} ${values.name}", "${not} demo"],
    ["${ {'a': '}'}.a }", "}"],
    ["${'${' + values.name + '}'}", "${demo}"],
    ["${r'\\d}' + \"}\"}", "\\d}}"],
    ["${'''a'}''' + 'b'}", "a'}b"],
    [{ a: { b: ["${values.name}", 1, null] } }, { a: { b: ["demo", 1, null] } }],
    [
      { a: "${values.nothing}", b: ["x", "${values.nothing}"], c: null },
      { b: ["x"], c: null },
    ],
    ["${values.nothing}", null],
    [{ "${values.name}": 1 }, { "${values.name}": 1 }],
    [3, 3],
  ])("%j becomes %j", (template, expected) => {
    expect(render(template)).toEqual(expected);
  });

  it.each<[Json, string]>([
    [{ spec: { replicas: "${values.missing}" } }, "/spec/replicas: there is no such key: `values.missing`"],
    [["a", "x ${values.labels}"], "/1: an object cannot stand inside of text: `values.labels`"],
    ["x ${values.nothing}", "null cannot stand inside of text: `values.nothing`"],
    [{ "a/b": "${1 +}" }, "/a~1b: Unexpected token: EOF: `1 +`"],
    [{ a: "${values.name" }, "/a: a ${ has no closing brace (write $${ for a literal ${)"],
    [{ a: "${}" }, "/a: Unexpected token: EOF: ``"],
  ])("%j says where it fails", (template, message) => {
    expect(() => render(template)).toThrow(new ExpressionError("Failed", message).message);
  });

  it("never shows a secret in an error", () => {
    expect(() => render({ url: "${secrets.db.password + 1}" })).toThrow(/^\/url: /);
    expect(() => render({ url: "${int(secrets.db.password)}" })).not.toThrow(/hunter2/);
  });
});

describe("checkTemplate", () => {
  it("finds every mistake that needs no data, with its place", () => {
    const errors = checkTemplate({ a: "${1 +}", b: [{ c: "${unknown}" }, "${values.name}", "ok"], d: "${" }, "manifest", "/object");
    expect(errors.map(({ path }) => path)).toEqual(["/object/a", "/object/b/0/c", "/object/d"]);
  });
});

describe("splitTemplate", () => {
  it("loses nothing: text without expressions is itself", () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes("${")),
        (text) => {
          expect(splitTemplate(text)).toEqual([{ kind: "text", text }]);
        },
      ),
    );
  });

  it("finds expressions between any text", () => {
    const arbitraryText = fc.string({ minLength: 1 }).filter((text) => !text.includes("$"));
    const arbitrarySource = fc.constantFrom("a", "{'x': {'y': 1}}", "'}'", '"\\"}"', "r'\\}'", "[1, 2]");
    fc.assert(
      fc.property(arbitraryText, arbitrarySource, arbitraryText, (before, source, after) => {
        expect(splitTemplate(`${before}\${${source}}${after}`)).toEqual([
          { kind: "text", text: before },
          { kind: "expression", source },
          { kind: "text", text: after },
        ]);
      }),
    );
  });
});
