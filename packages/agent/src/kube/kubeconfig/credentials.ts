import type { RequestOptions } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";
import type { Clock } from "../clock.ts";
import { KubeConfigError } from "./errors.ts";

type Cluster = NonNullable<ReturnType<KubeConfig["getCurrentCluster"]>>;
type User = NonNullable<ReturnType<KubeConfig["getCurrentUser"]>>;

/** What every request carries, and what every connection is made with. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsOptions;
  /** Changes when a connection made with the former ones would be another. */
  readonly tlsIdentity: string;
}

interface TlsOptions {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** Token files and certificates are looked at again this often; client-node's own caches (60 s for tokens) stand behind it. */
const FRESH_MS = 10_000;
/** A server that refuses everyone must not make an exec plugin run for every request. */
const RENEWAL_PAUSE_MS = 10_000;

/** The kubeconfig's credentials of now: bearer and basic tokens, token files, certificates, exec plugins, OIDC (by client-node). */
export class CredentialSource {
  readonly #cluster: Cluster;
  readonly #user: User;
  readonly #clock: Clock;
  #kubeConfig: KubeConfig;
  #current: Promise<Credentials> | undefined;
  #readAt = 0;
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(cluster: Cluster, user: User, clock: Clock) {
    // client-node refuses plain http unless verification, of which http has none, is off.
    this.#cluster = cluster.server.startsWith("http:") ? { ...cluster, skipTLSVerify: true } : cluster;
    this.#user = user;
    this.#clock = clock;
    this.#kubeConfig = this.#reload();
  }

  /** @throws KubeConfigError Credentials */
  async current(): Promise<Credentials> {
    const kept = this.#clock.now() - this.#readAt < FRESH_MS ? this.#current : undefined;
    return await (kept ?? this.#read());
  }

  /**
   * After a 401 for these: others, read past every cache. Undefined when there are no others, or when that was tried just now.
   *
   * @throws KubeConfigError Credentials
   */
  async renewed(refused: Credentials): Promise<Credentials | undefined> {
    const now = this.#clock.now();
    const latest = await this.current();
    if (differ(latest, refused)) return latest;
    if (now - this.#renewedAt < RENEWAL_PAUSE_MS) return undefined;
    this.#renewedAt = now;
    this.#kubeConfig = this.#reload();
    const renewed = await this.#read();
    return differ(renewed, refused) ? renewed : undefined;
  }

  /** client-node caches tokens in the config's authenticators: a new config has none. */
  #reload(): KubeConfig {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromClusterAndUser(this.#cluster, this.#user);
    return kubeConfig;
  }

  #read(): Promise<Credentials> {
    const read = readCredentials(this.#kubeConfig, this.#cluster.name);
    this.#current = read;
    this.#readAt = this.#clock.now();
    read.catch(() => {
      // Whoever asked gets the error; the next one asks anew.
      if (this.#current === read) this.#current = undefined;
    });
    return read;
  }
}

function differ(one: Credentials, other: Credentials): boolean {
  return one.tlsIdentity !== other.tlsIdentity || JSON.stringify(one.headers) !== JSON.stringify(other.headers);
}

async function readCredentials(kubeConfig: KubeConfig, cluster: string): Promise<Credentials> {
  const options: RequestOptions = { headers: {} };
  try {
    await kubeConfig.applyToHTTPSOptions(options);
  } catch (error) {
    const detail =
      error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "its credential source failed";
    throw new KubeConfigError("Credentials", `cannot get credentials for cluster ${cluster} of the kubeconfig: ${detail}`, error);
  }
  const tls = tlsOptions(options);
  return {
    headers: headersOf(options),
    tls,
    tlsIdentity: JSON.stringify(tls, (_, value: unknown) => (Buffer.isBuffer(value) ? value.toString("base64") : value)),
  };
}

function headersOf(options: RequestOptions): Record<string, string> {
  const headers: Record<string, string> = {};
  if (typeof options.auth === "string") headers["authorization"] = `Basic ${Buffer.from(options.auth).toString("base64")}`;
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    // A token file usually ends with a newline, which a header must not.
    if (value !== undefined) headers[name.toLowerCase()] = String(value).trim();
  }
  return headers;
}

function tlsOptions(options: RequestOptions): TlsOptions {
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return {
    ...(isPem(ca) ? { ca } : {}),
    ...(isPem(cert) ? { cert } : {}),
    ...(isPem(key) ? { key } : {}),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

function isPem(value: unknown): value is string | Buffer {
  return typeof value === "string" || Buffer.isBuffer(value);
}
