import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { contextOf, mergeKubeConfigs, parseKubeConfig, type KubeConfig, type KubeContext } from "./context.ts";
import { KubeConfigError } from "./errors.ts";
import { podAccount, podKubeConfig, type PodAccount } from "./pod.ts";

export interface KubeConfigSource {
  /** A kubeconfig file. Absent: `KUBECONFIG`, then the pod's service account, then `~/.kube/config`. */
  readonly file?: string | undefined;
  /** A context in it. Absent: its current one. */
  readonly context?: string | undefined;
  /** Default: the process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** Where the way to an API server is written down. */
export type KubeConfigPlace =
  | { readonly kind: "named" | "home"; readonly file: string }
  /** In `KUBECONFIG`. */
  | { readonly kind: "listed"; readonly files: readonly string[] }
  | { readonly kind: "pod"; readonly account: PodAccount };

/** @throws KubeConfigError NotFound */
export function findKubeConfig({ file, environment = process.env }: KubeConfigSource = {}): KubeConfigPlace {
  if (file !== undefined) return { kind: "named", file };

  const files = (environment["KUBECONFIG"] ?? "").split(delimiter).filter((each) => each !== "");
  if (files.length > 0) return { kind: "listed", files };

  const account = podAccount(environment);
  if (account !== undefined && existsSync(join(account.folder, "token"))) return { kind: "pod", account };

  const own = join(environment["HOME"] ?? homedir(), ".kube", "config");
  if (existsSync(own)) return { kind: "home", file: own };

  const pod = account === undefined ? "KUBERNETES_SERVICE_HOST is empty" : `there is no token in ${account.folder}`;
  throw new KubeConfigError("NotFound", `no way to an API server: no file was given, KUBECONFIG is empty, ${pod} and there is no ${own}`);
}

/** The way to an API server. @throws KubeConfigError Unreadable, NotFound, NoCluster */
export async function loadKubeConfig(source: KubeConfigSource = {}): Promise<KubeContext> {
  return contextOf(await load(findKubeConfig(source)), source.context);
}

async function load(place: KubeConfigPlace): Promise<KubeConfig> {
  switch (place.kind) {
    case "named":
    case "home":
      return await loadFile(place.file);
    case "listed":
      return mergeKubeConfigs(await Promise.all(place.files.map(loadFile)));
    case "pod":
      return parseKubeConfig(podKubeConfig(place.account), place.account.folder);
  }
}

async function loadFile(file: string): Promise<KubeConfig> {
  try {
    return parseKubeConfig(parse(await readFile(file, "utf8")), dirname(resolve(file)));
  } catch (error) {
    // The YAML parser's messages quote the line, which may be a token; those of the file system do not.
    const detail = error instanceof Error && "syscall" in error ? error.message : "it is no kubeconfig";
    throw new KubeConfigError("Unreadable", `cannot read the kubeconfig ${file}: ${detail}`);
  }
}
