/**
 * Reads a stream's messages and then what comes, whatever happens to connection, server, consumer and stream.
 *
 * It keeps an ephemeral push consumer and looks at the stream about once a second and after every reconnect; what to do then is decided
 * in `follow-decision.ts`. A consumer is never repaired: at the first doubt (a gap, silence, an error) it is left behind and another
 * one reads on after the last message that was delivered.
 */
import { AckPolicy, DeliverPolicy } from "@nats-io/jetstream";
import type { ConsumerConfig, JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { createInbox, nanos, nuid } from "@nats-io/transport-node";
import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";

import { parseDelivery } from "./delivery.ts";
import type { Delivery } from "./delivery.ts";
import { BusError } from "./errors.ts";
import { decideFollow } from "./follow-decision.ts";
import type { FollowDecision, FollowerState, Known, Observed } from "./follow-decision.ts";
import type { BusLogger, Follower, FollowOptions } from "./model.ts";
import { toBusError } from "./nats-errors.ts";

/** How often the stream is looked at. */
const LOOK_MS = 1_000;
/** How often it is looked at while it is missing, or could not be looked at. */
const LOOK_AGAIN_MS = 250;
const HEARTBEAT_MS = 1_000;
/** Two heartbeats missed. */
const SILENCE_MS = 3_000;
/** How long the server keeps a consumer that was left behind. */
const INACTIVE_MS = 10_000;
/** Status of idle heartbeats and flow control. */
const CONTROL = 100;

/** What a follower needs of the bus. */
export interface FollowerBus {
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly inboxPrefix: string | undefined;
  readonly logger: BusLogger | undefined;
  isConnected(): boolean;
  /** Rejects when the connection is lost before the promise settles. */
  whileConnected<T>(promise: Promise<T>): Promise<T>;
  /** Called at every change of the connection. Returns what ends it. */
  onStatus(listener: () => void): () => void;
}

/** Like {@link FollowOptions}, but with what the library delivers: key-value buckets need the headers. */
export interface StreamReader extends Omit<FollowOptions, "onMessage"> {
  onMessage(message: Msg, delivery: Delivery): void;
}

/** One consumer's life. */
interface Reading {
  readonly subscription: Subscription;
  consumerSequence: number;
  lastHeardAt: number;
  caughtUp: boolean;
}

export class StreamFollower implements Follower {
  readonly #bus: FollowerBus;
  readonly #stream: string;
  readonly #reader: StreamReader;
  readonly #endStatus: () => void;
  #known: Known | undefined;
  #reading: Reading | undefined;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #lookAgain = false;
  #lastTrouble = "";

  constructor(bus: FollowerBus, stream: string, reader: StreamReader) {
    this.#bus = bus;
    this.#stream = stream;
    this.#reader = reader;
    this.#endStatus = bus.onStatus(() => {
      this.#leave();
      this.#lookSoon();
    });
    this.#lookSoon();
  }

  stop(): void {
    this.#stopped = true;
    this.#leave();
    this.#endStatus();
    clearTimeout(this.#timer);
  }

  /** Looks now, or once more when a look is under way. */
  #lookSoon(): void {
    if (this.#stopped) return;
    if (this.#looking) {
      this.#lookAgain = true;
      return;
    }
    clearTimeout(this.#timer);
    // While there is no connection nothing can be seen; the reconnect looks.
    if (!this.#bus.isConnected()) return;
    void this.#lookOnce();
  }

  /** Never rejects. */
  async #lookOnce(): Promise<void> {
    this.#looking = true;
    this.#lookAgain = false;
    const pauseMs = await this.#look();
    this.#looking = false;
    if (this.#stopped) return;
    if (this.#lookAgain) this.#lookSoon();
    else this.#timer = setTimeout(() => this.#lookSoon(), pauseMs);
  }

  /** Looks, and does what follows from it. Returns how long to wait for the next look; never rejects. */
  async #look(): Promise<number> {
    try {
      this.#leaveWhenSilent();
      // Taken before the look, because messages go on arriving during it.
      const known = this.#known;
      const observed = await this.#observe();
      if (this.#stopped) return LOOK_MS;
      if (observed === undefined) {
        this.#forget(known !== undefined);
        this.#trouble("the stream does not exist");
        return LOOK_AGAIN_MS;
      }
      await this.#adapt(observed, decideFollow(known, observed, this.#state()));
      this.#trouble("");
      return LOOK_MS;
    } catch (error) {
      this.#leave();
      this.#trouble(toBusError(error, this.#stream).message);
      return LOOK_AGAIN_MS;
    }
  }

  #state(): FollowerState {
    return { consuming: this.#reading !== undefined, lastValues: (this.#reader.start ?? "lastPerSubject") === "lastPerSubject" };
  }

  async #adapt(observed: Observed, decision: FollowDecision): Promise<void> {
    switch (decision.action) {
      case "keep":
        break;
      case "restart": {
        this.#forget(decision.reset);
        const after = startAfter(this.#reader.start, observed.lastSequence);
        this.#known = { ...observed, lastSequence: after ?? 0 };
        await this.#read(after);
        break;
      }
      case "resume": {
        // More may have been delivered since the decision's facts were taken.
        const lastSequence = Math.max(decision.after, this.#known?.lastSequence ?? 0);
        this.#known = { ...observed, lastSequence };
        await this.#read(lastSequence);
        break;
      }
    }
  }

  /** Undefined when there is no such stream. */
  async #observe(): Promise<Observed | undefined> {
    const info = await this.#streamInfo();
    if (info === undefined) return undefined;
    return { created: info.created, lastSequence: info.state.last_seq, serverId: this.#bus.connection.info?.server_id ?? "" };
  }

  async #streamInfo(): Promise<StreamInfo | undefined> {
    try {
      return await this.#bus.whileConnected(this.#bus.manager.streams.info(this.#stream));
    } catch (error) {
      if (toBusError(error, this.#stream).code === "NoStream") return undefined;
      throw error;
    }
  }

  /** Makes a consumer and delivers what it brings: everything, or what comes after a sequence. */
  async #read(after: number | undefined): Promise<void> {
    this.#leave();
    const inbox = createInbox(this.#bus.inboxPrefix);
    const reading: Reading = {
      subscription: this.#bus.connection.subscribe(inbox, {
        callback: (error, message) => {
          if (this.#reading !== reading) return;
          if (error === null) this.#heard(reading, message);
          else this.#doubt(`deliveries cannot be received (${error.message})`);
        },
      }),
      consumerSequence: 0,
      lastHeardAt: performance.now(),
      caughtUp: false,
    };
    this.#reading = reading;
    const { num_pending: pending, delivered } = await this.#bus.whileConnected(
      this.#bus.manager.consumers.add(this.#stream, this.#consumerConfig(inbox, after)),
    );
    if (pending === 0 && delivered.consumer_seq === 0) this.#caughtUp(reading);
  }

  #consumerConfig(inbox: string, after: number | undefined): Partial<ConsumerConfig> {
    return {
      name: `follow-${nuid.next()}`,
      deliver_subject: inbox,
      filter_subjects: [...this.#reader.subjects],
      ...(after === undefined
        ? { deliver_policy: this.#reader.start === "all" ? DeliverPolicy.All : DeliverPolicy.LastPerSubject }
        : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: after + 1 }),
      ack_policy: AckPolicy.None,
      flow_control: true,
      idle_heartbeat: nanos(HEARTBEAT_MS),
      inactive_threshold: nanos(INACTIVE_MS),
      mem_storage: true,
      num_replicas: 1,
    };
  }

  #heard(reading: Reading, message: Msg): void {
    reading.lastHeardAt = performance.now();
    const status = message.headers?.code ?? 0;
    if (status === CONTROL) {
      this.#control(reading, message);
      return;
    }
    if (status !== 0) {
      this.#doubt(`the server ended the consumer (${status} ${message.headers?.description ?? ""})`);
      return;
    }
    const delivery = parseDelivery(message.reply);
    if (delivery === undefined || delivery.consumerSequence !== reading.consumerSequence + 1) {
      this.#doubt("a message was lost on the way");
      return;
    }
    reading.consumerSequence = delivery.consumerSequence;
    if (this.#known !== undefined) this.#known = { ...this.#known, lastSequence: delivery.streamSequence };
    this.#call(() => this.#reader.onMessage(message, delivery));
    if (delivery.pending === 0) this.#caughtUp(reading);
  }

  /** Idle heartbeats tell how far the consumer is; flow control waits for an answer (NATS ADR-15). */
  #control(reading: Reading, message: Msg): void {
    if (message.reply !== undefined && message.reply !== "") {
      message.respond();
      return;
    }
    const stalled = message.headers?.get("Nats-Consumer-Stalled") ?? "";
    if (stalled !== "") this.#bus.connection.publish(stalled);
    if (Number(message.headers?.get("Nats-Last-Consumer")) !== reading.consumerSequence) {
      this.#doubt("the last message was lost on the way");
      return;
    }
    this.#caughtUp(reading);
  }

  #caughtUp(reading: Reading): void {
    if (reading.caughtUp || this.#reading !== reading) return;
    reading.caughtUp = true;
    this.#call(() => this.#reader.onCaughtUp());
  }

  #leaveWhenSilent(): void {
    if (this.#reading === undefined || performance.now() - this.#reading.lastHeardAt < SILENCE_MS) return;
    this.#trouble("the consumer went silent");
    this.#leave();
  }

  #doubt(reason: string): void {
    this.#trouble(reason);
    this.#leave();
    this.#lookSoon();
  }

  /** Leaves the consumer behind; the server removes it when nobody listens. */
  #leave(): void {
    this.#reading?.subscription.unsubscribe();
    this.#reading = undefined;
  }

  #forget(reset: boolean): void {
    this.#leave();
    this.#known = undefined;
    if (!reset) return;
    this.#bus.logger?.warn({ stream: this.#stream }, "the stream is gone, was made anew or lost its end; reading it anew");
    this.#call(() => this.#reader.onReset());
  }

  /** Says what holds it up, once. */
  #trouble(message: string): void {
    if (message === this.#lastTrouble) return;
    this.#lastTrouble = message;
    if (message === "") this.#bus.logger?.info({ stream: this.#stream }, "following the stream");
    else this.#bus.logger?.warn({ stream: this.#stream, reason: message }, "following the stream is held up");
  }

  /** Not even a failing handler may end the connection's reader, or the next look. */
  #call(handler: () => void): void {
    if (this.#stopped) return;
    try {
      handler();
    } catch (error) {
      this.#bus.logger?.error({ err: error, stream: this.#stream }, "a handler of a follower failed");
    }
  }
}

/** The sequence after which a reader begins; undefined when its consumer finds the start by itself. */
function startAfter(start: FollowOptions["start"], lastSequence: number): number | undefined {
  if (start === "new") return lastSequence;
  return typeof start === "object" ? Math.max(0, lastSequence - start.newest) : undefined;
}

/** Everything that a stream holds for some subjects now, by one consumer; rejects when that takes too long. */
export function readAll(bus: FollowerBus, stream: string, subject: string, timeoutMs: number): Promise<[Msg, Delivery][]> {
  const { promise, resolve, reject } = Promise.withResolvers<[Msg, Delivery][]>();
  let found: [Msg, Delivery][] = [];
  const timer = setTimeout(() => reject(new BusError("Timeout", `${stream}: not read to its end within ${timeoutMs} ms`)), timeoutMs);
  const follower = new StreamFollower(bus, stream, {
    subjects: [subject],
    onMessage: (message, delivery) => found.push([message, delivery]),
    onReset: () => {
      found = [];
    },
    onCaughtUp: () => resolve(found),
  });
  return promise.finally(() => {
    clearTimeout(timer);
    follower.stop();
  });
}
