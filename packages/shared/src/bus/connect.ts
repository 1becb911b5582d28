import { setTimeout as sleep } from "node:timers/promises";

import { jetstreamManager } from "@nats-io/jetstream";
import type { JetStreamManager } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import type { Msg, NatsConnection, Status } from "@nats-io/transport-node";

import { connectWithRetries } from "./connection.ts";
import { BusError } from "./errors.ts";
import { StreamFollower } from "./follower.ts";
import type { FollowerBus } from "./follower.ts";
import { guarded } from "./guard.ts";
import { listBuckets, openKeyValue } from "./key-value.ts";
import type {
  Bus,
  BusLogger,
  BusMessage,
  BusOptions,
  BusStatus,
  Follower,
  FollowOptions,
  KeyValue,
  KeyValueBucket,
  KeyValueOptions,
  PublishStoredOptions,
  StoredAck,
  StoredMessage,
  StreamSpec,
  Subscription,
} from "./model.ts";
import { toBusError } from "./nats-errors.ts";
import { refusedPublish, StoredPublisher } from "./stored-publisher.ts";
import { ensureStream } from "./stream-setup.ts";

/** How long `close` waits for acknowledgements, and for the library to drain. */
const CLOSE_TIMEOUT_MS = 2_000;
/** On the reply of a responder that failed. */
const ERROR_HEADER = "Portolan-Error";

/**
 * Connects, waiting as long as it takes until a server answers, and from then on keeps the connection: it never ends by itself.
 *
 * @throws {BusError} Aborted, when `options.signal` ends the wait.
 */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const connection = await connectWithRetries(options);
  const manager = await jetstreamManager(connection, { checkAPI: false });
  return new NatsBus(connection, manager, options);
}

class NatsBus implements Bus, FollowerBus {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly inboxPrefix: string | undefined;
  readonly logger: BusLogger | undefined;
  readonly #publisher: StoredPublisher;
  readonly #listeners = new Set<(status: BusStatus) => void>();
  #connected = true;
  #closing: Promise<void> | undefined;
  /** What is told when the connection is lost: the rejections of all that waits for an answer. */
  readonly #waiting = new Set<(error: BusError) => void>();

  constructor(connection: NatsConnection, manager: JetStreamManager, options: BusOptions) {
    this.connection = connection;
    this.manager = manager;
    this.inboxPrefix = options.inboxPrefix;
    this.logger = options.logger;
    this.#publisher = new StoredPublisher(connection, options.inboxPrefix, options.logger);
    void this.#followStatus();
    this.logger?.info({ server: connection.getServer() }, "connected to NATS");
  }

  get connected(): boolean {
    return this.#connected;
  }

  isConnected(): boolean {
    return this.#connected;
  }

  get maxPayloadBytes(): number {
    return this.connection.info?.max_payload ?? Number.POSITIVE_INFINITY;
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    const entry = guarded(this.logger, "the bus's status", listener);
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  publish(subject: string, payload: Uint8Array): boolean {
    this.#checkSize(subject, payload);
    // While disconnected the library would keep it in a buffer that has no bound.
    if (!this.#connected) return false;
    this.#library(subject, () => this.connection.publish(subject, payload));
    return true;
  }

  async publishStored(subject: string, payload: Uint8Array, options: PublishStoredOptions = {}): Promise<StoredAck> {
    this.#checkConnected(subject);
    this.#checkSize(subject, payload);
    return this.#publisher.publish(subject, payload, options);
  }

  subscribe(subject: string, handler: (message: BusMessage) => void): Subscription {
    const deliver = guarded(this.logger, subject, handler);
    return this.#listen(subject, (message) => deliver({ subject: message.subject, payload: message.data }));
  }

  async request(subject: string, payload: Uint8Array, options: { readonly timeoutMs: number }): Promise<Uint8Array> {
    this.#checkConnected(subject);
    this.#checkSize(subject, payload);
    const reply = await this.#ask(subject, () => this.connection.request(subject, payload, { timeout: options.timeoutMs }));
    const failure = reply.headers?.get(ERROR_HEADER) ?? "";
    if (failure !== "") throw new BusError("Rejected", `${subject}: ${failure}`);
    return Uint8Array.from(reply.data);
  }

  respond(subject: string, handler: (payload: Uint8Array, subject: string) => Uint8Array | Promise<Uint8Array>): Subscription {
    return this.#listen(subject, (message) => void this.#answer(message, handler));
  }

  async lastMessage(stream: string, subject: string): Promise<StoredMessage | undefined> {
    this.#checkConnected(subject);
    const found = await this.#askStream(stream, () => this.manager.direct.getMessage(stream, { last_by_subj: subject }));
    return found === null
      ? undefined
      : {
          subject: found.subject,
          payload: Uint8Array.from(found.data),
          sequence: found.seq,
          storedAtMs: found.time.getTime(),
        };
  }

  async purgeSubject(stream: string, subject: string, throughSequence: number): Promise<void> {
    this.#checkConnected(subject);
    await this.#ask(`stream ${stream}`, () => this.manager.streams.purge(stream, { filter: subject, seq: throughSequence + 1 }));
  }

  async ensureStreams(specs: readonly StreamSpec[]): Promise<void> {
    for (const spec of specs) {
      this.#checkConnected(spec.name);
      await this.#ask(`stream ${spec.name}`, () => ensureStream(this.manager, spec));
    }
  }

  async serverTimeMs(stream: string): Promise<number | undefined> {
    this.#checkConnected(stream);
    try {
      const { ts } = await this.#ask(stream, () => this.manager.streams.info(stream));
      return ts === undefined ? undefined : Date.parse(ts);
    } catch (error) {
      if (error instanceof BusError && error.code === "NoStream") return undefined;
      throw error;
    }
  }

  async streamCreated(stream: string): Promise<number | undefined> {
    this.#checkConnected(stream);
    try {
      return Date.parse((await this.#ask(stream, () => this.manager.streams.info(stream))).created);
    } catch (error) {
      if (error instanceof BusError && error.code === "NoStream") return undefined;
      throw error;
    }
  }

  follow(stream: string, options: FollowOptions): Follower {
    return new StreamFollower(this, stream, {
      ...options,
      onMessage: (message, { streamSequence, storedAtMs }) =>
        options.onMessage({ subject: message.subject, payload: message.data, sequence: streamSequence, storedAtMs }),
      onCaughtUp: () => options.onCaughtUp(),
      onReset: () => options.onReset(),
    });
  }

  async buckets(): Promise<readonly KeyValueBucket[]> {
    this.#checkConnected("buckets");
    return this.#ask("buckets", () => listBuckets(this.manager));
  }

  async keyValue(bucket: string, options: KeyValueOptions = {}): Promise<KeyValue> {
    this.#checkConnected(`bucket ${bucket}`);
    return openKeyValue(this, bucket, options);
  }

  async roundTripMs(): Promise<number> {
    this.#checkConnected("round trip");
    const startedAt = performance.now();
    await this.#ask("round trip", () => this.connection.flush());
    return performance.now() - startedAt;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  whileConnected<T>(promise: Promise<T>): Promise<T> {
    const { promise: raced, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.add(reject);
    promise.then(resolve, reject);
    return raced.finally(() => this.#waiting.delete(reject));
  }

  async #close(): Promise<void> {
    const wasConnected = this.#connected;
    if (wasConnected) await Promise.race([this.#publisher.idle(), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    this.#setConnected(false, "Closed");
    // Without a connection the library's drain would wait for an answer that never comes.
    if (wasConnected && !this.connection.isClosed()) {
      // It rejects when the connection is lost meanwhile: there is nothing left to deliver then.
      const drained = this.connection.drain().catch(() => undefined);
      await Promise.race([drained, sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    }
    await this.connection.close();
  }

  /** Ends when the connection is closed. */
  async #followStatus(): Promise<void> {
    for await (const status of this.connection.status()) this.#statusChanged(status);
    if (this.#closing !== undefined) return;
    this.#setConnected(false, "Closed");
    const reason = await this.connection.closed();
    this.logger?.error({ err: reason }, "the NATS client gave the connection up");
  }

  #statusChanged(status: Status): void {
    switch (status.type) {
      case "disconnect":
        this.logger?.warn({ server: status.server }, "lost the connection to NATS");
        this.#setConnected(false, "Disconnected");
        break;
      case "reconnect":
        if (this.#closing !== undefined) break;
        this.logger?.info({ server: status.server }, "connected to NATS again");
        this.#publisher.reconnected();
        this.#setConnected(true, "Disconnected");
        break;
      case "error": {
        this.logger?.warn({ err: status.error }, "the NATS server reports an error");
        const refused = refusedPublish(status.error);
        if (refused !== undefined) this.#publisher.refused(refused, status.error.message);
        break;
      }
      // These need no action: what they announce comes as one of the above.
      case "staleConnection":
      case "forceReconnect":
      case "reconnecting":
      case "slowConsumer":
      case "update":
      case "close":
      case "ping":
      case "ldm":
        break;
    }
  }

  #setConnected(connected: boolean, code: "Disconnected" | "Closed"): void {
    if (!connected) {
      this.#publisher.abandon(code);
      for (const reject of this.#waiting) {
        reject(new BusError(code, code === "Closed" ? "the bus was closed" : "the connection was lost before the answer"));
      }
    }
    if (connected === this.#connected) return;
    this.#connected = connected;
    for (const listener of this.#listeners) listener(connected ? "connected" : "disconnected");
  }

  #checkConnected(what: string): void {
    if (this.#closing !== undefined || this.connection.isClosed()) throw new BusError("Closed", `${what}: the bus was closed`);
    if (!this.#connected) throw new BusError("Disconnected", `${what}: there is no connection`);
  }

  #checkSize(subject: string, payload: Uint8Array): void {
    if (payload.length > this.maxPayloadBytes) {
      throw new BusError("TooLarge", `${subject}: ${payload.length} bytes, the server takes at most ${this.maxPayloadBytes}`);
    }
  }

  #listen(subject: string, deliver: (message: Msg) => void): Subscription {
    const subscription = this.#library(subject, () =>
      this.connection.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) deliver(message);
          else this.logger?.error({ err: error, subject }, "the subscription was refused");
        },
      }),
    );
    return { unsubscribe: () => subscription.unsubscribe() };
  }

  /** Never rejects: there is nobody to tell but the requester. */
  async #answer(message: Msg, handler: (payload: Uint8Array, subject: string) => Uint8Array | Promise<Uint8Array>): Promise<void> {
    try {
      message.respond(await handler(message.data, message.subject));
    } catch (error) {
      this.logger?.error({ err: error, subject: message.subject }, "a request could not be answered");
      if (!this.connection.isClosed() && this.#connected) message.respond(undefined, { headers: failureHeaders() });
    }
  }

  async #ask<T>(what: string, question: () => Promise<T>): Promise<T> {
    try {
      return await this.whileConnected(question());
    } catch (error) {
      throw toBusError(error, what);
    }
  }

  /** What nobody answers here is the stream. */
  async #askStream<T>(stream: string, question: () => Promise<T>): Promise<T> {
    try {
      return await this.#ask(`stream ${stream}`, question);
    } catch (error) {
      if (!(error instanceof BusError) || error.code !== "NoResponders") throw error;
      throw new BusError("NoStream", `stream ${stream}: does not exist, or cannot be read directly`, { cause: error });
    }
  }

  #library<T>(what: string, call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw toBusError(error, what);
    }
  }
}

function failureHeaders(): ReturnType<typeof headers> {
  const failure = headers();
  // What went wrong stays in the responder's log: it may hold what the requester must not see.
  failure.set(ERROR_HEADER, "the responder failed");
  return failure;
}
