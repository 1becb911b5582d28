import type { Readiness } from "../api/mod.ts";

/** What has to be read before the hub's view is complete. */
const PARTS = ["reports", "intents", "catalogs", "catalog set", "cluster labels", "rollouts"] as const;
export type Part = (typeof PARTS)[number];

/** What was read completely so far, and with that, what the hub may do. */
export class StartProgress {
  readonly #done = new Set<Part>();
  readonly #streams: ReadonlyMap<Part, string>;

  /** @param streams the parts that are followed streams, with the streams' names */
  constructor(streams: ReadonlyMap<Part, string>) {
    this.#streams = streams;
  }

  mark(part: Part, done: boolean): void {
    if (done) {
      this.#done.add(part);
    } else {
      this.#done.delete(part);
    }
  }

  has(...parts: readonly Part[]): boolean {
    return parts.every((part) => this.#done.has(part));
  }

  readiness(connected: boolean, servers: string): Readiness {
    const missing = PARTS.filter((part) => !this.#done.has(part));
    return {
      ready: connected && missing.length === 0,
      connected,
      waitingFor: [...(connected ? [] : [`NATS at ${servers}`]), ...missing.map((part) => `${part} to be read`)],
      streams: [...this.#streams].map(([part, name]) => ({ name, caughtUp: this.#done.has(part) })),
    };
  }
}
