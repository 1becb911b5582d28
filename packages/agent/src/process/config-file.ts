/** The agent's settings from a file. It stands below the environment, and says the same things under the same names. */
import { nearestFirst } from "@portolan/shared/names";
import { parse, YAMLError } from "yaml";
import { ConfigError } from "./config-error.ts";

type Kind = "text" | "list" | "number" | "boolean";

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
  ["listen", "text"],
  ["leaderElect", "boolean"],
  ["leaseDurationMs", "number"],
  ["leaseRenewDeadlineMs", "number"],
  ["leaseRetryPeriodMs", "number"],
  ["helm", "text"],
  ["chartCache", "text"],
  ["chartFolder", "text"],
  ["chartMirrors", "list"],
  ["chartDigests", "list"],
  ["chartCa", "text"],
  ["allowUnpinnedCharts", "boolean"],
  ["logLevel", "text"],
]);

const expectations: { readonly [kind in Kind]: string } = {
  text: "text",
  list: "a list of texts without commas",
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
  const unknown = entries.map(([key]) => key).filter((key) => !kinds.has(key));
  if (unknown.length > 0) {
    const suggestions = unknown.map((key) => `${JSON.stringify(key)} (the nearest is ${nearestFirst(plain(key), kinds.keys())[0]})`);
    throw new ConfigError(`expected nothing but settings of the agent in ${path}, found ${suggestions.join(", ")}`);
  }
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (value === null ? [] : [[variableOf(key), asVariable(path, key, value)] as const])),
  );
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

function asVariable(path: string, key: string, value: unknown): string {
  const kind = kinds.get(key) ?? "text";
  if (kind === "list") {
    const isList = Array.isArray(value) && value.every((each) => typeof each === "string" && !each.includes(","));
    if (isList) return value.join(",");
  } else if (typeof value === (kind === "text" ? "string" : kind)) {
    return String(value);
  }
  throw new ConfigError(`expected ${expectations[kind]} in ${key} of ${path}, found ${nameOf(value)}`);
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
