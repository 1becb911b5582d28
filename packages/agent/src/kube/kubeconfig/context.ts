import { resolve } from "node:path";
import { isRecord, stringField, type JsonRecord } from "../parse.ts";
import { KubeConfigError } from "./errors.ts";

/** One entry of a kubeconfig's lists, as it stands there. */
export interface Entry {
  readonly name: string;
  /** From here the paths in it are meant. */
  readonly folder: string;
  readonly fields: JsonRecord;
}

/** What a kubeconfig's context names: where to go, and as whom. */
export interface KubeContext {
  readonly cluster: Entry;
  /** Absent: nobody in particular. */
  readonly user?: Entry;
}

/** The lists of one or several kubeconfigs. */
export interface KubeConfig {
  readonly clusters: readonly Entry[];
  readonly users: readonly Entry[];
  readonly contexts: readonly Entry[];
  readonly currentContext: string;
}

/** @throws TypeError when it is no kubeconfig */
export function parseKubeConfig(content: unknown, folder: string): KubeConfig {
  if (!isRecord(content) || !Array.isArray(content["clusters"])) throw new TypeError("it holds no clusters");
  return {
    clusters: entries(content["clusters"], "cluster", folder),
    users: entries(content["users"], "user", folder),
    contexts: entries(content["contexts"], "context", folder),
    currentContext: stringField(content, "current-context") ?? "",
  };
}

function entries(list: unknown, kind: string, folder: string): readonly Entry[] {
  const all: readonly unknown[] = Array.isArray(list) ? list : [];
  return all.flatMap((entry) => {
    const name = stringField(entry, "name");
    const fields = isRecord(entry) ? entry[kind] : undefined;
    return name === undefined ? [] : [{ name, folder, fields: isRecord(fields) ? fields : {} }];
  });
}

/** Several files put together as kubectl does: the first one that names a thing wins. */
export function mergeKubeConfigs(configs: readonly KubeConfig[]): KubeConfig {
  const first = (list: "clusters" | "users" | "contexts"): readonly Entry[] => {
    const byName = new Map<string, Entry>();
    for (const entry of configs.flatMap((config) => config[list])) if (!byName.has(entry.name)) byName.set(entry.name, entry);
    return [...byName.values()];
  };
  return {
    clusters: first("clusters"),
    users: first("users"),
    contexts: first("contexts"),
    currentContext: configs.find((config) => config.currentContext !== "")?.currentContext ?? "",
  };
}

/** @throws KubeConfigError NoCluster */
export function contextOf(config: KubeConfig, name: string = config.currentContext): KubeContext {
  const context = config.contexts.find((each) => each.name === name);
  const cluster = config.clusters.find((each) => each.name === stringField(context?.fields, "cluster"));
  if (cluster === undefined || stringField(cluster.fields, "server") === undefined) {
    const found = name === "" ? "no current context" : `context "${name}" without one`;
    throw new KubeConfigError("NoCluster", `expected a context with a cluster, found ${found}`);
  }
  const user = config.users.find((each) => each.name === stringField(context?.fields, "user"));
  return { cluster, ...(user === undefined ? {} : { user }) };
}

/** A text of an entry; undefined when it is absent or empty. */
export function text(entry: Entry | undefined, field: string): string | undefined {
  const found = stringField(entry?.fields, field);
  return found === "" ? undefined : found;
}

/** A path that an entry names, from where its file stands. */
export function path(entry: Entry | undefined, field: string): string | undefined {
  const found = text(entry, field);
  return found === undefined || entry === undefined ? undefined : resolve(entry.folder, found);
}
