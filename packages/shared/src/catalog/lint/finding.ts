import type { CatalogProblem, CatalogProblemCode, ServiceDefinition } from "../mod.ts";
import type { VersionGraph } from "../../graph/mod.ts";

/** What lint finds beyond what loading refuses. */
export type LintCode =
  /** An upgrader's range, or a requirement, has no version. */
  | "MissingInstaller"
  /** A version requires what requires it: none of them can be the first in a cluster. */
  | "RequirementCycle"
  /** No upgrader leads to a version: it can only be installed anew. */
  | "UnreachableVersion"
  /** No upgrader leads from a version to a higher one. */
  | "DeadEndVersion"
  /** Two upgraders could take the same step. */
  | "OverlappingUpgraders"
  /** An upgrader's ranges hold steps against its direction, which are never taken. */
  | "OtherDirection"
  /** A range that no version can be in. */
  | "EmptyRange"
  /** An example does not fit the schema of the config. */
  | "InvalidExample"
  /** A mapping fails on an example, or its result does not fit the version's schema of values. */
  | "MappingFails"
  /** A manifest or hook cannot be rendered with an example. */
  | "ManifestFails"
  /** A version has the same object twice. */
  | "DuplicateObject"
  /** Different risks of a service have one id: who accepts one by it accepts them all. */
  | "SharedRiskId"
  /** A chart has no digest: whoever serves it decides what is installed. */
  | "UnpinnedChart"
  /** A downgrade would need a CustomResourceDefinition to go back, which is never done. */
  | "DowngradesCrd";

/** One thing that whoever writes the catalog should know. An error keeps something from ever working; a warning may be meant. */
export interface Finding {
  readonly severity: "error" | "warning";
  readonly code: LintCode | CatalogProblemCode;
  /** As in {@link CatalogProblem}. */
  readonly file: string;
  readonly path?: string;
  readonly message: string;
}

/** What a rule looks at. */
export interface Subject {
  readonly service: ServiceDefinition;
  /** The graph as a cluster sees it that meets every requirement; retracted versions are blocked. */
  readonly graph: VersionGraph;
  /** All services of the catalog. */
  readonly services: readonly ServiceDefinition[];
}

/** One thing to look for. */
export type Rule = (subject: Subject) => readonly Finding[];

export function problemFinding(problem: CatalogProblem): Finding {
  return { severity: "error", ...problem };
}

export function serviceFile(service: ServiceDefinition): string {
  return `${service.name}/service.yaml`;
}

export function installerFile(service: ServiceDefinition, version: string): string {
  return `${service.name}/installers/${version}.yaml`;
}

export function upgraderFile(service: ServiceDefinition, name: string): string {
  return `${service.name}/upgraders/${name}.yaml`;
}

const MAX_NAMED = 5;

/** Some of a list, for a message. */
export function some(names: readonly string[]): string {
  const rest = names.length - MAX_NAMED;
  return rest > 0 ? `${names.slice(0, MAX_NAMED).join(", ")} and ${rest} more` : names.join(", ");
}
