import type { KubeConfig } from "@kubernetes/client-node";
import { Pool, ProxyAgent, type Dispatcher } from "undici";
import { systemClock, type Clock } from "../clock.ts";
import type { KubeRequest, KubeResponse, KubeTransport } from "../transport.ts";
import { CredentialSource, type Credentials } from "./credentials.ts";
import { KubeConfigError } from "./errors.ts";

export interface KubeConfigTransportOptions {
  readonly clock?: Clock;
}

export interface KubeConfigTransport {
  readonly transport: KubeTransport;
  /** The API server's address, for messages. */
  readonly server: string;
  /** Ends every connection, running requests included. */
  close(): Promise<void>;
}

/** Below an API server's own idle timeout (Go's default in kube-apiserver: 90 s), so that it is seldom the server who closes first. */
const KEEP_ALIVE_MS = 60_000;
const CONNECT_TIMEOUT_MS = 10_000;
/** As client-go: finds a dead peer under a silent watch, and stays below the idle timeouts of cloud load balancers. */
const TCP_KEEP_ALIVE_DELAY_MS = 30_000;

/**
 * A transport to the kubeconfig's current cluster over HTTP/1.1: one request a connection, so that a connection that died silently
 * holds up one request and not, as with HTTP/2, all of them. Timeouts are the caller's.
 *
 * Credentials are kept fresh; a 401 is tried once more with renewed ones. A GET whose kept-alive connection turns out to be closed is
 * repeated on a new one; everything else fails as it is.
 *
 * @throws KubeConfigError NoCluster, Unsupported
 */
export function kubeConfigTransport(kubeConfig: KubeConfig, options: KubeConfigTransportOptions = {}): KubeConfigTransport {
  const cluster = kubeConfig.getCurrentCluster();
  if (cluster === null) throw new KubeConfigError("NoCluster", "the kubeconfig's current context has no cluster");
  const user = kubeConfig.getCurrentUser() ?? { name: "anonymous" };
  const proxyUrl = cluster.proxyUrl;
  if (proxyUrl?.startsWith("socks") === true) {
    throw new KubeConfigError("Unsupported", `cluster ${cluster.name} is behind a SOCKS proxy; only HTTP proxies are supported`);
  }
  const url = new URL(cluster.server);
  const basePath = url.pathname.replace(/\/$/u, "");
  const source = new CredentialSource(cluster, user, options.clock ?? systemClock);
  const connections = new Connections(url.origin, proxyUrl);

  const send = async (request: KubeRequest, credentials: Credentials): Promise<Dispatcher.ResponseData> => {
    const call = async (): Promise<Dispatcher.ResponseData> => {
      request.beforeSending?.();
      return await connections.with(credentials).request({
        origin: url.origin,
        method: request.method,
        path: `${basePath}${request.path}`,
        headers: { ...request.headers, ...credentials.headers },
        body: request.body ?? null,
        signal: request.signal ?? null,
      });
    };
    try {
      return await call();
    } catch (error) {
      if (request.method === "GET" && request.signal?.aborted !== true && isClosedConnection(error)) return await call();
      throw error;
    }
  };

  const transport: KubeTransport = async (request) => {
    const credentials = await source.current();
    const response = await send(request, credentials);
    if (response.statusCode !== 401) return asKubeResponse(response);
    const renewed = await source.renewed(credentials);
    if (renewed === undefined) return asKubeResponse(response);
    await response.body.dump();
    return asKubeResponse(await send(request, renewed));
  };

  return { transport, server: cluster.server, close: async () => await connections.close() };
}

/** The pool of connections; a new one when certificates change, while what runs on the old one ends there. */
class Connections {
  readonly #origin: string;
  readonly #proxyUrl: string | undefined;
  #pool: Dispatcher | undefined;
  #identity = "";
  /** Made with former certificates, until the last watch on them has ended. */
  readonly #retired = new Set<Dispatcher>();

  constructor(origin: string, proxyUrl: string | undefined) {
    this.#origin = origin;
    this.#proxyUrl = proxyUrl;
  }

  with(credentials: Credentials): Dispatcher {
    if (this.#pool !== undefined && this.#identity === credentials.tlsIdentity) return this.#pool;
    if (this.#pool !== undefined) this.#retire(this.#pool);
    this.#identity = credentials.tlsIdentity;
    this.#pool = this.#open(credentials);
    return this.#pool;
  }

  async close(): Promise<void> {
    const pools = [...this.#retired, ...(this.#pool === undefined ? [] : [this.#pool])];
    await Promise.all(pools.map(async (pool) => await pool.destroy()));
  }

  #retire(pool: Dispatcher): void {
    this.#retired.add(pool);
    const forget = (): boolean => this.#retired.delete(pool);
    // It rejects only when it is destroyed meanwhile, which ends it as well.
    pool.close().then(forget, forget);
  }

  #open(credentials: Credentials): Dispatcher {
    const limits = { allowH2: false, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS, pipelining: 1 };
    if (this.#proxyUrl !== undefined) return new ProxyAgent({ ...limits, uri: this.#proxyUrl, requestTls: { ...credentials.tls } });
    return new Pool(this.#origin, {
      ...limits,
      connect: {
        ...credentials.tls,
        timeout: CONNECT_TIMEOUT_MS,
        keepAlive: true,
        keepAliveInitialDelay: TCP_KEEP_ALIVE_DELAY_MS,
      },
    });
  }
}

function isClosedConnection(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE";
}

function asKubeResponse(response: Dispatcher.ResponseData): KubeResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return { status: response.statusCode, headers, body: response.body };
}
