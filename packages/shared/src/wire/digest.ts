/**
 * A digest over the last values of many subjects, kept up with one XOR a change.
 *
 * The digest of one value is SHA-256(subject, zero byte, payload); that of a set is the XOR of its members' digests: 32 bytes that
 * do not depend on an order. It finds what got lost; it is no defence against someone who makes up values to reach a given
 * digest, and need not be one: an agent speaks only for its own cluster.
 */
import { hash } from "node:crypto";

export interface SubjectDigest {
  readonly subject: string;
  /** Lower-case hex, 64 digits. */
  readonly digest: string;
}

const DIGEST_BYTES = 32;
const SEPARATOR = Buffer.from([0]);

/** Digest of one last value, lower-case hex. */
export function subjectDigest(subject: string, payload: Uint8Array): string {
  return digestOf(subject, payload).toString("hex");
}

function digestOf(subject: string, payload: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([Buffer.from(subject), SEPARATOR, payload]), "buffer");
}

/** The digests of a set of last values: one entry a subject. */
export class SubjectDigests {
  readonly #digests = new Map<string, Buffer>();
  readonly #combined = Buffer.alloc(DIGEST_BYTES);

  /** Number of subjects. */
  get count(): number {
    return this.#digests.size;
  }

  /** The digest of the whole set, lower-case hex; 64 zeros when it is empty. */
  get hex(): string {
    return this.#combined.toString("hex");
  }

  /** Records the last value of a subject. Returns false when it is the one already recorded. */
  set(subject: string, payload: Uint8Array): boolean {
    const digest = digestOf(subject, payload);
    const previous = this.#digests.get(subject);
    if (previous !== undefined) {
      if (previous.equals(digest)) return false;
      this.#combine(previous);
    }
    this.#digests.set(subject, digest);
    this.#combine(digest);
    return true;
  }

  /** Forgets a subject. Returns false when it was not recorded. */
  delete(subject: string): boolean {
    const previous = this.#digests.get(subject);
    if (previous === undefined) return false;
    this.#digests.delete(subject);
    this.#combine(previous);
    return true;
  }

  clear(): void {
    this.#digests.clear();
    this.#combined.fill(0);
  }

  has(subject: string): boolean {
    return this.#digests.has(subject);
  }

  /** Digest of one subject's last value, lower-case hex. */
  get(subject: string): string | undefined {
    return this.#digests.get(subject)?.toString("hex");
  }

  /** Every subject with its digest, ordered by subject. */
  entries(): SubjectDigest[] {
    return [...this.#digests]
      .map(([subject, digest]) => ({ subject, digest: digest.toString("hex") }))
      .toSorted((a, b) => (a.subject < b.subject ? -1 : 1));
  }

  #combine(digest: Buffer): void {
    for (let index = 0; index < DIGEST_BYTES; index++) {
      this.#combined[index] = (this.#combined[index] ?? 0) ^ (digest[index] ?? 0);
    }
  }
}
