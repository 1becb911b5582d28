import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { parse, stringify } from "yaml";
import { isRecord, stringField } from "../parse.ts";
import { KubeConfigError } from "./errors.ts";

export interface KubeConfigSource {
  /** A kubeconfig file. Absent: `KUBECONFIG`, then the pod's service account, then `~/.kube/config`. */
  readonly file?: string | undefined;
  /** A context in it. Absent: its current one. */
  readonly context?: string | undefined;
  /** Default: the process's own. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** @throws KubeConfigError Unreadable, NotFound, NoCluster */
export async function loadKubeConfig(source: KubeConfigSource = {}): Promise<KubeConfig> {
  const kubeConfig = await find(source);
  if (source.context !== undefined) kubeConfig.setCurrentContext(source.context);
  if (kubeConfig.getCurrentCluster() === null) {
    const context = kubeConfig.getCurrentContext();
    throw new KubeConfigError(
      "NoCluster",
      `expected a context with a cluster, found ${context ? `context "${context}" without one` : "no current context"}`,
    );
  }
  return kubeConfig;
}

async function find(source: KubeConfigSource): Promise<KubeConfig> {
  const environment = source.environment ?? process.env;
  if (source.file !== undefined) return await loadFiles([source.file]);

  const listed = (environment["KUBECONFIG"] ?? "").split(delimiter).filter((file) => file !== "");
  if (listed.length > 0) return await loadFiles(listed);

  if (environment["KUBERNETES_SERVICE_HOST"] !== undefined && existsSync(SERVICE_ACCOUNT_TOKEN)) {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromCluster();
    return kubeConfig;
  }

  const own = join(environment["HOME"] ?? homedir(), ".kube", "config");
  if (existsSync(own)) return await loadFiles([own]);

  throw new KubeConfigError(
    "NotFound",
    `no way to an API server: no file was given, KUBECONFIG is empty, there is no service account at ${SERVICE_ACCOUNT_TOKEN} and no ${own}`,
  );
}

/** Several files are put together as kubectl does: the first one that names a thing wins. */
async function loadFiles(files: readonly string[]): Promise<KubeConfig> {
  const merged = new KubeConfig();
  for (const [index, file] of files.entries()) {
    const loaded = await loadFile(file);
    if (index === 0) merged.loadFromString(loaded.exportConfig());
    else mergeMissing(merged, loaded);
  }
  return merged;
}

async function loadFile(file: string): Promise<KubeConfig> {
  const folder = dirname(resolve(file));
  const kubeConfig = new KubeConfig();
  try {
    const content: unknown = parse(await readFile(file, "utf8"));
    if (!isRecord(content) || !Array.isArray(content["clusters"])) throw new TypeError("it holds no clusters");
    kubeConfig.loadFromString(stringify({ ...content, users: withTokenFiles(content["users"], folder) }));
    kubeConfig.makePathsAbsolute(folder);
  } catch (error) {
    // The YAML parser's messages quote the line, which may be a token; those of the file system do not.
    const detail = error instanceof Error && "syscall" in error ? error.message : "it is no kubeconfig";
    throw new KubeConfigError("Unreadable", `cannot read the kubeconfig ${file}: ${detail}`);
  }
  return kubeConfig;
}

/**
 * client-node reads a user's token only once and under another name than kubectl's `tokenFile`, but it reads the file of a service
 * account again and again: what kubectl calls a token file becomes that.
 */
function withTokenFiles(users: unknown, folder: string): unknown[] {
  const entries: unknown[] = Array.isArray(users) ? users : [];
  return entries.map((entry) => {
    const user = isRecord(entry) ? entry["user"] : undefined;
    const tokenFile = stringField(user, "tokenFile");
    if (!isRecord(entry) || tokenFile === undefined) return entry;
    return { name: entry["name"], user: { "auth-provider": { name: "tokenFile", config: { tokenFile: resolve(folder, tokenFile) } } } };
  });
}

function mergeMissing(target: KubeConfig, source: KubeConfig): void {
  for (const cluster of source.getClusters()) if (target.getCluster(cluster.name) === null) target.addCluster(cluster);
  for (const user of source.getUsers()) if (target.getUser(user.name) === null) target.addUser(user);
  for (const context of source.getContexts()) if (target.getContextObject(context.name) === null) target.addContext(context);
  if (!target.getCurrentContext()) target.setCurrentContext(source.getCurrentContext());
}
