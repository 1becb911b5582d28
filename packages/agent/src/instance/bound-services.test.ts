import { parseCatalog } from "@portolan/shared/catalog";
import { expect, it } from "vitest";
import { boundServices } from "./bound-services.ts";

const installer = (...requires: readonly string[]) => ({
  version: "1.0.0",
  requires: requires.map((service) => ({ service, range: ">=1.0.0" })),
  deployer: { type: "manifests", objects: [] },
});
const { catalog } = parseCatalog({
  services: [
    { name: "app", installers: [installer("database", "certificates")], upgraders: [] },
    { name: "database", installers: [installer("storage")], upgraders: [] },
    { name: "certificates", installers: [installer()], upgraders: [] },
    { name: "storage", installers: [installer()], upgraders: [] },
  ],
});
const services = new Map(catalog.services.map((service) => [service.name, service]));

it.each([
  ["app", ["database", "certificates"]],
  ["database", ["app", "storage"]],
  ["certificates", ["app"]],
  ["unknown", []],
])("bound to %s are what it requires and what requires it", (name, bound) => {
  expect(boundServices(services, name)).toEqual(new Set(bound));
});
