import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { createSecureContext } from "node:tls";
import { systemClock, type Clock } from "../clock.ts";
import type { KubeRequest, KubeResponse, KubeTransport } from "../transport.ts";
import { text, type KubeContext } from "./context.ts";
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
/** Connections that nobody uses cost memory, and more than so many are only used in a storm. */
const MOST_IDLE_CONNECTIONS = 8;

/**
 * A transport to a kubeconfig's cluster over HTTP/1.1: one request a connection, so that a connection that died silently holds up one
 * request and not, as with HTTP/2, all of them. Timeouts are the caller's.
 *
 * It uses Node's own client, which is small: undici takes 16 MB.
 *
 * Credentials are kept fresh; a 401 is tried once more with renewed ones. A GET whose connection turns out to be closed is repeated on a
 * new one; everything else fails as it is.
 *
 * @throws KubeConfigError Unsupported
 */
export function kubeConfigTransport(context: KubeContext, options: KubeConfigTransportOptions = {}): KubeConfigTransport {
  const { cluster } = context;
  const proxyUrl = text(cluster, "proxy-url");
  if (proxyUrl?.startsWith("socks") === true) {
    throw new KubeConfigError("Unsupported", `cluster ${cluster.name} is behind a SOCKS proxy; only HTTP proxies are supported`);
  }
  const server = text(cluster, "server") ?? "";
  const url = new URL(server);
  const source = new CredentialSource(context, options.clock ?? systemClock);
  const connections = new Connections(url, proxyUrl);

  const send = async (request: KubeRequest, credentials: Credentials): Promise<IncomingMessage> => {
    if (request.headers["impersonate-user"] !== undefined && credentials.headers["impersonate-user"] !== undefined) {
      // One of the two would win, and the work be done with rights that it was not given.
      throw new KubeConfigError("Unsupported", "a kubeconfig that impersonates a user itself (`as`) cannot impersonate a service account");
    }
    try {
      return await connections.send(request, credentials);
    } catch (error) {
      if (request.method === "GET" && request.signal?.aborted !== true && isClosedConnection(error)) {
        return await connections.send(request, credentials);
      }
      throw error;
    }
  };

  const transport: KubeTransport = async (request) => {
    const credentials = await source.current();
    const response = await send(request, credentials);
    if (response.statusCode !== 401) return asKubeResponse(response);
    const renewed = await source.renewed(credentials);
    if (renewed === undefined) return asKubeResponse(response);
    response.resume();
    return asKubeResponse(await send(request, renewed));
  };

  return { transport, server, close: async () => connections.close() };
}

/** The pool of connections; a new one when certificates change, while what runs on the old one ends there. */
class Connections {
  readonly #url: URL;
  readonly #basePath: string;
  readonly #proxyUrl: string | undefined;
  /** Each ends a running request. */
  readonly #running = new Set<(reason: Error) => void>();
  #agent: HttpAgent | undefined;
  #identity = "";
  #closed = false;

  constructor(url: URL, proxyUrl: string | undefined) {
    this.#url = url;
    this.#basePath = url.pathname.replace(/\/$/u, "");
    this.#proxyUrl = proxyUrl;
  }

  /** Resolves with the beginning of the answer. */
  send(request: KubeRequest, credentials: Credentials): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new Error("the connections to the API server were destroyed");
      request.signal?.throwIfAborted();
      const open = this.#url.protocol === "https:" ? httpsRequest : httpRequest;
      const call = open({
        agent: this.#agentFor(credentials),
        protocol: this.#url.protocol,
        hostname: this.#url.hostname.replace(/^\[(.*)\]$/u, "$1"),
        port: this.#url.port,
        method: request.method,
        path: `${this.#basePath}${request.path}`,
        headers: {
          ...request.headers,
          ...credentials.headers,
          ...(request.body === undefined ? {} : { "content-length": Buffer.byteLength(request.body) }),
        },
      });
      let answer: IncomingMessage | undefined;
      const end = (reason: unknown): void => {
        (answer ?? call).destroy(reason instanceof Error ? reason : new Error(String(reason)));
      };
      const onAbort = (): void => end(request.signal?.reason);
      this.#running.add(end);
      request.signal?.addEventListener("abort", onAbort, { once: true });
      call.once("close", () => {
        this.#running.delete(end);
        request.signal?.removeEventListener("abort", onAbort);
      });
      call.on("error", reject);
      call.once("response", (response) => {
        answer = response;
        // Whoever reads it hears of its end by reading; nobody else needs to.
        response.on("error", () => undefined);
        resolve(response);
      });
      call.once("socket", (socket) => {
        whenConnected(socket, (error) => {
          try {
            if (error !== undefined) throw error;
            request.beforeSending?.();
            call.end(request.body);
          } catch (reason) {
            end(reason);
          }
        });
      });
    });
  }

  close(): void {
    this.#closed = true;
    for (const end of this.#running) end(new Error("the connection to the API server was destroyed"));
    this.#agent?.destroy();
  }

  #agentFor(credentials: Credentials): HttpAgent {
    if (this.#agent !== undefined && this.#identity === credentials.tlsIdentity) return this.#agent;
    if (this.#agent !== undefined) retire(this.#agent);
    this.#identity = credentials.tlsIdentity;
    const limits = {
      keepAlive: true,
      keepAliveMsecs: TCP_KEEP_ALIVE_DELAY_MS,
      timeout: KEEP_ALIVE_MS,
      maxFreeSockets: MOST_IDLE_CONNECTIONS,
      scheduling: "lifo",
    } as const;
    if (this.#url.protocol === "http:") {
      this.#agent = new HttpAgent({ ...limits, ...(this.#proxyUrl === undefined ? {} : { proxyEnv: { HTTP_PROXY: this.#proxyUrl } }) });
    } else {
      const proxyEnv = this.#proxyUrl === undefined ? {} : { proxyEnv: { HTTPS_PROXY: this.#proxyUrl } };
      // Else Node makes one for each connection: 3 MB more.
      const secureContext = createSecureContext(credentials.tls);
      this.#agent = new HttpsAgent({ ...limits, ...credentials.tls, secureContext, ...proxyEnv });
    }
    return this.#agent;
  }
}

/** Ends the connections that nobody uses, and each other one when it is used no more. */
function retire(agent: HttpAgent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** Tells when a connection, with TLS where there is any, is there to be written to. */
function whenConnected(socket: Socket, tell: (error?: Error) => void): void {
  const isSecure = "secureConnecting" in socket;
  const isWaiting = isSecure ? socket.secureConnecting === true : socket.connecting;
  if (!isWaiting) {
    tell();
    return;
  }
  const timer = setTimeout(
    () => tell(Object.assign(new Error(`no connection within ${CONNECT_TIMEOUT_MS / 1000} s`), { code: "ETIMEDOUT" })),
    CONNECT_TIMEOUT_MS,
  );
  socket.once("close", () => clearTimeout(timer));
  socket.once(isSecure ? "secureConnect" : "connect", () => {
    clearTimeout(timer);
    tell();
  });
}

function isClosedConnection(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ECONNRESET" || code === "EPIPE";
}

function asKubeResponse(response: IncomingMessage): KubeResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return { status: response.statusCode ?? 0, headers, body: response };
}
