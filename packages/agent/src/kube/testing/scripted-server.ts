import { groupVersionPath } from "../path.ts";
import type { KubeRequest, KubeResponse, KubeTransport } from "../transport.ts";

/** What the server does about one request. */
export type Answer = (request: KubeRequest) => Promise<KubeResponse>;

export function json(code: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return text(code, JSON.stringify(body), { "content-type": "application/json", ...headers });
}

export function text(code: number, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return async () => ({ status: code, headers, body: chunks([Buffer.from(body)]) });
}

/** A refusal in the API server's own form. */
export function status(code: number, reason: string, message: string, details: Readonly<Record<string, unknown>> = {}): Answer {
  return json(code, { kind: "Status", apiVersion: "v1", status: "Failure", code, reason, message, details });
}

/** No answer at all, and no ear for the signal either. */
export function hang(): Answer {
  return async () => await new Promise<never>(() => {});
}

export function refuse(code = "ECONNREFUSED"): Answer {
  return async () => await Promise.reject(Object.assign(new Error(`connect ${code} 127.0.0.1:6443`), { code }));
}

async function* chunks(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  yield* parts;
}

/** A watch that says what it is told, when it is told. Like a connection, it ends when the request's signal is aborted. */
export class LiveWatch {
  readonly #waiting: Uint8Array[] = [];
  #wake: () => void = () => {};
  #ended: "open" | "ended" | Error = "open";
  #isOpen = false;

  readonly answer: Answer = async (request) => {
    this.#isOpen = true;
    request.signal?.addEventListener("abort", () => this.cut(new Error("aborted")));
    return { status: 200, headers: {}, body: this.#read() };
  };

  /** Whether a client listens. */
  get isOpen(): boolean {
    return this.#isOpen && this.#ended === "open";
  }

  send(...events: readonly unknown[]): void {
    for (const event of events) this.sendBytes(Buffer.from(`${JSON.stringify(event)}\n`));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#wake();
  }

  /** In good order, as after the watch's lifetime. */
  end(): void {
    if (this.#ended === "open") this.#ended = "ended";
    this.#wake();
  }

  /** As when the connection breaks. */
  cut(error = new Error("socket hang up")): void {
    if (this.#ended === "open") this.#ended = error;
    this.#wake();
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else if (this.#ended === "ended") return;
      else if (this.#ended !== "open") throw this.#ended;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

export interface SeenRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** An API server whose every answer is given beforehand, in order for each `METHOD /path`. A request without one is an error. */
export class ScriptedServer {
  readonly requests: SeenRequest[] = [];
  readonly #answers = new Map<string, Answer[]>();
  readonly #always = new Map<string, Answer>();

  readonly transport: KubeTransport = async (request) => {
    const url = new URL(request.path, "http://server");
    const body: unknown = request.body === undefined ? undefined : JSON.parse(request.body);
    const query = Object.fromEntries(url.searchParams);
    this.requests.push({ method: request.method, path: url.pathname, query, headers: request.headers, body });
    const route = `${request.method} ${url.pathname}`;
    const answer = this.#answers.get(route)?.shift() ?? this.#always.get(route);
    if (answer === undefined) throw new Error(`the script has no answer for ${route}`);
    return await answer(request);
  };

  /** Discovery of one group version: `{ ConfigMap: "configmaps" }`; cluster-scoped kinds with a leading `/`. */
  serves(apiVersion: string, plurals: Readonly<Record<string, string>>): this {
    const resources = Object.entries(plurals).map(([kind, plural]) => ({
      name: plural.replace(/^\//u, ""),
      kind,
      namespaced: !plural.startsWith("/"),
      verbs: ["get", "list", "watch"],
    }));
    return this.always(`GET ${groupVersionPath(apiVersion)}`, json(200, { kind: "APIResourceList", groupVersion: apiVersion, resources }));
  }

  /** The next answers on a route, each for one request. */
  answers(route: string, ...answers: readonly Answer[]): this {
    this.#answers.set(route, [...(this.#answers.get(route) ?? []), ...answers]);
    return this;
  }

  /** The answer on a route when no other is left. */
  always(route: string, answer: Answer): this {
    this.#always.set(route, answer);
    return this;
  }

  /** Requests on a route, discovery left out of none. */
  seen(route: string): readonly SeenRequest[] {
    return this.requests.filter((request) => `${request.method} ${request.path}` === route);
  }
}
