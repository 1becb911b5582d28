import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { renderKubeconfig } from "./kubeconfig.ts";
import type { ControlPlane } from "./control-plane.ts";

/** A request that may change something. */
export interface Write {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body: string;
}

/** A request that was answered. */
export interface Answered {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  /** In whose name, where it is another one than the client's. */
  readonly impersonated: string | undefined;
}

/** What becomes of a write: it passes, or its connection ends before the API server has heard of it, or after, with the answer lost. */
export type Toll = "passes" | "lost before" | "lost after";

/** Stands between one client and an API server, and decides about every write of the client. */
export interface Tollgate {
  /** For the client. */
  readonly kubeconfigPath: string;
  /** The writes that the API server has taken, in order. */
  readonly taken: readonly Write[];
  /** Everything that was answered, reads too, in order. */
  readonly answered: readonly Answered[];
  /** From now on. At first everything passes. */
  decide(rule: (write: Write) => Toll): void;
  /** Called before the connection of a lost write ends; the client may be killed there. */
  onLost(listener: () => Promise<void>): void;
  stop(): Promise<void>;
}

const READS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Starts a gate in front of a control plane. Whoever goes through speaks as the administrator, or as the user of another token. */
export async function startTollgate({ url, caCertificate, dir }: ControlPlane, token: string): Promise<Tollgate> {
  const target = new URL(url);
  const agent = new Agent({ ca: caCertificate, keepAlive: true });
  const taken: Write[] = [];
  const log: Answered[] = [];
  let rule: (write: Write) => Toll = () => "passes";
  let lost = async (): Promise<void> => await Promise.resolve();

  const forward = async (asked: IncomingMessage, body: Buffer): Promise<IncomingMessage> => {
    const { host: _host, connection: _connection, "transfer-encoding": _encoding, "content-length": _length, ...headers } = asked.headers;
    const sent = request({
      agent,
      host: target.hostname,
      port: target.port,
      method: asked.method,
      path: asked.url,
      headers: { ...headers, authorization: `Bearer ${token}`, "content-length": String(body.length) },
    });
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    sent.once("response", resolve).once("error", reject).end(body);
    return await promise;
  };

  const pass = async (asked: IncomingMessage, answered: ServerResponse): Promise<void> => {
    const body = await buffer(asked);
    const write: Write = { method: asked.method ?? "", path: asked.url ?? "", body: body.toString() };
    const isRead = READS.has(write.method);
    const toll = isRead ? "passes" : rule(write);
    if (toll !== "lost before") {
      const answer = await forward(asked, body);
      const impersonated = asked.headers["impersonate-user"];
      log.push({
        method: write.method,
        path: write.path,
        status: answer.statusCode ?? 500,
        impersonated: typeof impersonated === "string" ? impersonated : undefined,
      });
      if (!isRead && (answer.statusCode ?? 500) < 300) taken.push(write);
      if (toll === "passes") {
        answered.writeHead(answer.statusCode ?? 500, answer.headers);
        answered.flushHeaders();
        answer.pipe(answered);
        answered.once("close", () => answer.destroy());
        return;
      }
      await buffer(answer);
    }
    await lost();
    answered.destroy();
  };

  const server = createServer((asked, answered) => {
    // A client that is killed cuts what it has asked for.
    pass(asked, answered).catch(() => answered.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("expected the address of a server that listens");
  const kubeconfigPath = join(dir, "tollgate.kubeconfig");
  await writeFile(kubeconfigPath, renderKubeconfig({ url: `http://127.0.0.1:${address.port}`, caCertificate, token }), { mode: 0o600 });
  return {
    kubeconfigPath,
    taken,
    answered: log,
    decide: (next) => {
      rule = next;
    },
    onLost: (listener) => {
      lost = listener;
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await once(server, "close");
    },
  };
}
