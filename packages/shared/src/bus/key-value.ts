/** A key-value bucket: the client library's for reading and writing one key, a follower of its stream for everything that lasts. */
import { Kvm } from "@nats-io/kv";
import type { KV } from "@nats-io/kv";
import { jetstream } from "@nats-io/jetstream";
import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import { headers, millis, nuid } from "@nats-io/transport-node";
import type { Msg, MsgHdrs } from "@nats-io/transport-node";

import type { Delivery } from "./delivery.ts";
import { BusError } from "./errors.ts";
import { readAll, StreamFollower } from "./follower.ts";
import type { FollowerBus } from "./follower.ts";
import type { Follower, KeyValue, KeyValueBucket, KeyValueChange, KeyValueEntry, KeyValueOptions, KeyValueWrite } from "./model.ts";
import { toBusError } from "./nats-errors.ts";

const READ_ALL_TIMEOUT_MS = 10_000;
const OPERATION_HEADER = "KV-Operation";
/** Set by the server on the marker of an entry that expired or was removed by a limit. */
const MARKER_HEADER = "Nats-Marker-Reason";

const STREAM_PREFIX = "KV_";

/** Every bucket of the account: the streams that the client library's naming tells to be some. */
export async function listBuckets(manager: JetStreamManager): Promise<KeyValueBucket[]> {
  const found: KeyValueBucket[] = [];
  for await (const { config } of manager.streams.list("$KV.>")) {
    if (!config.name.startsWith(STREAM_PREFIX)) continue;
    found.push({
      name: config.name.slice(STREAM_PREFIX.length),
      ...(config.max_age > 0 ? { ttlMs: millis(config.max_age) } : {}),
    });
  }
  return found;
}

/** Opens the bucket, and makes it when it is missing. */
export async function openKeyValue(bus: FollowerBus, bucket: string, options: KeyValueOptions): Promise<KeyValue> {
  const client = jetstream(bus.connection);
  const opened = new Kvm(client).create(bucket, {
    history: 1,
    replicas: options.replicas ?? 1,
    ...(options.ttlMs === undefined ? {} : { ttl: options.ttlMs }),
  });
  try {
    return new Bucket(bus, bucket, client, await bus.whileConnected(opened));
  } catch (error) {
    throw toBusError(error, `bucket ${bucket}`);
  }
}

class Bucket implements KeyValue {
  readonly #bus: FollowerBus;
  readonly #bucket: string;
  readonly #client: JetStreamClient;
  readonly #kv: KV;

  constructor(bus: FollowerBus, bucket: string, client: JetStreamClient, kv: KV) {
    this.#bus = bus;
    this.#bucket = bucket;
    this.#client = client;
    this.#kv = kv;
  }

  async get(key: string): Promise<KeyValueEntry | undefined> {
    const entry = await this.#run(key, () => this.#kv.get(key));
    return entry === null || entry.operation !== "PUT" ? undefined : { key, value: entry.value, revision: entry.revision };
  }

  create(key: string, value: Uint8Array): Promise<number> {
    return this.#run(key, () => this.#kv.create(key, value));
  }

  update(key: string, value: Uint8Array, revision: number): Promise<number> {
    return this.#run(key, () => this.#kv.update(key, value, revision));
  }

  put(key: string, value: Uint8Array): Promise<number> {
    return this.#run(key, () => this.#kv.put(key, value));
  }

  delete(key: string, revision?: number): Promise<void> {
    return this.#run(key, () => this.#kv.delete(key, revision === undefined ? {} : { previousSeq: revision }));
  }

  append(writes: readonly KeyValueWrite[], lastRevision: number): Promise<PromiseSettledResult<number>[]> {
    // A sequence alone does not chain them: where somebody else's write takes the place of one, the next one would fit behind it.
    const chain = nuid.next();
    return Promise.allSettled(
      writes.map(({ key, value, note }, index) =>
        this.#run(key, async () => {
          const lastSequence = lastRevision + index;
          const { seq } = await this.#client.publish(`$KV.${this.#bucket}.${key}`, value ?? note ?? new Uint8Array(), {
            msgID: `${chain}-${index}`,
            expect: {
              lastSequence,
              // Servers before 2.11 do not look at a 0: an empty bucket has no such key, at least.
              ...(lastSequence === 0 ? { lastSubjectSequence: 0 } : {}),
              ...(index === 0 ? {} : { lastMsgID: `${chain}-${index - 1}` }),
            },
            ...(value === undefined ? { headers: deletion() } : {}),
          });
          return seq;
        }),
      ),
    );
  }

  lastRevision(): Promise<number> {
    return this.#run("", async () => (await this.#bus.manager.streams.info(this.#stream)).state.last_seq);
  }

  async keys(): Promise<string[]> {
    return (await this.entries()).map(({ key }) => key);
  }

  async entries(): Promise<KeyValueEntry[]> {
    const latest = new Map<string, KeyValueEntry>();
    for (const [message, delivery] of await this.#run("", () => readAll(this.#bus, this.#stream, this.#subjects, READ_ALL_TIMEOUT_MS))) {
      const { key, value, revision } = this.#change(message, delivery);
      if (value === undefined) latest.delete(key);
      else latest.set(key, { key, value, revision });
    }
    return [...latest.values()];
  }

  watch(watcher: Parameters<KeyValue["watch"]>[0]): Follower {
    return new StreamFollower(this.#bus, this.#stream, {
      subjects: [this.#subjects],
      onMessage: (message, delivery) => watcher.onChange(this.#change(message, delivery)),
      onCaughtUp: () => watcher.onCaughtUp(),
      onReset: () => watcher.onReset(),
    });
  }

  get #stream(): string {
    return STREAM_PREFIX + this.#bucket;
  }

  get #subjects(): string {
    return `$KV.${this.#bucket}.>`;
  }

  #change(message: Msg, { streamSequence: revision }: Delivery): KeyValueChange {
    const key = message.subject.slice(`$KV.${this.#bucket}.`.length);
    const deleted = message.headers?.has(OPERATION_HEADER) === true || message.headers?.has(MARKER_HEADER) === true;
    const data = Uint8Array.from(message.data);
    if (!deleted) return { key, value: data, revision };
    return { key, revision, ...(data.length === 0 ? {} : { note: data }) };
  }

  async #run<T>(key: string, operation: () => Promise<T>): Promise<T> {
    const what = key === "" ? `bucket ${this.#bucket}` : `bucket ${this.#bucket}, key ${key}`;
    if (!this.#bus.isConnected()) throw new BusError("Disconnected", `${what}: there is no connection`);
    try {
      return await this.#bus.whileConnected(operation());
    } catch (error) {
      const mapped = toBusError(error, what);
      // What nobody answers here is the bucket's own stream.
      throw mapped.code === "NoResponders" ? new BusError("NoStream", mapped.message, { cause: error }) : mapped;
    }
  }
}

/** Headers of the marker that stands for a deleted key. */
function deletion(): MsgHdrs {
  const marker = headers();
  marker.set(OPERATION_HEADER, "DEL");
  return marker;
}
