/** What the bus can do, in terms that know nothing of the client library. */

/** Structured log lines; pino's loggers are such. */
export interface BusLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface BusOptions {
  /** `nats://host:port`, one or more. */
  readonly servers: string | readonly string[];
  /** Shown in the server's monitoring. */
  readonly name: string;
  /** First tokens of every reply subject; one per agent, so that no agent can listen to another's replies. */
  readonly inboxPrefix?: string;
  /** Content of a NATS credentials file. A function is asked at every connect, so that a credential can be rotated. */
  readonly credentials?: Uint8Array | (() => Uint8Array);
  /** Ends the wait for the first connection. */
  readonly signal?: AbortSignal;
  readonly logger?: BusLogger;
  /** The longest pause between two attempts to connect. Default 2,000. */
  readonly maxReconnectDelayMs?: number;
  /**
   * After a lost connection the first attempt comes after a random part of this. Default 100. A fleet of thousands needs minutes:
   * a server takes a few hundred TLS connections a second.
   */
  readonly reconnectJitterMs?: number;
}

export type BusStatus = "connected" | "disconnected";

export interface BusMessage {
  readonly subject: string;
  /** A view of the network buffer: copy what is to be kept for long. */
  readonly payload: Uint8Array;
}

export interface StoredMessage extends BusMessage {
  /** Sequence in the stream. */
  readonly sequence: number;
  /** When it was stored, by the server's clock (ms since the Unix epoch). */
  readonly storedAtMs: number;
}

export interface PublishStoredOptions {
  /** Only when the subject's last message has this sequence (0: when it has none). */
  readonly expectedLastSubjectSequence?: number;
  /** The stream takes a message once when it comes again with the same id within 2 minutes. For streams with one kind of writer only. */
  readonly messageId?: string;
  /** Default 5,000. */
  readonly timeoutMs?: number;
}

export interface StoredAck {
  readonly stream: string;
  /** A sequence that is lower than an earlier one of the same stream tells that the stream was made anew. */
  readonly sequence: number;
}

export interface Subscription {
  unsubscribe(): void;
}

export interface FollowOptions {
  /** Subjects of the stream, wildcards allowed. */
  readonly subjects: readonly string[];
  /**
   * What is delivered first: the last message of every subject (default), every stored message, those among the `newest` sequences of
   * the stream, or none. Then comes what is stored from now on.
   */
  readonly start?: "lastPerSubject" | "all" | "new" | { readonly newest: number };
  /**
   * In the order of the stream. After a reconnect a message may come again; after a crash of the server, in which the newest message
   * of a subject got lost, the one before it may.
   */
  onMessage(message: StoredMessage): void;
  /** All that was stored at the start has been delivered. Comes again after every reconnect. */
  onCaughtUp(): void;
  /**
   * What was delivered so far no longer holds: the stream is gone, was made anew, or lost its tail. Everything that is (or will be)
   * in it is delivered next.
   */
  onReset(): void;
}

export interface Follower {
  stop(): void;
}

export interface KeyValueOptions {
  /** Entries disappear when they were not written for so long. */
  readonly ttlMs?: number;
  readonly replicas?: number;
}

export interface KeyValueBucket {
  readonly name: string;
  /** Entries disappear when they were not written for so long; absent: they stay. */
  readonly ttlMs?: number;
}

export interface KeyValueEntry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Grows with every write to the bucket. */
  readonly revision: number;
}

/** What a key is to hold; without a value it is deleted. */
export interface KeyValueWrite {
  readonly key: string;
  readonly value?: Uint8Array;
  /** What is said of a deletion: who watches the key reads it until the key is written again. */
  readonly note?: Uint8Array;
}

/** A change of a key; without a value when it was deleted. */
export interface KeyValueChange {
  readonly key: string;
  readonly value?: Uint8Array;
  /** What was said of the deletion. */
  readonly note?: Uint8Array;
  readonly revision: number;
}

/** Keys are of `A-Z a-z 0-9 - / _ = .`. Every write can be conditional: nothing else fences a former leader. */
export interface KeyValue {
  get(key: string): Promise<KeyValueEntry | undefined>;
  /** The new revision. BusError WrongLastSequence when the key exists. */
  create(key: string, value: Uint8Array): Promise<number>;
  /** The new revision. BusError WrongLastSequence when the key has another revision. */
  update(key: string, value: Uint8Array, revision: number): Promise<number>;
  /** The new revision, whatever was there. */
  put(key: string, value: Uint8Array): Promise<number>;
  /** BusError WrongLastSequence when a revision is given and the key has another one. */
  delete(key: string, revision?: number): Promise<void>;
  /**
   * Writes one after the other, each only right behind the one before it, and the first only when the bucket's newest write is the one
   * with this revision (0: when there is none). What became of each, in order: its revision, or a BusError. After the first that was
   * refused (WrongLastSequence) all are.
   */
  append(writes: readonly KeyValueWrite[], lastRevision: number): Promise<PromiseSettledResult<number>[]>;
  /** Revision of the bucket's newest write; 0 when there is none. */
  lastRevision(): Promise<number>;
  keys(): Promise<string[]>;
  entries(): Promise<KeyValueEntry[]>;
  watch(watcher: Omit<FollowOptions, "subjects" | "onMessage" | "start"> & { onChange(change: KeyValueChange): void }): Follower;
}

/** What a stream keeps. */
export interface StreamSpec {
  readonly name: string;
  readonly description: string;
  readonly subjects: readonly string[];
  /** 1 = last values; absent = no bound. */
  readonly maxMessagesPerSubject?: number;
  readonly maxAgeMs?: number;
  readonly maxBytes?: number;
  readonly replicas?: number;
  /** Nobody can delete or purge messages; only age and size remove them. A stream stays so for good. */
  readonly appendOnly?: boolean;
}

/** The connection to the NATS system. Everything rejects and throws with BusError only. */
export interface Bus {
  readonly connected: boolean;
  /** Bytes of a payload that the server takes. */
  readonly maxPayloadBytes: number;
  /** Called at every change. Returns what ends it. */
  onStatus(listener: (status: BusStatus) => void): () => void;
  /**
   * To whoever listens now. False when it was dropped because there is no connection.
   *
   * @throws {BusError} TooLarge
   */
  publish(subject: string, payload: Uint8Array): boolean;
  /** Into a stream; resolves when the stream has it. Any number may be in flight. */
  publishStored(subject: string, payload: Uint8Array, options?: PublishStoredOptions): Promise<StoredAck>;
  /** Also what a stream stores. Survives reconnects; what comes in between is missed. */
  subscribe(subject: string, handler: (message: BusMessage) => void): Subscription;
  request(subject: string, payload: Uint8Array, options: { readonly timeoutMs: number }): Promise<Uint8Array>;
  /** Answers requests. When the handler fails, the requester gets BusError Rejected. */
  respond(subject: string, handler: (payload: Uint8Array, subject: string) => Uint8Array | Promise<Uint8Array>): Subscription;
  /** The last stored message of a subject. */
  lastMessage(stream: string, subject: string): Promise<StoredMessage | undefined>;
  /** Removes what a stream holds for a subject up to a sequence; what came later stays. */
  purgeSubject(stream: string, subject: string, throughSequence: number): Promise<void>;
  /** Makes streams that are missing, and brings the others to their spec. */
  ensureStreams(specs: readonly StreamSpec[]): Promise<void>;
  /** The time by the clock of the server that keeps a stream, in ms since the Unix epoch; undefined when there is no such stream. */
  serverTimeMs(stream: string): Promise<number | undefined>;
  /** When the stream was made, in ms since the Unix epoch; undefined when there is none. */
  streamCreated(stream: string): Promise<number | undefined>;
  /** Reads a stream's last values and then what comes, over every reconnect, until it is stopped. */
  follow(stream: string, options: FollowOptions): Follower;
  /** Every key-value bucket that there is. */
  buckets(): Promise<readonly KeyValueBucket[]>;
  /** Opens a bucket, and makes it when it is missing. */
  keyValue(bucket: string, options?: KeyValueOptions): Promise<KeyValue>;
  roundTripMs(): Promise<number>;
  /** Waits for acknowledgements in flight (for a bounded time), delivers what has arrived, and disconnects. */
  close(): Promise<void>;
}
