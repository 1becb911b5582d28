/** A forward proxy on this machine: the only way to hosts whose names exist nowhere else. */
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";

export interface ForwardProxy {
  readonly url: string;
  /** What was asked for, in order: `host:port`. */
  readonly asked: readonly string[];
  stop(): void;
}

/** @param hosts where the hosts that it knows are, as `127.0.0.1:<port>` */
export async function startForwardProxy(hosts: Readonly<Record<string, string>>): Promise<ForwardProxy> {
  const asked: string[] = [];
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on("connect", (request, client) => {
    const wanted = request.url ?? "";
    asked.push(wanted);
    const [, port] = (hosts[wanted.split(":")[0] ?? ""] ?? "").split(":");
    if (port === undefined) {
      client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
      return;
    }
    const there = connect(Number(port), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      there.pipe(client);
      client.pipe(there);
    });
    // Either end may go at any time, and takes the other along.
    there.on("error", () => client.destroy());
    client.on("error", () => there.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
