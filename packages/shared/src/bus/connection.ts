/** Gets the connection, and keeps it. */
import { setTimeout as sleep } from "node:timers/promises";

import { connect, credsAuthenticator } from "@nats-io/transport-node";
import type { Authenticator, NatsConnection, NodeConnectionOptions } from "@nats-io/transport-node";

import { reconnectDelayMs } from "./backoff.ts";
import { BusError } from "./errors.ts";
import type { BusLogger, BusOptions } from "./model.ts";

const DEFAULT_MAX_RECONNECT_DELAY_MS = 2_000;
const DEFAULT_RECONNECT_JITTER_MS = 100;
const HANDSHAKE_TIMEOUT_MS = 5_000;
/** A peer that is gone without a word is noticed after two to three of these. The library's default is two minutes. */
const PING_INTERVAL_MS = 10_000;
const MAX_PINGS_OUT = 2;
/** While no server is found, it is said this often. */
const LOG_EVERY_MS = 10_000;

/**
 * Tries until a server answers. A wrong credential is tried again too: it may be registered or rotated in the meantime.
 *
 * @throws {BusError} Aborted
 */
export async function connectWithRetries(options: BusOptions): Promise<NatsConnection> {
  const { signal, logger } = options;
  const natsOptions = connectionOptions(options);
  const policy = { maxDelayMs: options.maxReconnectDelayMs ?? DEFAULT_MAX_RECONNECT_DELAY_MS, jitterMs: 0 };
  let loggedAt = Number.NEGATIVE_INFINITY;
  for (let attempt = 1; ; attempt++) {
    throwIfAborted(signal);
    try {
      const connection = await connect(natsOptions);
      if (signal?.aborted !== true) return connection;
      await connection.close();
    } catch (error) {
      if (performance.now() - loggedAt >= LOG_EVERY_MS) {
        loggedAt = performance.now();
        logger?.warn({ servers: options.servers, attempt, reason: reasonOf(error) }, "waiting for a NATS server");
      }
    }
    await pause(reconnectDelayMs(attempt, policy, Math.random()), signal);
  }
}

/** The library's options; every one that is not its default guards against a way to lose the connection for good. */
function connectionOptions(options: BusOptions): NodeConnectionOptions {
  const { credentials, inboxPrefix } = options;
  const policy = {
    maxDelayMs: options.maxReconnectDelayMs ?? DEFAULT_MAX_RECONNECT_DELAY_MS,
    jitterMs: options.reconnectJitterMs ?? DEFAULT_RECONNECT_JITTER_MS,
  };
  return {
    servers: typeof options.servers === "string" ? [options.servers] : [...options.servers],
    name: options.name,
    ...(inboxPrefix === undefined ? {} : { inboxPrefix }),
    ...(credentials === undefined ? {} : { authenticator: credentialsAuthenticator(credentials, options.logger) }),
    timeout: HANDSHAKE_TIMEOUT_MS,
    pingInterval: PING_INTERVAL_MS,
    maxPingOut: MAX_PINGS_OUT,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    noAsyncTraces: true,
    // All waiting is done in reconnectToServer, which unlike this one is asked once an attempt.
    reconnectDelayHandler: () => 0,
    reconnectToServer: (pool) => {
      const [server] = pool;
      const reconnecting = pool.some(({ didConnect }) => didConnect);
      if (server === undefined || !reconnecting) return null;
      return { server, delay: reconnectDelayMs(server.reconnects, policy, Math.random()) };
    },
  };
}

/** An authenticator that throws closes the connection for good, so a credential that cannot be read is logged and refused by the server. */
function credentialsAuthenticator(credentials: NonNullable<BusOptions["credentials"]>, logger: BusLogger | undefined): Authenticator {
  return (nonce) => {
    try {
      return credsAuthenticator(typeof credentials === "function" ? credentials() : credentials)(nonce);
    } catch (error) {
      // The library's message may quote the file, so only its kind is told.
      logger?.error({ kind: error instanceof Error ? error.name : typeof error }, "the NATS credentials cannot be read");
      return undefined;
    }
  };
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) {
    throw new BusError("Aborted", "the wait for a NATS server was aborted", { cause: signal.reason });
  }
}

async function pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(delayMs, undefined, signal === undefined ? {} : { signal });
  } catch {
    // Only an abort ends a pause early, and the next turn throws it.
    throwIfAborted(signal);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
