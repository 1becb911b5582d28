import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arbitraryService } from "../graph/arbitraries.fixture.ts";
import type { Json } from "../json/mod.ts";
import { anInstaller, anUpgrader, aService } from "./builders.fixture.ts";
import { catalogDigest, decodeCatalog, MAX_CATALOG_BYTES, mergeCatalogs, parseCatalog, serializeCatalog, versionSources } from "./mod.ts";
import type { Catalog } from "./mod.ts";

function plain(value: unknown): Json {
  return JSON.parse(JSON.stringify(value));
}

describe("parseCatalog", () => {
  it("reads what serializeCatalog writes", () => {
    fc.assert(
      fc.property(arbitraryService, (service) => {
        const catalog = { services: [service] };
        const { catalog: read, problems } = decodeCatalog(serializeCatalog(catalog));
        expect(problems).toEqual([]);
        expect(catalogDigest(read)).toBe(catalogDigest(catalog));
        expect(new Set(read.services[0]?.upgraders)).toEqual(new Set(service.upgraders));
      }),
    );
  });

  /** Pieces that are wrong, each in its way. */
  const arbitraryBad: fc.Arbitrary<Json> = fc.oneof(
    fc.jsonValue().map(plain),
    fc.constantFrom<Json>(
      plain({ ...anInstaller("1.5.0"), version: "v1.5.0" }),
      plain({ ...anInstaller("1.5.0"), kubernetes: "soon" }),
      plain({ ...anInstaller("1.5.0"), values: { a: "${" } }),
      plain({ ...anInstaller("1.5.0"), valuesSchema: { type: 3 } }),
      plain({ ...anInstaller("1.5.0"), requires: [{ service: "Other", range: "*" }] }),
      plain({ ...anUpgrader("Up", "*", "*") }),
      plain({ ...anUpgrader("up", "nowhere", "*") }),
      plain({ ...anUpgrader("up", "*", "*"), cost: 0 }),
      plain({ ...anUpgrader("up", "*", "*"), cost: 1e9 }),
      plain({ ...anUpgrader("up", "*", "*"), risks: [{ id: "r", message: "m", when: "1 +" }] }),
      plain({ ...anUpgrader("up", "*", "*"), surprise: true }),
      JSON.parse('{"name": "up", "__proto__": {"polluted": true}}'),
    ),
  );

  it("never lets a bad version or upgrader hide the others", () => {
    fc.assert(
      fc.property(arbitraryService, arbitraryBad, arbitraryBad, fc.nat(), fc.nat(), (service, badInstaller, badUpgrader, at, other) => {
        const expected = parseCatalog(plain({ services: [service] })).catalog;
        const installers = service.installers.map(plain).toSpliced(at % (service.installers.length + 1), 0, badInstaller);
        const upgraders = service.upgraders.map(plain).toSpliced(other % (service.upgraders.length + 1), 0, badUpgrader);
        const { catalog, problems } = parseCatalog({ services: [{ ...service, installers, upgraders }] });
        expect(catalog).toEqual(expected);
        expect(new Set(problems.map(({ file }) => file.split("/")[1]))).toEqual(new Set(["installers", "upgraders"]));
      }),
    );
  });

  it("never lets a bad service hide the others", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (bad) => {
        const { catalog, problems } = parseCatalog({ services: [plain(bad), plain(aService({ installers: [anInstaller("1.0.0")] }))] });
        expect(catalog.services.map(({ name }) => name)).toEqual(["demo"]);
        expect(problems.length).toBeGreaterThan(0);
      }),
    );
  });

  it("never throws, whatever it is given", () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withMap: true, withDate: true, withBigInt: true }), (value) => {
        expect(parseCatalog({ services: [value] }).catalog.services).toEqual([]);
        expect(parseCatalog(value).problems.length).toBeGreaterThan(0);
      }),
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => decodeCatalog(bytes).problems.length > 0));
  });

  it.each<[string, unknown, string]>([
    ["no services", {}, "InvalidField"],
    ["a prototype", JSON.parse('{"services": [], "__proto__": {"polluted": true}}'), "InvalidField"],
    ["a piece that is no JSON", { services: [{ name: "a", config: { at: new Date(0) } }] }, "Malformed"],
    ["a prototype deep inside", JSON.parse('{"services": [{"name": "a", "config": {"properties": {"__proto__": {}}}}]}'), "Malformed"],
    ["too many services", { services: Array.from({ length: 1_001 }, () => ({})) }, "TooLarge"],
    ["the same service twice", { services: [plain(aService()), plain(aService())] }, "Duplicate"],
    ["a service without a name", { services: [{}] }, "InvalidName"],
  ])("says what is wrong with %s", (_name, value, code) => {
    const codes = parseCatalog(value).problems.map((problem) => problem.code);
    expect(codes[0] === code || (code === "InvalidName" && codes[0] === "InvalidField")).toBe(true);
    expect("polluted" in {}).toBe(false);
  });

  it("says what was expected and what was found", () => {
    const { problems } = parseCatalog({ services: [plain(aService({ installers: [{ ...anInstaller("1.0.0"), version: "1.0" }] }))] });
    expect(problems).toEqual([
      {
        code: "InvalidVersion",
        file: "demo/installers/1.0.yaml",
        path: "/version",
        message: '/version: expected a semantic version such as 1.2.3, without a leading v, found "1.0"',
      },
    ]);
  });
});

describe("decodeCatalog", () => {
  it.each([
    ["no JSON", "{", "Malformed"],
    ["a document nested beyond any stack", "[".repeat(400_000), "Malformed"],
    ["deep JSON", `{"services":[{"name":"a","config":${"[".repeat(100)}${"]".repeat(100)}}]}`, "Malformed"],
    ["too many bytes", " ".repeat(MAX_CATALOG_BYTES + 1), "TooLarge"],
  ])("refuses %s", (_name, text, code) => {
    expect(decodeCatalog(new TextEncoder().encode(text)).problems.map((problem) => problem.code)).toEqual([code]);
  });
});

describe("a catalog's digest", () => {
  it("is the same for any order of services, versions and upgraders", () => {
    const installers = [anInstaller("1.0.0"), anInstaller("1.1.0")];
    const upgraders = [anUpgrader("a", "*", "*"), anUpgrader("b", "*", "*")];
    const services = [aService({ installers, upgraders }), aService({ name: "other" })];
    const turned = services
      .toReversed()
      .map((service) => ({ ...service, installers: service.installers.toReversed(), upgraders: service.upgraders.toReversed() }));
    expect(catalogDigest({ services: turned })).toBe(catalogDigest({ services }));
  });

  it("changes with any content", () => {
    const digest = catalogDigest({ services: [aService({ installers: [anInstaller("1.0.0")] })] });
    expect(catalogDigest({ services: [aService({ installers: [anInstaller("1.0.1")] })] })).not.toBe(digest);
  });
});

describe("serializeCatalog", () => {
  it("refuses what is too large to be published", () => {
    const large = anInstaller("1.0.0", { defaults: { text: "x".repeat(MAX_CATALOG_BYTES) } });
    expect(() => serializeCatalog({ services: [aService({ installers: [large] })] })).toThrow(
      expect.objectContaining({ code: "CatalogTooLarge" }),
    );
  });
});

describe("mergeCatalogs", () => {
  const builtIn: Catalog = {
    services: [
      aService({ title: "Old", installers: [anInstaller("1.0.0"), anInstaller("1.1.0")], upgraders: [anUpgrader("a", "1.0.0", "1.1.0")] }),
    ],
  };
  const published: Catalog = {
    services: [
      aService({
        title: "New",
        installers: [anInstaller("1.1.0", { retracted: { reason: "broken" } }), anInstaller("1.2.0")],
        upgraders: [anUpgrader("b", "*", "1.2.0")],
      }),
      aService({ name: "other" }),
    ],
  };
  const sources = [
    { catalog: builtIn, source: "built-in" },
    { catalog: published, source: "abc" },
  ];

  it("takes each version, upgrader and description from the last catalog that has it", () => {
    const merged = mergeCatalogs(sources);
    expect([...merged.keys()]).toEqual(["demo", "other"]);
    const demo = merged.get("demo");
    expect(demo?.title).toBe("New");
    expect(demo?.installers.map(({ version, retracted }) => [version, retracted?.reason])).toEqual([
      ["1.0.0", undefined],
      ["1.1.0", "broken"],
      ["1.2.0", undefined],
    ]);
    expect(demo?.upgraders.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  it("tells where each version comes from", () => {
    expect(versionSources(sources, "demo")).toEqual(
      new Map([
        ["1.0.0", "built-in"],
        ["1.1.0", "abc"],
        ["1.2.0", "abc"],
      ]),
    );
  });
});
