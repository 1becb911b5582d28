/** A bus of which a test says when it is connected and what becomes of every publish. */
import {
  BusError,
  type Bus,
  type BusErrorCode,
  type BusMessage,
  type BusStatus,
  type Follower,
  type KeyValue,
  type StoredAck,
  type StoredMessage,
  type Subscription,
} from "@portolan/shared/bus";

interface Published {
  readonly subject: string;
  readonly payload: string;
}

export class FakeBus implements Bus {
  connected = true;
  readonly maxPayloadBytes = Number.POSITIVE_INFINITY;
  /** All that was sent, in order, also what was not taken. */
  readonly published: Published[] = [];
  /** The stored messages that `lastMessage` finds. */
  readonly stored = new Map<string, Uint8Array>();
  /** Taken for the next publishes, in order; without one it is acknowledged. */
  readonly failures: BusErrorCode[] = [];
  /** Sequence of the next acknowledgement. */
  nextSequence = 1;
  /** While true, publishes wait for `release`. */
  held = false;
  readonly #waiting: (() => void)[] = [];
  readonly #listeners = new Set<(status: BusStatus) => void>();
  readonly #handlers = new Map<string, (message: BusMessage) => void>();
  readonly #responders = new Map<string, (payload: Uint8Array, subject: string) => Uint8Array | Promise<Uint8Array>>();

  connect(connected: boolean): void {
    this.connected = connected;
    for (const listener of this.#listeners) listener(connected ? "connected" : "disconnected");
  }

  /** Lets publishes that wait go on. */
  release(): void {
    this.held = false;
    for (const go of this.#waiting.splice(0)) go();
  }

  deliver(subject: string, payload: Uint8Array): void {
    this.#handlers.get(subject)?.({ subject, payload });
  }

  async ask(subject: string, payload: Uint8Array): Promise<Uint8Array> {
    const respond = this.#responders.get(subject);
    if (respond === undefined) throw new BusError("NoResponders", subject);
    return await respond(payload, subject);
  }

  get listeners(): number {
    return this.#listeners.size + this.#handlers.size + this.#responders.size;
  }

  onStatus(listener: (status: BusStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async publishStored(subject: string, payload: Uint8Array): Promise<StoredAck> {
    this.published.push({ subject, payload: Buffer.from(payload).toString() });
    if (this.held) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (!this.connected) throw new BusError("Disconnected", "no connection");
    const failure = this.failures.shift();
    if (failure !== undefined) throw new BusError(failure, failure);
    return { stream: "S", sequence: this.nextSequence++ };
  }

  subscribe(subject: string, handler: (message: BusMessage) => void): Subscription {
    this.#handlers.set(subject, handler);
    return { unsubscribe: () => this.#handlers.delete(subject) };
  }

  respond(subject: string, handler: (payload: Uint8Array, subject: string) => Uint8Array | Promise<Uint8Array>): Subscription {
    this.#responders.set(subject, handler);
    return { unsubscribe: () => this.#responders.delete(subject) };
  }

  async serverTimeMs(): Promise<number> {
    return Date.now();
  }

  async lastMessage(_stream: string, subject: string): Promise<StoredMessage | undefined> {
    if (!this.connected) throw new BusError("Disconnected", "no connection");
    const payload = this.stored.get(subject);
    return payload === undefined ? undefined : { subject, payload, sequence: 1, storedAtMs: 0 };
  }

  publish(): boolean {
    throw unused();
  }

  async buckets(): Promise<never> {
    throw unused();
  }

  async request(): Promise<Uint8Array> {
    throw unused();
  }

  async purgeSubject(): Promise<void> {
    throw unused();
  }

  async ensureStreams(): Promise<void> {
    throw unused();
  }

  async streamCreated(): Promise<number | undefined> {
    throw unused();
  }

  follow(): Follower {
    throw unused();
  }

  async keyValue(): Promise<KeyValue> {
    throw unused();
  }

  async roundTripMs(): Promise<number> {
    throw unused();
  }

  async close(): Promise<void> {
    this.connected = false;
  }
}

function unused(): Error {
  return new Error("an agent has no use for this");
}
