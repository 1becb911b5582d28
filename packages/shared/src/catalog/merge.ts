import type { Catalog, ServiceDefinition, Version } from "./model.ts";

/** A catalog and what it is called in messages: `built-in`, a digest. */
export interface CatalogSource {
  readonly catalog: Catalog;
  readonly source: string;
}

/**
 * What a cluster knows, from all of its catalogs: of each service the description of the last catalog that has it, and each version and
 * each upgrader as the last catalog that has it defines it.
 */
export function mergeCatalogs(sources: readonly CatalogSource[]): ReadonlyMap<string, ServiceDefinition> {
  const merged = new Map<string, ServiceDefinition>();
  for (const { catalog } of sources) {
    for (const service of catalog.services) {
      const known = merged.get(service.name);
      merged.set(service.name, known === undefined ? service : mergeService(known, service));
    }
  }
  return merged;
}

function mergeService(known: ServiceDefinition, later: ServiceDefinition): ServiceDefinition {
  return {
    ...later,
    installers: mergeBy(known.installers, later.installers, ({ version }) => version),
    upgraders: mergeBy(known.upgraders, later.upgraders, ({ name }) => name),
  };
}

function mergeBy<T>(known: readonly T[], later: readonly T[], key: (item: T) => string): readonly T[] {
  const byKey = new Map(known.map((item) => [key(item), item]));
  for (const item of later) byKey.set(key(item), item);
  return [...byKey.values()];
}

/** Which catalog each version of a service comes from, as {@link mergeCatalogs} chooses. */
export function versionSources(sources: readonly CatalogSource[], service: string): ReadonlyMap<Version, string> {
  return new Map(
    sources.flatMap(({ catalog, source }) =>
      catalog.services
        .filter(({ name }) => name === service)
        .flatMap(({ installers }) => installers.map(({ version }): [Version, string] => [version, source])),
    ),
  );
}
