import { canonicalJson, isJsonObject } from "../../json/mod.ts";
import type { Installer } from "../mod.ts";
import { pairsOf, sourcesOf, stepName } from "./edges.ts";
import { some, upgraderFile } from "./finding.ts";
import type { Finding, Rule } from "./finding.ts";

/**
 * Downgrades between versions whose CustomResourceDefinitions differ. A definition is never taken back (objects may be stored in its newer
 * version), so the older software meets the newer definition.
 */
export const downgradedDefinitions: Rule = ({ service, graph }) => {
  const definitions = graph.versions.map((version) => definitionsOf(graph.nodes.get(version)?.installer));
  return graph.routes
    .filter(({ direction }) => direction === "downgrade")
    .flatMap((route): readonly Finding[] => {
      for (const pair of pairsOf(route, sourcesOf(graph, route))) {
        const older = definitions[pair.to];
        const changed = [...(definitions[pair.from] ?? [])].filter(([name, text]) => older?.has(name) === true && older.get(name) !== text);
        if (changed.length === 0) continue;
        const names = some(changed.map(([name]) => name));
        const message = `the downgrade ${stepName(graph, pair)} leaves ${names} as the newer version has it: definitions are never taken back`;
        return [{ severity: "warning", code: "DowngradesCrd", file: upgraderFile(service, route.upgrader.name), message }];
      }
      return [];
    });
};

/** The text of each definition of a version, by name. */
function definitionsOf(installer: Installer | undefined): ReadonlyMap<string, string> {
  if (installer?.deployer.type !== "manifests") return new Map();
  return new Map(
    installer.deployer.objects
      .filter(({ object }) => object["kind"] === "CustomResourceDefinition")
      .map(({ object }): [string, string] => {
        const { metadata, spec } = object;
        const name = isJsonObject(metadata) ? metadata["name"] : undefined;
        return [typeof name === "string" ? name : "", canonicalJson(spec ?? null)];
      }),
  );
}
