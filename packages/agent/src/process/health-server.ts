/** Serves `/livez`, `/readyz` and `/metrics` of the agent. */
import { createServer, type Server } from "node:http";
import type { Registry } from "prom-client";

export interface HealthServerOptions {
  readonly host: string;
  readonly port: number;
  /** What is stuck so that only a new process would help. */
  readonly stuck: () => string | undefined;
  readonly ready: () => boolean;
  readonly registry: Registry;
}

/** Somebody else listens there. */
export class PortInUseError extends Error {
  readonly code = "PortInUse";
  constructor(host: string, port: number) {
    super(`expected a free port in --listen, but ${host}:${port} is in use`);
    this.name = "PortInUseError";
  }
}

/** Resolves when it listens. @throws PortInUseError */
export async function startHealthServer({ host, port, stuck, ready, registry }: HealthServerOptions): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = (status: number, body: string, type = "text/plain"): void => {
      response.writeHead(status, { "content-type": type }).end(body);
    };
    if (request.url === "/livez") {
      const problem = stuck();
      answer(problem === undefined ? 200 : 503, `${problem ?? "ok"}\n`);
    } else if (request.url === "/readyz") answer(ready() ? 200 : 503, ready() ? "ok\n" : "the instances were not read yet\n");
    else if (request.url === "/metrics") {
      registry.metrics().then(
        (text) => answer(200, text, registry.contentType),
        (error: unknown) => answer(500, error instanceof Error ? error.message : "metrics failed"),
      );
    } else answer(404, "expected /livez, /readyz or /metrics\n");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject("code" in error && error.code === "EADDRINUSE" ? new PortInUseError(host, port) : error));
    server.listen(port, host, resolve);
  });
  return server;
}
