import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { contextOf, mergeKubeConfigs, parseKubeConfig, type KubeConfig, type KubeContext } from "./context.ts";
import { KubeConfigError } from "./errors.ts";

export interface KubeConfigSource {
  /** A kubeconfig file. Absent: `KUBECONFIG`, then the pod's service account, then `~/.kube/config`. */
  readonly file?: string | undefined;
  /** A context in it. Absent: its current one. */
  readonly context?: string | undefined;
  /** Default: the process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The way to an API server. @throws KubeConfigError Unreadable, NotFound, NoCluster */
export async function loadKubeConfig(source: KubeConfigSource = {}): Promise<KubeContext> {
  return contextOf(await find(source), source.context);
}

async function find(source: KubeConfigSource): Promise<KubeConfig> {
  const environment = source.environment ?? process.env;
  if (source.file !== undefined) return await loadFile(source.file);

  const listed = (environment["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  if (listed.length > 0) return mergeKubeConfigs(await Promise.all(listed.map(loadFile)));

  const host = environment["KUBERNETES_SERVICE_HOST"];
  if (host !== undefined && existsSync(join(SERVICE_ACCOUNT, "token"))) return inCluster(host, environment["KUBERNETES_SERVICE_PORT"]);

  const own = join(environment["HOME"] ?? homedir(), ".kube", "config");
  if (existsSync(own)) return await loadFile(own);

  throw new KubeConfigError(
    "NotFound",
    `no way to an API server: no file was given, KUBECONFIG is empty, there is no service account at ${SERVICE_ACCOUNT} and no ${own}`,
  );
}

/** What a pod is given. */
function inCluster(host: string, port = "443"): KubeConfig {
  const name = "in-cluster";
  return {
    clusters: [
      {
        name,
        folder: SERVICE_ACCOUNT,
        fields: { server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`, "certificate-authority": "ca.crt" },
      },
    ],
    users: [{ name, folder: SERVICE_ACCOUNT, fields: { tokenFile: "token" } }],
    contexts: [{ name, folder: SERVICE_ACCOUNT, fields: { cluster: name, user: name } }],
    currentContext: name,
  };
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
