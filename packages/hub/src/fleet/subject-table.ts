import { SubjectDigests } from "@portolan/shared/wire";

/** What stands on one subject of a cluster. */
export interface StandingPayload {
  /** Over subject and payload, lower-case hex. */
  readonly digest: string;
  /** Sequence in the stream. */
  readonly sequence: number;
  /** Grows with every message that the table takes: tells what came after a given moment. */
  readonly arrival: number;
}

/**
 * The last payload on every subject of one cluster, whatever it says, and the digest over them all, kept incrementally.
 * It mirrors the stream, not the view: so garbage on a subject shows as a difference to what the agent says, and is repaired.
 */
export class SubjectTable {
  readonly #standing = new Map<string, StandingPayload>();
  readonly #digests = new SubjectDigests();
  #arrivals = 0;

  /** How many messages were taken so far. */
  get arrivals(): number {
    return this.#arrivals;
  }

  get size(): number {
    return this.#digests.count;
  }

  /** Order-independent, lower-case hex. */
  get digest(): string {
    return this.#digests.hex;
  }

  get standing(): ReadonlyMap<string, StandingPayload> {
    return this.#standing;
  }

  /** Returns the payload's digest. */
  put(subject: string, payload: Uint8Array, sequence: number): string {
    this.#arrivals += 1;
    this.#digests.set(subject, payload);
    const digest = this.#digests.get(subject) ?? "";
    this.#standing.set(subject, { digest, sequence, arrival: this.#arrivals });
    return digest;
  }

  remove(subject: string): void {
    this.#arrivals += 1;
    this.#digests.delete(subject);
    this.#standing.delete(subject);
  }
}
