const KEPT_MS = 24 * 60 * 60 * 1000;
const MAX_REQUESTS = 10_000;
const MAX_BYTES = 64 * 1024 * 1024;

export interface Answer {
  readonly status: number;
  readonly headers: [name: string, value: string][];
  readonly body: Uint8Array<ArrayBuffer>;
}

interface Entry {
  readonly fingerprint: string;
  readonly atMs: number;
  /** Undefined while the request runs. */
  readonly answer?: Answer;
}

export type Begun = { readonly type: "New" | "Running" | "Other" } | { readonly type: "Answered"; readonly answer: Answer };

/** Requests by their names, and the answers that they got: for 24 hours, the newest 10,000 and 64 MiB of them, whichever is less. */
export class AnsweredRequests {
  readonly #now: () => number;
  /** Oldest first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What is known of a request; a new one runs from now on, until `finish` or `forget`. */
  begin(name: string, fingerprint: string): Begun {
    this.#expire();
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      this.#entries.set(name, { fingerprint, atMs: this.#now() });
      return { type: "New" };
    }
    if (entry.fingerprint !== fingerprint) {
      return { type: "Other" };
    }
    return entry.answer === undefined ? { type: "Running" } : { type: "Answered", answer: entry.answer };
  }

  finish(name: string, answer: Answer): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) {
      return;
    }
    this.#entries.delete(name);
    this.#entries.set(name, { fingerprint: entry.fingerprint, atMs: this.#now(), answer });
    this.#bytes += answer.body.byteLength;
    this.#expire();
  }

  forget(name: string): void {
    this.#bytes -= this.#entries.get(name)?.answer?.body.byteLength ?? 0;
    this.#entries.delete(name);
  }

  #expire(): void {
    for (const [name, { atMs, answer }] of this.#entries) {
      // One that runs ends by itself.
      if (answer === undefined) {
        continue;
      }
      if (this.#entries.size <= MAX_REQUESTS && this.#bytes <= MAX_BYTES && this.#now() - atMs < KEPT_MS) {
        return;
      }
      this.forget(name);
    }
  }
}
