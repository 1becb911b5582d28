import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anInstaller, aService } from "../catalog/builders.fixture.ts";
import type { ManifestTemplate } from "../catalog/mod.ts";
import { mergePatch } from "../json/mod.ts";
import type { Json, JsonObject } from "../json/mod.ts";
import { effectiveValues, placeholderSecrets, renderObjects } from "./mod.ts";
import type { EffectiveValues, ValuesInput } from "./mod.ts";

const SECRET = "hunter2";

const config = {
  type: "object",
  additionalProperties: false,
  properties: { replicas: { type: "integer", default: 2, minimum: 1 }, ratio: { type: "number" }, host: { type: "string" }, extra: {} },
};
const service = aService({ config, secrets: [{ name: "db", description: "", keys: ["password"], optional: false }] });

function inputOf(parts: Partial<ValuesInput> = {}): ValuesInput {
  return {
    config: {},
    secrets: { db: { password: SECRET } },
    cluster: { name: "east", labels: { tier: "prod" } },
    release: { name: "web", namespace: "apps", service: "demo", version: "1.0.0", instance: "apps/web" },
    ...parts,
  };
}

function valuesOf(parts: Partial<ValuesInput>, values: JsonObject, defaults: JsonObject = {}): JsonObject {
  const result = effectiveValues(service, anInstaller("1.0.0", { values, defaults }), inputOf(parts));
  if (!result.valid) throw new Error(result.problems.map(({ message }) => message).join("; "));
  return result.values;
}

function problemsOf(result: EffectiveValues): readonly unknown[] {
  return result.valid ? [] : result.problems;
}

describe("effectiveValues", () => {
  it("takes the overrides over the mapped config over the defaults", () => {
    const defaults = { a: 1, nested: { b: 1, c: 1, d: 1 } };
    const values = { nested: { c: "${config.replicas}", d: "${config.replicas}" } };
    expect(valuesOf({ overrides: { nested: { d: 3 } } }, values, defaults)).toEqual({ a: 1, nested: { b: 1, c: 2, d: 3 } });
  });

  it("fills in the schema's defaults, and keeps what the config says", () => {
    expect(valuesOf({}, { replicas: "${config.replicas}" })).toEqual({ replicas: 2 });
    expect(valuesOf({ config: { replicas: 5 } }, { replicas: "${config.replicas}" })).toEqual({ replicas: 5 });
  });

  it("maps with config, secrets, cluster and release", () => {
    const values = {
      host: "${config.host}.${cluster.name}",
      password: "${secrets.db.password}",
      prod: "${cluster.labels.tier == 'prod'}",
      id: "${release.instance}@${release.version}",
    };
    expect(valuesOf({ config: { host: "web" } }, values)).toEqual({ host: "web.east", password: SECRET, prod: true, id: "apps/web@1.0.0" });
  });

  it("leaves out what is mapped to null, so that the default stays; an override of null deletes", () => {
    expect(valuesOf({}, { host: "${config.?host}" }, { host: "default" })).toEqual({ host: "default" });
    expect(valuesOf({ overrides: { host: null } }, {}, { host: "default" })).toEqual({});
  });

  it("computes with integers as ints and numbers as doubles", () => {
    expect(valuesOf({ config: { replicas: 7, ratio: 7 } }, { int: "${config.replicas / 2}", double: "${config.ratio / 2.0}" })).toEqual({
      int: 3,
      double: 3.5,
    });
  });

  it("is a merge patch over a merge patch, whatever the parts are", () => {
    const arbitraryObject = fc.dictionary(
      fc.constantFrom("a", "b", "c"),
      fc.oneof(fc.integer(), fc.dictionary(fc.constantFrom("x", "y"), fc.option(fc.integer()))),
    );
    fc.assert(
      fc.property(arbitraryObject, arbitraryObject, (defaults, overrides) => {
        const merged = mergePatch(defaults, overrides);
        expect(valuesOf({ overrides }, {}, defaults)).toEqual(merged);
      }),
    );
  });

  it.each<[string, Json, { readonly path: string; readonly expected: string; readonly found: string }]>([
    ["a wrong type", { replicas: "3" }, { path: "/replicas", expected: "integer", found: '"3"' }],
    ["a value out of bounds", { replicas: 0 }, { path: "/replicas", expected: ">= 1", found: "0" }],
    ["an unknown key", { hots: "a" }, { path: "/hots", expected: "no such key; known: replicas, ratio, host, extra", found: '"a"' }],
    ["no object", null, { path: "", expected: "object", found: "null" }],
  ])("says what is wrong with the config: %s", (_name, value, problem) => {
    expect(problemsOf(effectiveValues(service, anInstaller("1.0.0"), inputOf({ config: value })))).toEqual([
      expect.objectContaining({ code: "InvalidConfig", ...problem }),
    ]);
  });

  it("says which mapping fails, and where", () => {
    const installer = anInstaller("1.3.0", { values: { ingress: { host: "${config.host}" } } });
    expect(problemsOf(effectiveValues(service, installer, inputOf()))).toEqual([
      {
        code: "InvalidMapping",
        path: "/ingress/host",
        expected: "an expression that can be evaluated",
        found: "there is no such key: `config.host`",
        message: "mapping of 1.3.0: /ingress/host: there is no such key: `config.host`",
      },
    ]);
  });

  it("refuses overrides that are no object", () => {
    expect(problemsOf(effectiveValues(service, anInstaller("1.0.0"), inputOf({ overrides: ["a"] })))).toEqual([
      expect.objectContaining({ code: "InvalidOverrides", message: "the overrides must be an object" }),
    ]);
  });

  it("tells for each version by itself whether an override fits it", () => {
    const before = anInstaller("1.0.0", { valuesSchema: { properties: { size: { type: "integer" } } } });
    const after = anInstaller("2.0.0", { valuesSchema: { properties: { size: { enum: ["small", "large"] } } } });
    const input = inputOf({ overrides: { size: 3 } });
    expect(effectiveValues(service, before, input).valid).toBe(true);
    expect(problemsOf(effectiveValues(service, after, input))).toEqual([
      {
        code: "InvalidValues",
        path: "/size",
        expected: 'one of ["small","large"]',
        found: "a number",
        message: 'values of 2.0.0: /size: expected one of ["small","large"], found a number',
      },
    ]);
  });

  it("names a key of the overrides that the values do not have", () => {
    const installer = anInstaller("1.0.0", { valuesSchema: { additionalProperties: false, properties: { size: {} } } });
    expect(problemsOf(effectiveValues(service, installer, inputOf({ overrides: { sice: 1 } })))).toEqual([
      expect.objectContaining({ path: "/sice", message: "values of 1.0.0: /sice: expected no such key; known: size, found a number" }),
    ]);
  });

  it("names a key that the values must have", () => {
    const installer = anInstaller("1.0.0", { valuesSchema: { required: ["size"] } });
    expect(problemsOf(effectiveValues(service, installer, inputOf()))).toEqual([
      expect.objectContaining({ message: "values of 1.0.0: /size: expected a value, found nothing" }),
    ]);
  });

  it("never shows a secret, whatever goes wrong", () => {
    const leaks = [
      anInstaller("1.0.0", { values: { a: "${int(secrets.db.password)}" } }),
      anInstaller("1.0.0", { values: { a: "${config.extra[secrets.db.password]}" } }),
      anInstaller("1.0.0", { values: { a: "${secrets.db.password}" }, valuesSchema: { properties: { a: { type: "integer" } } } }),
      anInstaller("1.0.0", { values: { a: "${secrets.db.password}" }, valuesSchema: { properties: { a: { maxLength: 3 } } } }),
      anInstaller("1.0.0", { values: { a: "${secrets.db.password}" }, valuesSchema: { properties: { a: { pattern: "^x" } } } }),
      anInstaller("1.0.0", { values: { a: "${secrets.db.password}" }, valuesSchema: { properties: { a: { const: "x" } } } }),
      anInstaller("1.0.0", {
        values: { a: { b: "${ {secrets.db.password: 1} }" } },
        valuesSchema: { properties: { a: { properties: { b: { additionalProperties: false } } } } },
      }),
    ];
    for (const installer of leaks) {
      const result = effectiveValues(service, installer, inputOf({ config: { extra: {} } }));
      expect(result.valid).toBe(false);
      expect(JSON.stringify(problemsOf(result))).not.toContain(SECRET);
    }
  });
});

describe("renderObjects", () => {
  function rendered(templates: readonly ManifestTemplate[], parts: Partial<ValuesInput> = {}) {
    const result = effectiveValues(service, anInstaller("1.0.0", { values: { replicas: "${config.replicas}" } }), inputOf(parts));
    if (!result.valid) throw new Error("invalid");
    return renderObjects(templates, result.scope);
  }
  const object = (name: string): JsonObject => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });

  it("renders in order, with the values, and leaves out what is not wanted", () => {
    const templates = [
      { source: "a", object: { ...object("${release.name}"), data: { replicas: "${string(values.replicas + 1)}" } } },
      { source: "b", when: "config.replicas > 10", object: object("b") },
      { source: "c", when: "cluster.labels.tier == 'prod'", object: object("c") },
    ];
    expect(rendered(templates)).toEqual({
      valid: true,
      objects: [
        { source: "a", object: { ...object("web"), data: { replicas: "3" } } },
        { source: "c", object: object("c") },
      ],
    });
  });

  it("says everything that is wrong, with its source", () => {
    const templates = [
      { source: "a.yaml#1", object: { ...object("a"), data: "${values.none}" } },
      { source: "b.yaml#1", object: object("b") },
      { source: "c.yaml#2", when: "config.host", object: object("c") },
      { source: "d.yaml#1", when: "values.replicas", object: object("d") },
    ];
    expect(rendered(templates)).toEqual({
      valid: false,
      problems: [
        expect.objectContaining({
          code: "InvalidManifest",
          path: "/data",
          message: "a.yaml#1: /data: there is no such key: `values.none`",
        }),
        expect.objectContaining({ message: "c.yaml#2: there is no such key: `config.host`" }),
        expect.objectContaining({ path: "/when", message: "d.yaml#1: /when: expected true or false: `values.replicas`" }),
      ],
    });
  });
});

describe("placeholderSecrets", () => {
  it("has a value for every key, which says what it stands for", () => {
    const requirement = { description: "", optional: true };
    expect(
      placeholderSecrets([
        { ...requirement, name: "db", keys: ["user", "password"] },
        { ...requirement, name: "mail", keys: [] },
      ]),
    ).toEqual({ db: { user: "<db.user>", password: "<db.password>" }, mail: {} });
  });
});
