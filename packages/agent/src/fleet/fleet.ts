/** The agent's side of the fleet: what it tells, and what it is told. Everything in the cluster goes on without it. */
import type { Bus, Subscription } from "@portolan/shared/bus";
import type { PinnedKeys } from "@portolan/shared/signing";
import { encodeAvailabilityReport, subjects, type CatalogReference, type Facts, type IntentDocument } from "@portolan/shared/wire";
import type { Logger } from "pino";
import { FleetCatalogs, type NamedCatalog } from "../catalogs/mod.ts";
import type { IntentBook, RememberedDocument, SeenDocument } from "../intents/mod.ts";
import { answerRepairs, Heartbeats, instanceReport, Outbox, Timeline, tombstone, type Reporter } from "../report/mod.ts";
import type { ServiceInstance } from "../resources/mod.ts";
import { IntentChannel } from "./intent-channel.ts";

export interface FleetOptions {
  readonly bus: Bus;
  readonly reporter: Reporter;
  readonly hubKeys: PinnedKeys;
  readonly agentVersion: string;
  readonly heartbeatMs: number;
  readonly logger: Logger;
  readonly book: IntentBook;
  readonly seen: SeenDocument;
  readonly facts: () => Facts;
  readonly catalogDigest: () => string;
  readonly onCatalogs: (fleet: readonly NamedCatalog[]) => void;
  readonly onLabels: (labels: { readonly [key: string]: string }) => void;
  readonly onIntents: (keys: ReadonlySet<string>) => void;
  readonly remember: (document: RememberedDocument) => Promise<void>;
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #outbox: Outbox;
  readonly #heartbeats: Heartbeats;
  readonly #catalogs: FleetCatalogs;
  readonly #channel: IntentChannel;
  readonly #repairs: readonly Subscription[];
  #catalogSet: readonly CatalogReference[] = [];
  readonly timeline: Timeline;

  constructor(options: FleetOptions) {
    this.#options = options;
    const { bus, reporter, logger, book } = options;
    this.#outbox = new Outbox(bus, logger);
    this.timeline = new Timeline(bus, reporter, logger);
    this.#catalogs = new FleetCatalogs({ bus, logger, onChange: options.onCatalogs });
    this.#heartbeats = new Heartbeats({
      reporter,
      agentVersion: options.agentVersion,
      intervalMs: options.heartbeatMs,
      outbox: this.#outbox,
      logger,
      content: () => ({
        catalogDigest: options.catalogDigest(),
        intentRevision: this.#channel.revision,
        intents: book.states,
        ...(book.refusal === undefined ? {} : { refusal: book.refusal }),
        facts: options.facts(),
        catalogProblems: this.#catalogs.problems,
      }),
    });
    this.#repairs = answerRepairs(bus, reporter, this.#outbox);
    this.#channel = new IntentChannel({ ...options, prepare: async (document) => await this.#prepare(document) });
  }

  /** Starts to hear intents. */
  start(): void {
    this.#channel.start();
  }

  /** The first look at every instance is over: from now on the digest in a heartbeat says something. */
  startHeartbeats(): void {
    this.#heartbeats.start();
  }

  /** Something that stands in heartbeats has changed and the hub waits for it. */
  requestHeartbeat(): void {
    this.#heartbeats.request();
  }

  report(instance: ServiceInstance): void {
    const { cluster } = this.#options.reporter;
    const { namespace, name } = instance.metadata;
    try {
      this.#outbox.put(subjects.report(cluster, namespace, name), instanceReport(this.#options.reporter, instance));
    } catch (error) {
      // One instance that cannot be told of must not silence the others.
      this.#options.logger.error({ namespace, name, err: error }, "an instance could not be reported");
    }
  }

  reportAvailability(instance: { readonly namespace: string; readonly name: string }, document: Uint8Array): void {
    const { reporter } = this.#options;
    const { namespace, name } = instance;
    this.#outbox.put(
      subjects.availability(reporter.cluster, namespace, name),
      encodeAvailabilityReport({ ...reporter, namespace, name, document }),
    );
  }

  /** The availability of an instance that is gone, or of no service that is known. */
  reportNoAvailability({ namespace, name }: { readonly namespace: string; readonly name: string }): void {
    const { reporter } = this.#options;
    this.#outbox.end(subjects.availability(reporter.cluster, namespace, name), encodeAvailabilityReport({ ...reporter, namespace, name }));
  }

  reportGone(instance: { readonly namespace: string; readonly name: string; readonly uid: string }): void {
    const { reporter } = this.#options;
    const { namespace, name } = instance;
    this.#outbox.end(subjects.report(reporter.cluster, namespace, name), tombstone(reporter, instance));
    this.reportNoAvailability(instance);
  }

  stop(): void {
    this.#channel.stop();
    this.#heartbeats.stop();
    this.#catalogs.stop();
    for (const subscription of this.#repairs) subscription.unsubscribe();
    this.timeline.stop();
    this.#outbox.stop();
  }

  /** A new catalog set is fetched before the document's intents are looked at, because their plans may need it. */
  async #prepare(document: IntentDocument): Promise<void> {
    this.#options.onLabels(document.labels);
    const set = document.catalogSet;
    const same = set.length === this.#catalogSet.length && set.every((each, index) => each.digest === this.#catalogSet[index]?.digest);
    if (same) return;
    this.#catalogSet = set;
    await this.#catalogs.use(set);
  }
}
