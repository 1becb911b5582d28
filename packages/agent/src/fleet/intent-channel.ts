/** Hears the cluster's intent documents: live as they are published, and the stored one after every connect. */
import { INTENTS_STREAM, type Bus, type Subscription } from "@portolan/shared/bus";
import { subjects, type IntentDocument } from "@portolan/shared/wire";
import type { PinnedKeys } from "@portolan/shared/signing";
import type { Logger } from "pino";
import { sleep, systemClock } from "../kube/mod.ts";
import { acceptDocument, type IntentBook, type RememberedDocument, type SeenDocument } from "../intents/mod.ts";
import type { Reporter } from "../report/mod.ts";

export interface IntentChannelOptions {
  readonly bus: Bus;
  readonly reporter: Reporter;
  readonly hubKeys: PinnedKeys;
  readonly book: IntentBook;
  readonly seen: SeenDocument;
  readonly logger: Logger;
  readonly now: () => number;
  /** Labels and catalogs of an accepted document; its intents are looked at when this is done. */
  readonly prepare: (document: IntentDocument) => Promise<void>;
  /** Instances that need another look. */
  readonly onIntents: (keys: ReadonlySet<string>) => void;
  /** To be remembered in the cluster. */
  readonly remember: (document: RememberedDocument) => Promise<void>;
}

const rememberRetryMs = 1_000;

export class IntentChannel {
  readonly #options: IntentChannelOptions;
  #seen: SeenDocument;
  /** Documents are taken one after the other. */
  #tail: Promise<void> = Promise.resolve();
  /** They are remembered one after the other too, so that an older one never overwrites a newer one. */
  #memory: Promise<void> = Promise.resolve();
  readonly #stopping = new AbortController();
  #subscription: Subscription | undefined;
  #unsubscribeStatus: (() => void) | undefined;

  constructor(options: IntentChannelOptions) {
    this.#options = options;
    this.#seen = options.seen;
  }

  start(): void {
    const { bus, reporter } = this.#options;
    this.#subscription = bus.subscribe(subjects.intent(reporter.cluster), ({ payload }) => this.#enqueue(payload));
    this.#unsubscribeStatus = bus.onStatus((status) => {
      if (status === "connected") void this.#readStored();
    });
    void this.#readStored();
  }

  /**
   * The revision that the hub hears of: of the document that is in force. While an older one is refused it is the one that was seen, also
   * before a restart, so that a hub that has lost its memory knows where to go on.
   */
  get revision(): number {
    const { book } = this.#options;
    return book.refusal?.code === "OldRevision" ? this.#seen.revision : book.revision;
  }

  stop(): void {
    this.#stopping.abort();
    this.#subscription?.unsubscribe();
    this.#unsubscribeStatus?.();
  }

  async #readStored(): Promise<void> {
    const { bus, reporter, logger } = this.#options;
    try {
      const stored = await bus.lastMessage(INTENTS_STREAM.name, subjects.intent(reporter.cluster));
      if (stored !== undefined) this.#enqueue(stored.payload);
    } catch (error) {
      // No stream yet, or no connection: the hub sees the revision in our heartbeat and publishes again.
      logger.debug({ err: error }, "the stored intent document could not be read");
    }
  }

  #enqueue(payload: Uint8Array): void {
    // The payload is a view of the network buffer.
    const envelope = Uint8Array.from(payload);
    this.#tail = this.#tail
      .then(async () => await this.#take(envelope))
      .catch((error: unknown) => this.#options.logger.error({ err: error }, "an intent document could not be taken"));
  }

  async #take(envelope: Uint8Array): Promise<void> {
    const { reporter, hubKeys, book, logger, now, prepare, onIntents } = this.#options;
    const verdict = acceptDocument(envelope, { ...reporter, hubKeys, seen: this.#seen }, now());
    if (!verdict.accepted) {
      logger.warn({ refusal: verdict.refusal }, "an intent document was refused");
      book.refuse(verdict.refusal);
      return;
    }
    const { document, problems, seen } = verdict;
    if (seen.revision !== this.#seen.revision) {
      this.#seen = seen;
      this.#memory = this.#memory.then(async () => await this.#remember({ seen, labels: document.labels }));
    }
    for (const problem of problems) logger.warn({ problem }, "an intent is not understood and left out");
    await prepare(document);
    onIntents(book.replace(document));
  }

  /** Until it is in the cluster, or a newer one takes its place. */
  async #remember(document: RememberedDocument): Promise<void> {
    const { remember, logger } = this.#options;
    const { signal } = this.#stopping;
    while (this.#seen === document.seen && !signal.aborted) {
      try {
        await remember(document);
        return;
      } catch (error) {
        logger.warn({ err: error }, "the accepted intent document could not be remembered and is tried again");
        // Rejects only when the agent stops.
        await sleep(systemClock, rememberRetryMs, signal).catch(() => {});
      }
    }
  }
}
