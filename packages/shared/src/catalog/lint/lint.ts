import { resolve } from "../../graph/mod.ts";
import { mergeCatalogs } from "../mod.ts";
import type { Catalog, CatalogProblem, ServiceDefinition } from "../mod.ts";
import { unpinnedCharts } from "./charts.ts";
import { downgradedDefinitions } from "./custom-resource-definitions.ts";
import { installerFile, problemFinding, serviceFile, upgraderFile } from "./finding.ts";
import type { Finding, Rule, Subject } from "./finding.ts";
import { emptyRanges, unmetRequirements } from "./ranges.ts";
import { failingHooks, failingVersions, invalidExamples } from "./rendering.ts";
import { requirementCycles } from "./requirements.ts";
import { sharedRiskIds } from "./risks.ts";
import { deadEndVersions, missingInstallers, otherDirection, overlappingUpgraders, unreachableVersions } from "./routes.ts";

const RULES: readonly Rule[] = [
  emptyRanges,
  missingInstallers,
  unmetRequirements,
  requirementCycles,
  otherDirection,
  overlappingUpgraders,
  unreachableVersions,
  deadEndVersions,
  invalidExamples,
  failingVersions,
  failingHooks,
  downgradedDefinitions,
  sharedRiskIds,
  unpinnedCharts,
];

/**
 * Everything that whoever writes a catalog should know: the problems that loading it found, as errors, and what is suspicious in what was
 * loaded. Errors first, then by file. `beside` are the catalogs that it is added to: it may build on their versions, and only its own
 * pieces are judged.
 */
export function lintCatalog(
  catalog: Catalog,
  problems: readonly CatalogProblem[] = [],
  beside: readonly Catalog[] = [],
): readonly Finding[] {
  const sources = [...beside, catalog].map((each) => ({ catalog: each, source: "" }));
  const services = [...mergeCatalogs(sources).values()];
  const findings = catalog.services.flatMap((own) => {
    const service = services.find(({ name }) => name === own.name) ?? own;
    const subject: Subject = { service, graph: openGraph(service), services };
    const files = ownFiles(own);
    return RULES.flatMap((rule) => rule(subject)).filter(({ file }) => files.has(file));
  });
  return [...problems.map(problemFinding), ...findings].sort(
    (a, b) =>
      compareText(a.severity, b.severity) ||
      compareText(a.file, b.file) ||
      compareText(a.path ?? "", b.path ?? "") ||
      compareText(a.code, b.code),
  );
}

function ownFiles(service: ServiceDefinition): ReadonlySet<string> {
  return new Set([
    serviceFile(service),
    ...service.installers.map(({ version }) => installerFile(service, version)),
    ...service.upgraders.map(({ name }) => upgraderFile(service, name)),
  ]);
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
