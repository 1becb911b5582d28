import { parseCatalog, type Catalog } from "@portolan/shared/catalog";
import { expect, it } from "vitest";
import { Catalogs } from "./catalogs.ts";

function catalogOf(service: string, versions: readonly string[], title = service): Catalog {
  const installers = versions.map((version) => ({ version, deployer: { type: "manifests", objects: [] } }));
  const { catalog, problems } = parseCatalog({ services: [{ name: service, title, installers, upgraders: [] }] });
  expect(problems).toEqual([]);
  return catalog;
}

it("puts the fleet's catalogs over the agent's own, and takes them away again", () => {
  const catalogs = new Catalogs(catalogOf("web", ["1.0.0"], "Own"));
  const own = catalogs.digest;
  expect(catalogs.useFleet([{ name: "next", catalog: catalogOf("web", ["2.0.0"], "Fleet") }])).toEqual(new Set(["web"]));
  expect(catalogs.service("web")).toMatchObject({ title: "Fleet", installers: [{ version: "1.0.0" }, { version: "2.0.0" }] });
  expect(Object.fromEntries(catalogs.sourcesOf("web"))).toEqual({ "1.0.0": "built-in", "2.0.0": "next" });
  expect(catalogs.digest).not.toBe(own);
  expect(catalogs.useFleet([])).toEqual(new Set(["web"]));
  expect(catalogs.service("web")?.installers).toHaveLength(1);
  expect(catalogs.digest).toBe(own);
});

it("names only the services that are defined differently", () => {
  const catalogs = new Catalogs(catalogOf("web", ["1.0.0"]));
  expect(catalogs.useFleet([{ name: "other", catalog: catalogOf("db", ["1.0.0"]) }])).toEqual(new Set(["db"]));
  expect(catalogs.useFleet([{ name: "renamed", catalog: catalogOf("db", ["1.0.0"]) }])).toEqual(new Set());
});

it("works without a catalog of its own", () => {
  const catalogs = new Catalogs(undefined);
  expect(catalogs.services.size).toBe(0);
  expect(catalogs.service("web")).toBeUndefined();
});
