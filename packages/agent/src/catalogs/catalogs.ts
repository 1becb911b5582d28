/** The catalogs in use: the agent's own folder first, then the fleet's set in its order. Merged, so that later ones win. */
import {
  catalogDigest,
  mergeCatalogs,
  versionSources,
  type Catalog,
  type CatalogSource,
  type ServiceDefinition,
} from "@portolan/shared/catalog";
import { canonicalJson, sha256Hex } from "@portolan/shared/json";

export interface NamedCatalog {
  readonly name: string;
  readonly catalog: Catalog;
}

export class Catalogs {
  readonly #builtIn: NamedCatalog | undefined;
  #services: ReadonlyMap<string, ServiceDefinition> = new Map();
  #digest = "";
  #sources: readonly CatalogSource[] = [];

  constructor(builtIn: Catalog | undefined) {
    this.#builtIn = builtIn === undefined ? undefined : { name: "built-in", catalog: builtIn };
    this.useFleet([]);
  }

  /** Digest of all catalogs in use, in their order. */
  get digest(): string {
    return this.#digest;
  }

  get services(): ReadonlyMap<string, ServiceDefinition> {
    return this.#services;
  }

  /** Which catalog gives each version of a service. */
  sourcesOf(service: string): ReadonlyMap<string, string> {
    return versionSources(this.#sources, service);
  }

  service(name: string): ServiceDefinition | undefined {
    return this.#services.get(name);
  }

  /** Takes over the fleet's set. Returns the names of services that are defined differently now. */
  useFleet(fleet: readonly NamedCatalog[]): ReadonlySet<string> {
    const all = this.#builtIn === undefined ? fleet : [this.#builtIn, ...fleet];
    const before = this.#services;
    this.#sources = all.map(({ name, catalog }) => ({ catalog, source: name }));
    this.#services = mergeCatalogs(this.#sources);
    this.#digest = sha256Hex(canonicalJson(all.map(({ catalog }) => catalogDigest(catalog))));
    const names = new Set([...before.keys(), ...this.#services.keys()]);
    return new Set([...names].filter((name) => text(before.get(name)) !== text(this.#services.get(name))));
  }
}

function text(service: ServiceDefinition | undefined): string {
  return service === undefined ? "" : canonicalJson(service);
}
