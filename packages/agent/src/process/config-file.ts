/** The agent's settings from a file. It stands below the environment, and says the same things under the same names. */
import { nearestFirst } from "@portolan/shared/names";
import { parse, YAMLError } from "yaml";
import { ConfigError } from "./config-error.ts";

type Kind = "text" | "list" | "map" | "group" | "number" | "boolean";

/** A key is the name of its environment variable without PORTOLAN_, in camel case as the fields of Kubernetes are. */
const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["cluster", "text"],
  ["kubeconfig", "text"],
  ["nats", "text"],
  ["hubKeys", "list"],
  ["registrationId", "text"],
  ["catalog", "text"],
  ["namespace", "text"],
  ["heartbeatMs", "number"],
  ["namespacePatienceMs", "number"],
  ["listen", "text"],
  ["leaderElect", "boolean"],
  ["leaseDurationMs", "number"],
  ["leaseRenewDeadlineMs", "number"],
  ["leaseRetryPeriodMs", "number"],
  ["helm", "text"],
  ["charts", "group"],
  ["logLevel", "text"],
]);

/** Keys of `charts`, with their variables. */
const chartKinds: ReadonlyMap<string, { readonly kind: Exclude<Kind, "group">; readonly variable: string }> = new Map([
  ["cache", { kind: "text", variable: "PORTOLAN_CHART_CACHE" }],
  ["folder", { kind: "text", variable: "PORTOLAN_CHART_FOLDER" }],
  ["mirrors", { kind: "map", variable: "PORTOLAN_CHART_MIRRORS" }],
  ["digests", { kind: "map", variable: "PORTOLAN_CHART_DIGESTS" }],
  ["ca", { kind: "text", variable: "PORTOLAN_CHART_CA" }],
  ["plainHttp", { kind: "list", variable: "PORTOLAN_CHART_PLAIN_HTTP" }],
  ["allowUnpinned", { kind: "boolean", variable: "PORTOLAN_ALLOW_UNPINNED_CHARTS" }],
]);

const expectations: { readonly [kind in Kind]: string } = {
  text: "text",
  list: "a list of texts without commas",
  map: "a mapping of texts to texts without commas",
  group: "a mapping of settings",
  number: "a number",
  boolean: "true or false",
};

/**
 * What a file says, under the names of the environment's variables and in their form, so that it is checked as they are.
 *
 * @param path for messages. They never show a value: the address of a NATS server may hold a password
 * @throws ConfigError naming the file and the key; for an unknown one the nearest that there is
 */
export function parseConfigFile(path: string, text: string): { readonly [variable: string]: string } {
  const entries = Object.entries(mapping(path, text));
  refuseUnknown(path, "", entries, kinds.keys());
  return Object.fromEntries(
    entries.flatMap(([key, value]): readonly (readonly [string, string])[] => {
      const kind = kinds.get(key) ?? "text";
      if (value === null) return [];
      return kind === "group" ? chartVariables(path, key, value) : [[variableOf(key), asVariable(path, key, kind, value)]];
    }),
  );
}

function chartVariables(path: string, group: string, value: unknown): readonly (readonly [string, string])[] {
  if (!isMapping(value)) throw new ConfigError(`expected ${expectations.group} in ${group} of ${path}, found ${nameOf(value)}`);
  const entries = Object.entries(value);
  refuseUnknown(path, `${group}.`, entries, chartKinds.keys());
  return entries.flatMap(([key, each]) => {
    const known = chartKinds.get(key);
    return known === undefined || each === null ? [] : [[known.variable, asVariable(path, `${group}.${key}`, known.kind, each)] as const];
  });
}

function refuseUnknown(path: string, group: string, entries: readonly (readonly [string, unknown])[], known: Iterable<string>): void {
  const names = [...known];
  const unknown = entries.map(([key]) => key).filter((key) => !names.includes(key));
  if (unknown.length > 0) {
    const suggestions = unknown.map(
      (key) => `${JSON.stringify(`${group}${key}`)} (the nearest is ${group}${nearestFirst(plain(key), names)[0]})`,
    );
    throw new ConfigError(`expected nothing but settings of the agent in ${path}, found ${suggestions.join(", ")}`);
  }
}

function mapping(path: string, text: string): object {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch (error) {
    if (error instanceof ReferenceError) throw new ConfigError(`expected YAML without aliases in ${path}`);
    if (!(error instanceof YAMLError)) throw error;
    // Its message quotes the line.
    const [at] = error.linePos ?? [];
    throw new ConfigError(
      `expected YAML in ${path}, found ${error.code}${at === undefined ? "" : ` in line ${at.line}, column ${at.col}`}`,
    );
  }
  if (value === null) return {};
  if (typeof value !== "object" || Array.isArray(value))
    throw new ConfigError(`expected a mapping of settings in ${path}, found ${nameOf(value)}`);
  return value;
}

function asVariable(path: string, key: string, kind: Kind, value: unknown): string {
  switch (kind) {
    case "list":
      if (Array.isArray(value) && value.every(isPlainText)) return value.join(",");
      break;
    case "map":
      if (isMapping(value) && Object.entries(value).flat().every(isPlainText)) {
        return Object.entries(value)
          .map(([from, to]) => `${from}=${String(to)}`)
          .join(",");
      }
      break;
    case "group":
      break;
    case "text":
    case "number":
    case "boolean":
      if (typeof value === (kind === "text" ? "string" : kind)) return String(value);
      break;
  }
  throw new ConfigError(`expected ${expectations[kind]} in ${key} of ${path}, found ${nameOf(value)}`);
}

function isPlainText(value: unknown): value is string {
  return typeof value === "string" && !value.includes(",");
}

function isMapping(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function nameOf(value: unknown): string {
  if (Array.isArray(value)) return "a list of something else";
  if (typeof value === "string") return "text";
  return typeof value === "object" ? "a mapping" : `a ${typeof value}`;
}

function variableOf(key: string): string {
  return `PORTOLAN_${key.replaceAll(/[A-Z]/gu, (letter) => `_${letter}`).toUpperCase()}`;
}

/** The name of a flag or of a variable as the key that it would be, but for upper and lower case. */
function plain(key: string): string {
  return key.replace(/^PORTOLAN_/u, "").replaceAll(/[-_]/gu, "");
}
