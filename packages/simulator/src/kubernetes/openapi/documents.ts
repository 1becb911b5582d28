import { createHash } from "node:crypto";
import { PageNotFound } from "../errors/mod.ts";
import type { JsonObject } from "../json/mod.ts";
import type { KindRegistry, ResourceType } from "../kinds/mod.ts";
import { pathsOf } from "./paths.ts";
import { SchemaCollection } from "./schemas.ts";

function locationOf(apiVersion: string): string {
  return apiVersion.includes("/") ? `apis/${apiVersion}` : `api/${apiVersion}`;
}

/** Where the document of each group version is. Clients keep documents by these addresses, which change with what is served. */
export function openApiIndex(registry: KindRegistry): JsonObject {
  const byVersion = new Map<string, ResourceType[]>();
  for (const type of registry.types()) byVersion.set(type.apiVersion, [...(byVersion.get(type.apiVersion) ?? []), type]);
  return {
    paths: Object.fromEntries(
      [...byVersion].map(([apiVersion, types]) => {
        const location = locationOf(apiVersion);
        return [location, { serverRelativeURL: `/openapi/v3/${location}?hash=${hashOf(types)}` }];
      }),
    ),
  };
}

const hashes = new WeakMap<ResourceType, string>();

function hashOf(types: readonly ResourceType[]): string {
  const hash = createHash("sha256");
  for (const type of types) {
    // Built-in kinds never change; a definition that does makes new types.
    const known =
      hashes.get(type) ??
      createHash("sha256")
        .update(JSON.stringify([type.kind, type.openApi]))
        .digest("hex");
    hashes.set(type, known);
    hash.update(known);
  }
  return hash.digest("hex").toUpperCase();
}

/**
 * The document of a group version.
 *
 * @throws PageNotFound
 */
export function openApiDocument(registry: KindRegistry, apiVersion: string, release: string): JsonObject {
  const types = registry.types().filter((type) => type.apiVersion === apiVersion);
  if (types.length === 0) throw new PageNotFound();
  const schemas = new SchemaCollection();
  const names = new Map(types.map((type) => [type, schemas.add(type)] as const));
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: release },
    paths: Object.fromEntries([...names].flatMap(([type, name]) => pathsOf(type, name))),
    components: { schemas: schemas.definitions() },
  };
}
