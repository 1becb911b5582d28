/** The cluster's timeline: events tell a story. They are sent once and in order, and may be lost; state is in reports. */
import type { Bus } from "@portolan/shared/bus";
import { clip, encodeEvent, subjects, TEXT_LIMITS, type FleetEvent } from "@portolan/shared/wire";
import type { Logger } from "pino";
import type { Reporter } from "./instance-report.ts";

export type TimelineEntry = Omit<FleetEvent, "cluster" | "incarnation">;

/** Keeps the newest entries while the broker is away. */
const mostWaiting = 1_000;
const retryMs = 500;

export class Timeline {
  readonly #bus: Bus;
  readonly #reporter: Reporter;
  readonly #logger: Logger;
  readonly #waiting: { readonly subject: string; readonly payload: Uint8Array }[] = [];
  #sending = false;
  #stopped = false;
  readonly #unsubscribe: () => void;

  constructor(bus: Bus, reporter: Reporter, logger: Logger) {
    this.#bus = bus;
    this.#reporter = reporter;
    this.#logger = logger;
    this.#unsubscribe = bus.onStatus((status) => {
      if (status === "connected") void this.#drain();
    });
  }

  add(entry: TimelineEntry): void {
    const { cluster, incarnation } = this.#reporter;
    const { message, hook } = entry;
    const payload = encodeEvent({
      cluster,
      incarnation,
      ...entry,
      ...(message === undefined ? {} : { message: clip(message, TEXT_LIMITS.message) }),
      ...(hook === undefined ? {} : { hook: { ...hook, object: clip(hook.object, TEXT_LIMITS.line) } }),
    });
    this.#waiting.push({ subject: subjects.event(cluster, entry.namespace, entry.name), payload });
    if (this.#waiting.length > mostWaiting) this.#waiting.shift();
    void this.#drain();
  }

  stop(): void {
    this.#stopped = true;
    this.#unsubscribe();
  }

  async #drain(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let next = this.#waiting[0]; next !== undefined && this.#bus.connected && !this.#stopped; next = this.#waiting[0]) {
        await this.#bus.publishStored(next.subject, next.payload);
        if (this.#waiting[0] === next) this.#waiting.shift();
      }
    } catch (error) {
      this.#logger.debug({ err: error }, "an event could not be published and is tried again");
      setTimeout(() => void this.#drain(), retryMs).unref();
    } finally {
      this.#sending = false;
    }
  }
}
