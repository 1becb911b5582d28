import {
  BusError,
  type Bus,
  type KeyValue,
  type KeyValueOptions,
  type PublishStoredOptions,
  type StoredAck,
  type StoredMessage,
} from "@portolan/shared/bus";

/** What the hub's parts need of the bus. */
export type HubBus = Pick<Bus, "connected" | "publishStored" | "request" | "lastMessage" | "keyValue">;

/**
 * A bus that may not be there yet: the hub answers requests, and says what it waits for, long before NATS can be reached. Until then
 * everything rejects as if the connection had been lost.
 */
export class LateBus implements HubBus {
  #bus: Bus | undefined;

  attach(bus: Bus): void {
    this.#bus = bus;
  }

  get connected(): boolean {
    return this.#bus?.connected ?? false;
  }

  async publishStored(subject: string, payload: Uint8Array, options?: PublishStoredOptions): Promise<StoredAck> {
    return this.#attached().publishStored(subject, payload, options);
  }

  async request(subject: string, payload: Uint8Array, options: { readonly timeoutMs: number }): Promise<Uint8Array> {
    return this.#attached().request(subject, payload, options);
  }

  async lastMessage(stream: string, subject: string): Promise<StoredMessage | undefined> {
    return this.#attached().lastMessage(stream, subject);
  }

  async keyValue(bucket: string, options?: KeyValueOptions): Promise<KeyValue> {
    return this.#attached().keyValue(bucket, options);
  }

  #attached(): Bus {
    if (this.#bus === undefined) {
      throw new BusError("Disconnected", "NATS has not been reached yet");
    }
    return this.#bus;
  }
}
