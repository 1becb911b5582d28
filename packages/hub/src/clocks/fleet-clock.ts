import type { Logger } from "pino";
import { BusError, INTENTS_STREAM, type Bus } from "@portolan/shared/bus";
import { SkewEstimate } from "./skew-estimate.ts";

/**
 * The time by the NATS server's clock, for a hub whose own may differ. What one hub has stored (when a soak began, when an intent was sent)
 * the next one holds against its own time, and both may act at once.
 */
export class FleetClock {
  readonly #own: () => number;
  readonly #logger: Logger;
  readonly #estimate = new SkewEstimate();
  #skewMs = 0;

  /** @param own the hub's own clock */
  constructor(own: () => number, logger: Logger) {
    this.#own = own;
    this.#logger = logger;
  }

  /** In ms since the Unix epoch. By the hub's own clock until the other was measured. */
  now(): number {
    return this.#own() - this.#skewMs;
  }

  /** So far the hub's own clock is ahead (ms); 0 within a second. */
  get skewMs(): number {
    return this.#skewMs;
  }

  /** Asks the server for its time. Without a stream, or a connection, everything stays as it was. */
  async measure(bus: Pick<Bus, "serverTimeMs">): Promise<void> {
    const askedAtMs = this.#own();
    const serverMs = await this.#ask(bus);
    if (serverMs === undefined) {
      return;
    }
    const skewMs = this.#estimate.take(askedAtMs - serverMs);
    if (skewMs !== this.#skewMs) {
      this.#logger.warn({ skewMs }, "this hub's clock is not the NATS server's: it goes by that, as far as the fleet is concerned");
      this.#skewMs = skewMs;
    }
  }

  async #ask(bus: Pick<Bus, "serverTimeMs">): Promise<number | undefined> {
    try {
      return await bus.serverTimeMs(INTENTS_STREAM.name);
    } catch (error) {
      if (!(error instanceof BusError)) {
        throw error;
      }
      this.#logger.debug({ code: error.code, detail: error.message }, "the NATS server's time could not be read");
      return undefined;
    }
  }
}
