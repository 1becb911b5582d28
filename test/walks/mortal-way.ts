/**
 * A way to NATS that ends for ever at one of its client's publishes: what a process that was killed there has said, and nothing of what it
 * would have said or heard after it.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { firstMessage, type Publish } from "../integration/hub/client-messages.ts";

/** What becomes of a publish: it is the last that is heard of the client, or the first that is not. */
export type Fate = "passes" | "lost after" | "lost before";

/** Of a publish that is tried again after the first. */
export const BOTH_DEATHS: readonly Fate[] = ["lost before", "lost after"];

export interface MortalWay {
  readonly url: string;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  /** Ends it, wherever the client is. */
  end(): void;
}

export async function mortalWay(server: string, fateOf: (publish: Publish) => Fate): Promise<MortalWay> {
  const { hostname, port } = new URL(server);
  const clients = new Set<Socket>();
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const end = (): void => {
    proxy.close();
    for (const client of clients) client.destroy();
    resolve();
  };
  const proxy = createServer((client) => {
    const upstream = connect({ host: hostname, port: Number(port) });
    clients.add(client);
    upstream.pipe(client);
    let buffer = Buffer.alloc(0);
    client.on("data", (chunk: Buffer) => {
      buffer = Buffer.concat([buffer, chunk]);
      for (let message = firstMessage(buffer); message !== undefined; message = firstMessage(buffer)) {
        buffer = buffer.subarray(message.raw.length);
        const fate = message.publish === undefined ? "passes" : fateOf(message.publish);
        if (fate !== "lost before") upstream.write(message.raw);
        if (fate !== "passes") {
          end();
          return;
        }
      }
    });
    // The server hears what was said until then, and that it was the end.
    client.on("close", () => upstream.resume().end());
    client.on("error", () => client.destroy());
    upstream.on("close", () => client.destroy());
    upstream.on("error", () => client.destroy());
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  return { url: `nats://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}`, ended, end };
}
