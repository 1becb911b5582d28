/**
 * A way to NATS on which one of a client's publishes can be held back, with all that the client says after it: what a process that was
 * stopped between two writes has not said yet.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { firstMessage } from "./client-messages.ts";

export interface HeldPublishes {
  readonly url: string;
  /** Lets so many more publishes to such subjects through. Resolves when the one after them, or whatever comes next, is held. */
  holdAfter(count: number, subjects: RegExp): Promise<void>;
  release(): void;
  stop(): void;
}

export async function holdPublishes(server: string): Promise<HeldPublishes> {
  const { hostname, port } = new URL(server);
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  let rule: { left: number; readonly subjects: RegExp; readonly reached: () => void } | undefined;
  let isHeld = false;

  /** Forwards whole messages, one by one, for as long as nothing is held. */
  const forward = (client: Socket, upstream: Socket): void => {
    let buffer = Buffer.alloc(0);
    const drain = (): void => {
      for (let message = firstMessage(buffer); message !== undefined && !isHeld; message = firstMessage(buffer)) {
        buffer = buffer.subarray(message.raw.length);
        upstream.write(message.raw);
        if (rule === undefined || !rule.subjects.test(message.publish?.subject ?? "")) continue;
        rule.left -= 1;
        if (rule.left > 0) continue;
        isHeld = true;
        rule.reached();
        rule = undefined;
      }
    };
    waiting.push(drain);
    client.on("data", (chunk: Buffer) => {
      buffer = Buffer.concat([buffer, chunk]);
      drain();
    });
  };

  const proxy = createServer((client) => {
    const upstream = connect({ host: hostname, port: Number(port) });
    sockets.add(client).add(upstream);
    upstream.pipe(client);
    forward(client, upstream);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      // The other end sees it as a connection that ends.
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = proxy.address();
  return {
    url: `nats://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}`,
    holdAfter: async (count, subjects) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      rule = { left: count, subjects, reached: resolve };
      await promise;
    },
    release() {
      isHeld = false;
      for (const drain of waiting) drain();
    },
    stop() {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
