/** The agent's side of the fleet: what it tells, and what it is told. Everything in the cluster goes on without it. */
import type { Bus, Subscription } from "@portolan/shared/bus";
import type { PinnedKeys } from "@portolan/shared/signing";
import { encodeAvailabilityReport, subjects, type CatalogReference, type Facts, type IntentDocument } from "@portolan/shared/wire";
import type { Logger } from "pino";
import { FleetCatalogs, type NamedCatalog } from "../catalogs/mod.ts";
import type { InstanceEvents } from "../instance/mod.ts";
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
  readonly now: () => number;
  readonly book: IntentBook;
  readonly seen: SeenDocument;
  readonly facts: () => Facts;
  readonly catalogDigest: () => string;
  readonly onCatalogs: (fleet: readonly NamedCatalog[]) => void;
  readonly onLabels: (labels: { readonly [key: string]: string }) => void;
  readonly onIntents: (keys: ReadonlySet<string>) => void;
  readonly remember: (document: RememberedDocument) => Promise<void>;
  /** An Event on an instance. */
  readonly note: InstanceEvents["note"];
}

export class Fleet {
  readonly #options: FleetOptions;
  readonly #outbox: Outbox;
  readonly #heartbeats: Heartbeats;
  readonly #catalogs: FleetCatalogs;
  readonly #channel: IntentChannel;
  readonly #repairs: readonly Subscription[];
  #catalogSet: readonly CatalogReference[] = [];
  /** What was left out of the last report of an instance, by its subject, as it was told. */
  readonly #leftOut = new Map<string, string>();
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
      now: options.now,
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
      const subject = subjects.report(cluster, namespace, name);
      const { payload, leftOut } = instanceReport(this.#options.reporter, instance);
      this.#outbox.put(subject, payload);
      this.#tellLeftOut(subject, instance, leftOut.join(" and "));
    } catch (error) {
      // One instance that cannot be told of must not silence the others.
      this.#options.logger.error({ namespace, name, err: error }, "an instance could not be reported");
    }
  }

  /** When it has changed: reports are written much more often. */
  #tellLeftOut(subject: string, instance: ServiceInstance, leftOut: string): void {
    if ((this.#leftOut.get(subject) ?? "") === leftOut) return;
    this.#leftOut.set(subject, leftOut);
    if (leftOut === "") return;
    const { logger, note } = this.#options;
    const { namespace, name } = instance.metadata;
    logger.warn({ namespace, name, leftOut }, "the report of an instance is too large for the wire; a part of it was left out");
    note(instance, "Warning", "ReportTooLarge", `the fleet is not told of the ${leftOut}: with them the report is larger than may be sent`);
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
    const subject = subjects.report(reporter.cluster, namespace, name);
    this.#leftOut.delete(subject);
    this.#outbox.end(subject, tombstone(reporter, instance));
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
