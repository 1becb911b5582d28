import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the command has asked. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

export type Answer = (asked: Asked, response: ServerResponse) => void | Promise<void>;

/** An HTTP server that says what a test tells it to say, and remembers what it was asked. */
export interface ScriptedHub extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Sets the answer to `GET /v1/clusters`; the last one stands. */
  on(route: string, answer: Answer): void;
  /** Ends everything that is open, without an end. */
  cut(): void;
}

export async function startScriptedHub(): Promise<ScriptedHub> {
  const routes = new Map<string, Answer>();
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://hub");
      const text = await readText(request);
      const one = {
        method: request.method ?? "",
        path: pathname,
        query: Object.fromEntries(searchParams),
        headers: request.headers,
        body: text === "" ? undefined : JSON.parse(text),
      };
      asked.push(one);
      const answer = routes.get(`${one.method} ${pathname}`) ?? problem(404, "NotFound", `nothing under ${one.method} ${pathname}`);
      await answer(one, response);
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${addressOf(server.address()).port}`,
    asked,
    on: (route, answer) => {
      routes.set(route, answer);
    },
    cut: () => server.closeAllConnections(),
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** A JSON answer. */
export function ok(body: unknown, status = 200): Answer {
  return (_asked, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
}

/** A problem document. */
export function problem(status: number, code: string, detail: string, members: object = {}): Answer {
  return (_asked, response) => {
    response
      .writeHead(status, { "content-type": "application/problem+json" })
      .end(JSON.stringify({ type: `https://portolan.dev/problems/${code}`, title: code, status, code, detail, ...members }));
  };
}

/** The stream of changes: what a test sends of it, when it wants to. */
export class ScriptedStream {
  readonly #responses: ServerResponse[] = [];
  readonly #waiting: (() => void)[] = [];

  readonly answer: Answer = (_asked, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    this.#responses.push(response);
    this.#waiting.splice(0).forEach((resolve) => resolve());
  };

  /** Resolves when so many watchers have come, those that went included. */
  async watchers(count: number): Promise<void> {
    while (this.#responses.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** To the watcher that came last. */
  send(event: string, data: unknown, id?: number): void {
    this.#responses.at(-1)?.write(`event: ${event}\n${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
  }

  /** Cuts the connection in the middle of an event. */
  cut(): void {
    const last = this.#responses.at(-1);
    last?.write("event: upgrade\ndata: {", () => last.destroy());
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks).toString();
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === "string") {
    throw new TypeError("expected the address of a server that listens");
  }
  return address;
}
