import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { KubeMethod, KubeTransport } from "@portolan/agent/kube";
import type { JsonObject } from "../json/mod.ts";
import { decodeProtobuf, MalformedMessage, PROTOBUF_TYPE } from "../protobuf/mod.ts";
import { selfSignedCertificate } from "./certificate.ts";
import { mediaType } from "./negotiation.ts";

export type ListenOptions = {
  readonly port?: number;
  readonly host?: string;
  /** Whether it speaks TLS as real API servers do, with a certificate of its own. The host must be an IPv4 address then. */
  readonly tls?: boolean;
};

/** An open port of a cluster. */
export type Listening = {
  readonly url: string;
  /** A kubeconfig for it, as YAML (and JSON). */
  readonly kubeconfig: string;
  readonly close: () => Promise<void>;
};

const METHODS: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);

function isMethod(method: string): method is KubeMethod {
  return METHODS.has(method);
}

/**
 * Serves a transport over HTTP.
 *
 * @throws the listen error of node:net, EADDRINUSE when the port is taken
 */
export async function listen(
  name: string,
  transport: KubeTransport,
  { port = 0, host = "127.0.0.1", tls = false }: ListenOptions,
): Promise<Listening> {
  const listener: RequestListener = (request, response) => {
    void serve(transport, request, response);
  };
  const own = tls ? selfSignedCertificate(host, Date.now()) : undefined;
  const server = own === undefined ? createServer(listener) : createTlsServer({ key: own.key, cert: own.certificate }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const url = `${tls ? "https" : "http"}://${host}:${isAddress(address) ? address.port : port}`;
  return {
    url,
    kubeconfig: kubeconfig(name, url, own?.certificate),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}

/** @param authority PEM of the certificate that the server's must be signed by */
function kubeconfig(name: string, url: string, authority: string | undefined): string {
  const trust = authority === undefined ? {} : { "certificate-authority-data": Buffer.from(authority).toString("base64") };
  return `${JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      "current-context": name,
      clusters: [{ name, cluster: { server: url, ...trust } }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      users: [{ name, user: {} }],
    },
    undefined,
    2,
  )}\n`;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A body as a transport carries it: text. What typed Go clients write in protobuf becomes JSON. */
function asText(body: Buffer, headers: Record<string, string>): { readonly body: string; readonly headers: Record<string, string> } {
  if (mediaType(headers["content-type"]) === PROTOBUF_TYPE) {
    const object = decoded(body);
    // Refused as a form that is not served, when it is of no kind that is known.
    if (object !== undefined) return { body: JSON.stringify(object), headers: { ...headers, "content-type": "application/json" } };
  }
  return { body: body.toString("utf8"), headers };
}

function decoded(body: Buffer): JsonObject | undefined {
  try {
    return decodeProtobuf(body);
  } catch (error) {
    if (error instanceof MalformedMessage) return undefined;
    throw error;
  }
}

async function serve(transport: KubeTransport, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const abort = new AbortController();
  response.once("close", () => {
    abort.abort();
  });
  try {
    const method = request.method ?? "GET";
    if (!isMethod(method)) {
      response.writeHead(405).end();
      return;
    }
    const received = Object.entries(request.headers).map(([key, value]): [string, string] => [
      key,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]);
    const { body, headers } = asText(await readAll(request), Object.fromEntries(received));
    const answer = await transport({
      method,
      path: request.url ?? "/",
      headers,
      ...(body === "" ? {} : { body }),
      signal: abort.signal,
    });
    response.writeHead(answer.status, answer.headers);
    response.flushHeaders();
    for await (const chunk of answer.body) {
      if (response.destroyed) break;
      if (!response.write(chunk)) await drained(response);
    }
    response.end();
  } catch {
    // The client left, or the exchange was dropped on purpose: either way there is no one to tell.
    response.destroy();
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.once("drain", done);
    response.once("close", done);
  });
}
