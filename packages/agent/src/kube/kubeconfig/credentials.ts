import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import type { Clock } from "../clock.ts";
import { isRecord } from "../parse.ts";
import { path, text, type Entry, type KubeContext } from "./context.ts";
import { KubeConfigError } from "./errors.ts";
import { needsPlugin, openPlugin, type CredentialPlugin } from "./plugins.ts";

/** What every request carries, and what every connection is made with. */
export interface Credentials {
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
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

/** The credentials of now: bearer and basic tokens, token files, certificates, and (by client-node) exec plugins and OIDC. */
export class CredentialSource {
  readonly #context: KubeContext;
  readonly #clock: Clock;
  #plugin: Promise<CredentialPlugin> | undefined;
  #current: Promise<Credentials> | undefined;
  #readAt = 0;
  #renewedAt = Number.NEGATIVE_INFINITY;

  constructor(context: KubeContext, clock: Clock) {
    this.#context = context;
    this.#clock = clock;
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
    // A plugin caches its tokens; a new one has none.
    this.#plugin = undefined;
    const renewed = await this.#read();
    return differ(renewed, refused) ? renewed : undefined;
  }

  #read(): Promise<Credentials> {
    const read = this.#readNow();
    this.#current = read;
    this.#readAt = this.#clock.now();
    read.catch(() => {
      // Whoever asked gets the error; the next one asks anew.
      if (this.#current === read) this.#current = undefined;
    });
    return read;
  }

  async #readNow(): Promise<Credentials> {
    const { cluster, user } = this.#context;
    try {
      if (user === undefined || !needsPlugin(user)) return await plainCredentials(cluster, user);
      this.#plugin ??= openPlugin(cluster, user);
      return await pluginCredentials(await this.#plugin);
    } catch (error) {
      const detail =
        error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "its credential source failed";
      throw new KubeConfigError("Credentials", `cannot get credentials for cluster ${cluster.name} of the kubeconfig: ${detail}`, error);
    }
  }
}

function differ(one: Credentials, other: Credentials): boolean {
  return one.tlsIdentity !== other.tlsIdentity || JSON.stringify(one.headers) !== JSON.stringify(other.headers);
}

/** What stands in the kubeconfig, and in the files that it names. As in client-go, data come before files, and a token's file before a token. */
async function plainCredentials(cluster: Entry, user: Entry | undefined): Promise<Credentials> {
  const ca = await pem(cluster, "certificate-authority");
  const cert = await pem(user, "client-certificate");
  const key = await pem(user, "client-key");
  const servername = text(cluster, "tls-server-name");
  return credentials(
    { ...(await authorization(user)), ...impersonation(user) },
    {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(servername === undefined ? {} : { servername }),
      ...(cluster.fields["insecure-skip-tls-verify"] === true ? { rejectUnauthorized: false } : {}),
    },
  );
}

async function pem(entry: Entry | undefined, field: string): Promise<Buffer | undefined> {
  const data = text(entry, `${field}-data`);
  if (data !== undefined) return Buffer.from(data, "base64");
  const file = path(entry, field);
  return file === undefined ? undefined : await readFile(file);
}

async function authorization(user: Entry | undefined): Promise<{ readonly authorization?: string }> {
  const file = path(user, "tokenFile");
  // A token file usually ends with a newline, which a header must not.
  const token = file === undefined ? text(user, "token") : (await readFile(file, "utf8")).trim();
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  const name = text(user, "username");
  return name === undefined ? {} : { authorization: basic(`${name}:${text(user, "password") ?? ""}`) };
}

function basic(pair: string): string {
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}

/** `as`, `as-uid`, `as-groups` and `as-user-extra` of a user. */
function impersonation(user: Entry | undefined): Record<string, string | readonly string[]> {
  const name = text(user, "as");
  if (name === undefined) return {};
  const uid = text(user, "as-uid");
  const groups = strings(user?.fields["as-groups"]);
  const extra = user?.fields["as-user-extra"];
  const extras = isRecord(extra) ? Object.entries(extra).map(([key, values]) => [extraHeader(key), strings(values)]) : [];
  return {
    "impersonate-user": name,
    ...(uid === undefined ? {} : { "impersonate-uid": uid }),
    ...(groups.length === 0 ? {} : { "impersonate-group": groups }),
    ...Object.fromEntries(extras),
  };
}

/** Keys may hold what a header's name must not. */
function extraHeader(key: string): string {
  return `impersonate-extra-${encodeURIComponent(key.toLowerCase())}`;
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

async function pluginCredentials(plugin: CredentialPlugin): Promise<Credentials> {
  const options: RequestOptions = { headers: {} };
  await plugin(options);
  const headers: Record<string, string> = {};
  if (typeof options.auth === "string") headers["authorization"] = basic(options.auth);
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value !== undefined) headers[name.toLowerCase()] = String(value).trim();
  }
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return credentials(headers, {
    ...(isPem(ca) ? { ca } : {}),
    ...(isPem(cert) ? { cert } : {}),
    ...(isPem(key) ? { key } : {}),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  });
}

function isPem(value: unknown): value is string | Buffer {
  return typeof value === "string" || Buffer.isBuffer(value);
}

function credentials(headers: Credentials["headers"], tls: TlsOptions): Credentials {
  const identity = (_: string, value: unknown): unknown => (Buffer.isBuffer(value) ? value.toString("base64") : value);
  return { headers, tls, tlsIdentity: JSON.stringify(tls, identity) };
}
