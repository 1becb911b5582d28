import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, startServerProcess, type ServerProcess } from "../server-process/mod.ts";
import { renderConfiguration } from "./configuration.ts";
import { NatsPortInUse, NatsServerNotReady } from "./errors.ts";
import { getNatsServer } from "./get.ts";
import { readGreeting } from "./greeting.ts";

const READY_TIMEOUT_MS = 30_000;
const POLL_MS = 20;
const PORT_TAKEN = "address already in use";
/** For a free port that somebody else takes between our look and the server's. */
const FREE_PORT_TRIES = 5;

export interface NatsServerOptions {
  /** Default: the one that getNatsServer gives. */
  readonly binary?: string;
  /** Which release, when no binary is given. Default: any that is new enough. */
  readonly version?: string;
  /** 0, the default, takes a free one. A port that is in use is an error. */
  readonly port?: number;
  /** Default: a temporary folder, removed at stop. A given one is made when missing, and kept. */
  readonly storeDir?: string;
  readonly jetstream?: boolean;
  /** Acknowledge a JetStream write only when it is on the disk. */
  readonly syncAlways?: boolean;
  /** Default: a file in the server's temporary folder. */
  readonly logFile?: string;
  /** More of the server's configuration, in its own syntax. */
  readonly extraConfiguration?: string;
}

export interface NatsServer {
  readonly url: string;
  readonly port: number;
  readonly logFile: string;
  readonly storeDir: string;
  /** The process of now: it changes with every restart. */
  pid(): number;
  /** Ends the server in good order and removes what it put into temporary folders. */
  stop(): Promise<void>;
  /** Ends the process by a signal and keeps everything else, for a restart. */
  kill(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
  /** Starts it again on the same port, after stopping it when it still runs. */
  restart(options?: { readonly wipeStore?: boolean }): Promise<void>;
}

/**
 * Starts a NATS server on 127.0.0.1 and waits until it greets clients, with JetStream when that is on.
 * It is killed when this process ends.
 *
 * @throws NatsServerNotFound, NatsPortInUse, NatsServerNotReady
 */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const binary = options.binary ?? (await getNatsServer(options)).binary;
  const folder = await mkdtemp(join(tmpdir(), "portolan-nats-"));
  try {
    return await startIn(folder, binary, options);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(folder: string, binary: string, options: NatsServerOptions): Promise<NatsServer> {
  const storeDir = options.storeDir ?? join(folder, "store");
  const logFile = options.logFile ?? join(folder, "nats-server.log");
  const serverName = `portolan-${randomBytes(6).toString("hex")}`;
  const jetstream = options.jetstream ?? true;

  const startOn = async (port: number): Promise<ServerProcess> => {
    const configurationFile = join(folder, "nats-server.conf");
    await mkdir(storeDir, { recursive: true });
    await writeFile(
      configurationFile,
      renderConfiguration({
        serverName,
        port,
        storeDir: jetstream ? storeDir : undefined,
        syncAlways: options.syncAlways ?? false,
        extra: options.extraConfiguration ?? "",
      }),
    );
    const started = await startServerProcess({
      name: "nats-server",
      binary,
      args: ["--config", configurationFile],
      logFile,
    });
    try {
      await untilReady(started, port, { serverName, jetstream });
    } catch (error) {
      await started.kill("SIGKILL");
      throw error;
    }
    return started;
  };

  let current = await startOnChosenPort(options.port ?? 0, startOn);
  const { port } = current;
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    logFile,
    storeDir,
    pid: () => current.server.pid,
    kill: async (signal) => {
      await current.server.kill(signal);
    },
    restart: async ({ wipeStore = false } = {}) => {
      await current.server.stop();
      if (wipeStore) {
        await rm(storeDir, { recursive: true, force: true });
      }
      current = { port, server: await startOn(port) };
    },
    stop: async () => {
      await current.server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startOnChosenPort(
  requested: number,
  startOn: (port: number) => Promise<ServerProcess>,
): Promise<{ readonly port: number; readonly server: ServerProcess }> {
  if (requested !== 0) {
    return { port: requested, server: await startOn(requested) };
  }
  for (let remaining = FREE_PORT_TRIES; ; remaining -= 1) {
    // Another port only when this one was lost.
    const port = await freePort();
    try {
      return { port, server: await startOn(port) };
    } catch (error) {
      if (!(error instanceof NatsPortInUse) || remaining === 1) {
        throw error;
      }
    }
  }
}

async function untilReady(
  server: ServerProcess,
  port: number,
  expected: { readonly serverName: string; readonly jetstream: boolean },
): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  // Asks again until the server is ready, has ended, or is overdue.
  while (performance.now() < deadline) {
    const exit = server.exit();
    if (exit !== undefined) {
      throw server.logTail().includes(PORT_TAKEN) ? new NatsPortInUse(port) : notReady(server, `it ended with ${exit.signal ?? exit.code}`);
    }
    // Whoever else holds the port may never greet; the server has ended by then.
    const greeting = await Promise.race([readGreeting(port), server.exited.then(() => undefined)]);
    if (greeting?.serverName === expected.serverName) {
      if (greeting.jetstream === expected.jetstream) {
        return;
      }
      throw notReady(server, `JetStream is ${greeting.jetstream ? "on" : "off"}`);
    }
    await sleep(POLL_MS);
  }
  throw notReady(server, `no greeting on port ${port} within ${READY_TIMEOUT_MS} ms`);
}

function notReady(server: ServerProcess, reason: string): NatsServerNotReady {
  return new NatsServerNotReady(reason, server.logTail());
}
