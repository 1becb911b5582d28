import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { createApp } from "../api/mod.ts";
import { HubPortInUse } from "./options.ts";

export interface HttpServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** So long requests may take to finish when the hub stops. */
const STOP_GRACE_MS = 3_000;

/**
 * Serves the API.
 *
 * @throws HubPortInUse
 */
export async function listen(app: ReturnType<typeof createApp>, host: string, port: number): Promise<HttpServer> {
  const handle = getRequestListener(app.fetch);
  const server = createServer((request, response) => {
    void handle(request, response);
  });
  await listening(server, host, port);
  const address = server.address();
  const { port: actual } = isAddress(address) ? address : { port };
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${actual}`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? new HubPortInUse(host, port) : error);
    });
    server.listen({ host, port }, () => resolve());
  });
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}
