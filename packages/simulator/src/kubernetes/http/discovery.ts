import type { JsonObject } from "../json/mod.ts";
import type { KindRegistry, ResourceType } from "../kinds/mod.ts";
import { PageNotFound } from "../errors/mod.ts";
import { unknownPath } from "./route.ts";

/** The document of `GET /version`. */
export function versionDocument(version: string): JsonObject {
  const [major = "", minor = ""] = version.replace(/^v/, "").split(".");
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    minCompatibilityMajor: major,
    minCompatibilityMinor: String(Number(minor) - 1),
    gitVersion: version,
    gitCommit: "",
    gitTreeState: "",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: "",
    compiler: "",
    platform: `${process.platform}/${process.arch}`,
  };
}

export function coreVersionsDocument(): JsonObject {
  return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
}

/** Stable versions before beta before alpha, higher numbers first (apimachinery `version.CompareKubeAwareVersionStrings`). */
function compareVersions(left: string, right: string): number {
  const [a, b] = [versionRank(left), versionRank(right)];
  for (const [index, rank] of a.entries()) {
    const difference = (b[index] ?? 0) - rank;
    if (difference !== 0) return difference;
  }
  return left < right ? -1 : 1;
}

function versionRank(version: string): number[] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return [0, 0, 0];
  const stability = match[2] === undefined ? 3 : match[2] === "beta" ? 2 : 1;
  return [stability, Number(match[1]), Number(match[3] ?? 0)];
}

function versionsOf(types: readonly ResourceType[]): string[] {
  return [...new Set(types.map((type) => type.version))].toSorted(compareVersions);
}

type ServedGroup = {
  readonly group: string;
  /** The preferred one first. */
  readonly versions: readonly string[];
  readonly types: readonly ResourceType[];
};

/** The groups that are served, the core group among them, in the order in which they came. */
export function servedGroups(registry: KindRegistry): ServedGroup[] {
  const groups = new Map<string, ResourceType[]>();
  for (const type of registry.types()) groups.set(type.group, [...(groups.get(type.group) ?? []), type]);
  return [...groups].map(([group, types]) => ({ group, versions: versionsOf(types), types }));
}

function groupDocument(group: string, types: readonly ResourceType[]): JsonObject {
  const versions = versionsOf(types);
  const entries = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return {
    name: group,
    versions: entries,
    ...(entries[0] === undefined ? {} : { preferredVersion: entries[0] }),
  };
}

export function groupsDocument(registry: KindRegistry): JsonObject {
  const groups = servedGroups(registry).filter(({ group }) => group !== "");
  return {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: groups.map(({ group, types }) => groupDocument(group, types)),
  };
}

/** @throws ApiError NotFound */
export function oneGroupDocument(registry: KindRegistry, group: string): JsonObject {
  const types = registry.types().filter((type) => type.group === group && group !== "");
  if (types.length === 0) throw new PageNotFound();
  return { kind: "APIGroup", apiVersion: "v1", ...groupDocument(group, types) };
}

/** @throws ApiError NotFound */
export function resourcesDocument(registry: KindRegistry, apiVersion: string): JsonObject {
  const types = registry.types().filter((type) => type.apiVersion === apiVersion);
  if (types.length === 0) throw unknownPath(registry, apiVersion);
  return {
    kind: "APIResourceList",
    // The core group's list has no apiVersion of its own, the others do.
    ...(apiVersion === "v1" ? {} : { apiVersion: "v1" }),
    groupVersion: apiVersion,
    resources: types.flatMap(resourceEntries),
  };
}

function resourceEntries(type: ResourceType): JsonObject[] {
  return [
    {
      name: type.plural,
      singularName: type.singular,
      namespaced: type.namespaced,
      kind: type.kind,
      verbs: [...type.verbs],
      ...(type.shortNames.length === 0 ? {} : { shortNames: [...type.shortNames] }),
      ...(type.categories.length === 0 ? {} : { categories: [...type.categories] }),
      ...(type.storageVersionHash === undefined ? {} : { storageVersionHash: type.storageVersionHash }),
    },
    ...type.subresourceEntries.map((entry): JsonObject => ({
      name: `${type.plural}/${entry.name}`,
      singularName: "",
      namespaced: type.namespaced,
      ...(entry.group === undefined ? {} : { group: entry.group }),
      ...(entry.version === undefined ? {} : { version: entry.version }),
      kind: entry.kind,
      verbs: [...entry.verbs],
    })),
  ];
}
