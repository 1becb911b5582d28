import { decodeAvailabilityDocument, type WireProblem } from "@portolan/shared/wire";
import type { Availability } from "./model.ts";

interface Interned {
  readonly availability: Availability;
  /** Versions that were left out, because this hub is older than the agent; named when the document is met for the first time. */
  readonly problems: readonly WireProblem[];
}

/**
 * Gives equal documents once: thousands of clusters with the same catalogs have the same few documents. A document is forgotten
 * when nobody uses it any more.
 */
export class AvailabilityDocuments {
  readonly #known = new Map<string, WeakRef<Availability>>();
  readonly #forget = new FinalizationRegistry<string>((digest) => {
    if (this.#known.get(digest)?.deref() === undefined) {
      this.#known.delete(digest);
    }
  });

  /** @throws WireError when the bytes are no availability document. */
  intern(digest: string, bytes: Uint8Array): Interned {
    const known = this.#known.get(digest)?.deref();
    if (known !== undefined) {
      return { availability: known, problems: [] };
    }
    const { value, problems } = decodeAvailabilityDocument(bytes);
    const availability: Availability = { digest, document: value };
    this.#known.set(digest, new WeakRef(availability));
    this.#forget.register(availability, digest);
    return { availability, problems };
  }
}
