import type { JsonObject } from "../json/mod.ts";
import type { KindRegistry, ResourceType } from "../kinds/mod.ts";
import { servedGroups } from "./discovery.ts";

export const AGGREGATED_TYPE = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** Whether the client would rather have all groups with all their resources at once (KEP-3352) than their names. */
export function wantsAggregated(accept: string): boolean {
  const first = accept.split(",")[0] ?? "";
  const parameters = new Set(first.split(";").map((piece) => piece.trim()));
  return ["application/json", "g=apidiscovery.k8s.io", "v=v2", "as=APIGroupDiscoveryList"].every((wanted) => parameters.has(wanted));
}

/** The resources of the core group, or of all others. */
export function aggregatedDocument(registry: KindRegistry, which: "core" | "named"): JsonObject {
  const groups = servedGroups(registry).filter(({ group }) => (group === "") === (which === "core"));
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groups.map(({ group, versions, types }): JsonObject => ({
      metadata: group === "" ? {} : { name: group },
      versions: versions.map((version): JsonObject => ({
        version,
        resources: types.filter((type) => type.version === version).map(resourceDiscovery),
        freshness: "Current",
      })),
    })),
  };
}

/** The version and group of a kind are only told where they are not the resource's own; those of custom resources always are. */
function responseKind(type: ResourceType): JsonObject {
  return type.custom ? { group: type.group, version: type.version, kind: type.kind } : { group: "", version: "", kind: type.kind };
}

function resourceDiscovery(type: ResourceType): JsonObject {
  return {
    resource: type.plural,
    responseKind: responseKind(type),
    scope: type.namespaced ? "Namespaced" : "Cluster",
    singularResource: type.singular,
    verbs: [...type.verbs],
    ...(type.shortNames.length === 0 ? {} : { shortNames: [...type.shortNames] }),
    ...(type.categories.length === 0 ? {} : { categories: [...type.categories] }),
    ...(type.subresourceEntries.length === 0
      ? {}
      : {
          subresources: type.subresourceEntries.map((entry): JsonObject => ({
            subresource: entry.name,
            responseKind:
              entry.group === undefined && entry.version === undefined
                ? responseKind({ ...type, kind: entry.kind })
                : { group: entry.group ?? "", version: entry.version ?? "", kind: entry.kind },
            verbs: [...entry.verbs],
          })),
        }),
  };
}
