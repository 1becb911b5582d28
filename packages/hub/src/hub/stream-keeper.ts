import type { Logger } from "pino";
import { BusError, FLEET_STREAMS, type Bus } from "@portolan/shared/bus";

const RETRY_MS = 500;

/** Makes the fleet's streams, and makes them again when they are lost. */
export class StreamKeeper {
  readonly #bus: Pick<Bus, "ensureStreams">;
  readonly #logger: Logger;
  #running = false;
  #again = false;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(bus: Pick<Bus, "ensureStreams">, logger: Logger) {
    this.#bus = bus;
    this.#logger = logger;
  }

  /** Looks at the streams now, or as soon as possible. */
  ensure(): void {
    if (this.#stopped) {
      return;
    }
    if (this.#running) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#retry);
    this.#running = true;
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
  }

  async #run(): Promise<void> {
    do {
      this.#again = false;
      try {
        await this.#bus.ensureStreams(FLEET_STREAMS);
      } catch (error) {
        if (!(error instanceof BusError)) {
          throw error;
        }
        this.#logger.warn({ code: error.code, detail: error.message }, "could not make the fleet's streams, will try again");
        this.#retry = setTimeout(() => this.ensure(), RETRY_MS);
      }
    } while (this.#again);
    this.#running = false;
  }
}
