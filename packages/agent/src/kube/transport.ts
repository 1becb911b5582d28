/**
 * The seam below the Kubernetes client: one HTTP exchange with one API server.
 *
 * Two things implement it: the real server's client over a kubeconfig, and the embedded API's handler in the same process. The
 * transport knows addresses, TLS and credentials; it knows nothing of objects, timeouts or retries.
 */
export type KubeTransport = (request: KubeRequest) => Promise<KubeResponse>;

export type KubeMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface KubeRequest {
  readonly method: KubeMethod;
  /** Absolute path with its query, e.g. `/api/v1/namespaces/default/pods?limit=500`. */
  readonly path: string;
  /** Names in lower case. Credentials are the transport's own and never stand here. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends the exchange at any point, also while the body streams. The promise or the body then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Called at the last moment before the request is written to a connection; what it throws ends the request. */
  readonly beforeSending?: () => void;
}

/** What the server said, whatever its status. */
export interface KubeResponse {
  readonly status: number;
  /** Names in lower case; values of a repeated header joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Streamed, to be read once. Leaving the loop early, or aborting the request's signal, frees the connection. */
  readonly body: AsyncIterable<Uint8Array>;
}
