/**
 * Credentials of private registries and repositories: Secrets of the agent's own namespace that carry the label
 * `portolan.dev/chart-credentials`. They reach helm in files that only the agent can read, never as arguments.
 *
 * Two types are understood: `kubernetes.io/dockerconfigjson`, for OCI registries, and `kubernetes.io/basic-auth` with the annotation
 * `portolan.dev/chart-url`, for repositories and archives whose URL begins with it.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isFields, secretData } from "../../fields/mod.ts";
import type { KubeClient, KubeObject } from "../../kube/mod.ts";
import { hasPrefix, type ChartReference } from "./chart-reference.ts";
import { HelmError } from "./errors.ts";

const credentialsLabel = "portolan.dev/chart-credentials";
const urlAnnotation = "portolan.dev/chart-url";

/** Files for one pull. */
export interface PullAccess {
  /** As docker's config.json. */
  readonly registryConfig?: string;
  /** As helm's repositories.yaml, with one repository of this name, and the folder where helm keeps what it has read of it. */
  readonly repository?: { readonly config: string; readonly cache: string; readonly name: string };
}

/** Of one pull. */
export interface PullPlace {
  /** The files go there. */
  readonly folder: string;
  /** Of the chart. */
  readonly version: string;
  readonly caFile: string | undefined;
}

export class ChartAccess {
  readonly #kube: KubeClient;
  readonly #namespace: string;

  constructor(kube: KubeClient, namespace: string) {
    this.#kube = kube;
    this.#namespace = namespace;
  }

  /** What a pull may use. @throws HelmError ChartCredentialsInvalid */
  async for(reference: ChartReference, { folder, version, caFile }: PullPlace): Promise<PullAccess> {
    if (reference.kind === "folder") return {};
    const { items } = await this.#kube.list("v1", "Secret", { namespace: this.#namespace, labelSelector: credentialsLabel });
    if (reference.kind === "oci") {
      const config = registryConfig(items);
      if (config === undefined) return {};
      const file = join(folder, "registry.json");
      await writeFile(file, JSON.stringify(config), { mode: 0o600 });
      return { registryConfig: file };
    }
    const credentials = repositoryCredentials(items, reference.url);
    if (credentials === undefined) return {};
    const name = "private";
    const entry = { name, url: reference.url, ...credentials, ...(caFile === undefined ? {} : { caFile }) };
    const [config, cache] = [join(folder, "repositories.yaml"), join(folder, "index")];
    await mkdir(cache);
    // JSON is YAML.
    await writeFile(config, JSON.stringify({ apiVersion: "v1", repositories: [entry] }), { mode: 0o600 });
    if (reference.kind === "archive") await writeFile(join(cache, `${name}-index.yaml`), JSON.stringify(indexOf(reference, version)));
    return { repository: { config, cache, name } };
  }
}

/**
 * A repository of one archive. helm takes a password for a URL from its command line, where every process could read it, or from the
 * repository that it knows the URL of.
 */
function indexOf({ name, url }: ChartReference & { readonly kind: "archive" }, version: string): object {
  return { apiVersion: "v1", entries: { [name]: [{ apiVersion: "v2", name, version, urls: [url] }] } };
}

/** All registries' credentials put together; undefined without any. Pure. @throws HelmError ChartCredentialsInvalid */
export function registryConfig(secrets: readonly KubeObject[]): { readonly auths: Readonly<Record<string, unknown>> } | undefined {
  const auths = secrets.filter(({ type }) => type === "kubernetes.io/dockerconfigjson").map(authsOf);
  const all = Object.assign({}, ...auths);
  return Object.keys(all).length === 0 ? undefined : { auths: all };
}

/**
 * The credentials whose URL is the longest prefix of a repository's or an archive's; undefined without any. Pure.
 *
 * @throws HelmError ChartCredentialsInvalid
 */
export function repositoryCredentials(
  secrets: readonly KubeObject[],
  url: string,
): { readonly username: string; readonly password: string } | undefined {
  const [best] = secrets
    .map((secret) => ({ secret, prefix: secret.metadata.annotations?.[urlAnnotation] ?? "" }))
    .filter(({ secret, prefix }) => secret["type"] === "kubernetes.io/basic-auth" && prefix !== "" && hasPrefix(url, prefix))
    .toSorted((a, b) => b.prefix.length - a.prefix.length);
  if (best === undefined) return undefined;
  const { username = "", password = "" } = secretData(best.secret);
  if (username === "" || password === "") {
    throw new HelmError(
      "ChartCredentialsInvalid",
      `expected the keys username and password in the Secret ${idOf(best.secret)}, found one that is empty or missing`,
    );
  }
  return { username, password };
}

/** What the Secret holds is never shown. */
function authsOf(secret: KubeObject): Readonly<Record<string, unknown>> {
  const { auths } = parsed(secretData(secret)[".dockerconfigjson"] ?? "");
  if (isFields(auths) && Object.values(auths).every(isFields)) return auths;
  throw new HelmError(
    "ChartCredentialsInvalid",
    `expected {"auths": {REGISTRY: {"auth": …}}} in the key .dockerconfigjson of the Secret ${idOf(secret)}, found something else`,
  );
}

function idOf({ metadata: { namespace = "", name } }: KubeObject): string {
  return `${namespace}/${name}`;
}

function parsed(config: string): { readonly auths?: unknown } {
  try {
    const value: unknown = JSON.parse(config);
    return isFields(value) ? value : {};
  } catch {
    // Whoever asks says what was expected.
    return {};
  }
}
