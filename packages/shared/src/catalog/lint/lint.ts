import { resolve } from "../../graph/mod.ts";
import type { Catalog, CatalogProblem, ServiceDefinition } from "../mod.ts";
import { downgradedDefinitions } from "./custom-resource-definitions.ts";
import { problemFinding } from "./finding.ts";
import type { Finding, Rule, Subject } from "./finding.ts";
import { emptyRanges, unmetRequirements } from "./ranges.ts";
import { failingHooks, failingVersions, invalidExamples } from "./rendering.ts";
import { deadEndVersions, missingInstallers, otherDirection, overlappingUpgraders, unreachableVersions } from "./routes.ts";

const RULES: readonly Rule[] = [
  emptyRanges,
  missingInstallers,
  unmetRequirements,
  otherDirection,
  overlappingUpgraders,
  unreachableVersions,
  deadEndVersions,
  invalidExamples,
  failingVersions,
  failingHooks,
  downgradedDefinitions,
];

/**
 * Everything that whoever writes a catalog should know: the problems that loading it found, as errors, and what is suspicious in what was
 * loaded. Errors first, then by file.
 */
export function lintCatalog(catalog: Catalog, problems: readonly CatalogProblem[] = []): readonly Finding[] {
  const findings = catalog.services.flatMap((service) => {
    const subject: Subject = { service, graph: openGraph(service), services: catalog.services };
    return RULES.flatMap((rule) => rule(subject));
  });
  return [...problems.map(problemFinding), ...findings].sort(
    (a, b) =>
      compareText(a.severity, b.severity) ||
      compareText(a.file, b.file) ||
      compareText(a.path ?? "", b.path ?? "") ||
      compareText(a.code, b.code),
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** The graph without what depends on a cluster: only retractions block. */
function openGraph(service: ServiceDefinition): Subject["graph"] {
  const installers = service.installers.map(({ kubernetes: _kubernetes, ...installer }) => ({ ...installer, requires: [] }));
  return resolve(
    { ...service, installers },
    { cluster: { name: "example", kubernetesVersion: "v1.34.0", labels: {} }, neighbours: [], config: {} },
  );
}
