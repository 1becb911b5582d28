import { InvalidArgumentError, Option } from "commander";
import { serverUrl } from "../address/mod.ts";
import type { ListFormat } from "../output/mod.ts";

/** Options that several commands have, and how their texts are read. */

const LIST_FORMATS: readonly ListFormat[] = ["table", "wide", "json", "yaml", "name"];

/** A name as it is, or as `-o name` prints it: `rollout/cve`. */
export function plainName(kind: string): (text: string) => string {
  return (text) => (text.startsWith(`${kind}/`) ? text.slice(kind.length + 1) : text);
}

export function outputOption(formats: readonly string[] = LIST_FORMATS, fallback = "table"): Option {
  return new Option("-o, --output <format>", "how to print it").choices(formats).default(fallback);
}

export function selectorOption(): Option {
  return new Option("-l, --selector <labels>", "label selector over the clusters' labels: env=prod,region in (eu, us)");
}

export function fieldSelectorOption(example = "region=eu,state!=Offline"): Option {
  return new Option("--field-selector <fields>", `field selector: ${example}`);
}

export function clustersOption(): Option {
  return new Option("--clusters <names>", "these clusters alone: a,b,c").argParser(names);
}

export function namespaceOption(meaning = "this namespace alone"): Option {
  return new Option("-n, --namespace <name>", meaning);
}

export function kubeconfigOption(): Option {
  return new Option("--kubeconfig <file>", "where the cluster is; default: as kubectl finds it");
}

export function contextOption(): Option {
  return new Option("--context <name>", "context of the kubeconfig");
}

export function sinceOption(): Option {
  return new Option("--since <duration>", "not older than this: 30m, 24h").argParser(seconds);
}

export function limitOption(): Option {
  return new Option("--limit <count>", "so many at most").argParser(pageSize).default(100);
}

export function serverOption(): Option {
  return new Option(
    "--server <url>",
    "address of the hub; default: PORTOLAN_SERVER, then the current context, then http://127.0.0.1:8640",
  ).argParser(url);
}

export function hubContextOption(): Option {
  return new Option("--hub-context <name>", "the hub of this context of the config file");
}

/** `a,b,c`; given twice it adds. */
function names(text: string, before?: readonly string[]): readonly string[] {
  const found = text.split(",").map((name) => name.trim());
  if (found.includes("")) {
    throw new InvalidArgumentError("Expected names with commas between them.");
  }
  return [...(before ?? []), ...found];
}

/** Given several times. */
export function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

export type Pair = readonly [key: string, value: string];

/** `key=value`, given several times. */
export function pairs(text: string, before: readonly Pair[]): readonly Pair[] {
  const [, key, value] = /^([^=]+)=(.+)$/u.exec(text) ?? [];
  if (key === undefined || value === undefined) {
    throw new InvalidArgumentError("Expected name=value.");
  }
  return [...before, [key, value]];
}

/** Address of a hub. */
export function url(text: string): string {
  const found = serverUrl(text);
  if (found === undefined) {
    throw new InvalidArgumentError("Expected a URL such as http://127.0.0.1:8640.");
  }
  return found;
}

const MAX_PAGE_SIZE = 5_000;
const UNIT_SECONDS = [86_400, 3_600, 60, 1];
const DURATION = /^(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,7})m)?(?:(\d{1,8}(?:\.\d{1,3})?)s)?$/u;

/** Seconds of `90s`, `10m`, `1h30m`. */
export function seconds(text: string): number {
  const [, ...amounts] = DURATION.exec(text) ?? [];
  const total = amounts.reduce((sum, amount, index) => sum + Number(amount ?? 0) * (UNIT_SECONDS[index] ?? 0), 0);
  if (total <= 0) {
    throw new InvalidArgumentError("Expected a duration such as 90s, 10m or 1h30m.");
  }
  return total;
}

/** What the hub gives in one page. */
function pageSize(text: string): number {
  const value = count(text);
  if (value > MAX_PAGE_SIZE) {
    throw new InvalidArgumentError(`Expected at most ${MAX_PAGE_SIZE}.`);
  }
  return value;
}

/** A number from 1 on. */
export function count(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError("Expected a whole number from 1 on.");
  }
  return value;
}
