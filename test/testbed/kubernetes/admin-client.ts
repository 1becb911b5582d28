import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";

interface AdminResponse {
  readonly status: number;
  readonly body: string;
}

/** The few requests that the start of a control plane needs, without the time that a kubectl takes. */
export interface AdminClient {
  /** Rejects when nobody answers, or not in time. */
  request(method: "GET" | "POST", path: string, body?: unknown): Promise<AdminResponse>;
}

const TIMEOUT_MS = 5_000;

export function adminClient({
  url,
  caCertificate,
  token,
}: {
  readonly url: string;
  readonly caCertificate: string;
  readonly token: string;
}): AdminClient {
  return {
    request: (method, path, body) =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
        const outgoing = httpsRequest(new URL(path, url), { method, headers, ca: caCertificate, timeout: TIMEOUT_MS }, (incoming) => {
          text(incoming).then((received) => resolve({ status: incoming.statusCode ?? 0, body: received }), reject);
        });
        outgoing.once("timeout", () => outgoing.destroy(new Error(`no answer to ${method} ${path} within ${TIMEOUT_MS} ms`)));
        outgoing.once("error", reject);
        outgoing.end(body === undefined ? undefined : JSON.stringify(body));
      }),
  };
}
