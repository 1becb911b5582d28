import manifest from "../../package.json" with { type: "json" };
import { INTENTS_STREAM } from "@portolan/shared/bus";
import { pinKeys } from "@portolan/shared/signing";
import type { FleetEvent, Reason } from "@portolan/shared/wire";
import { Repairer } from "../antientropy/mod.ts";
import { Audit, SYSTEM_ACTOR, type AuditEntry } from "../audit/mod.ts";
import type { ApiContext, Readiness, Roles } from "../api/mod.ts";
import { CATALOG_SET_KEY, Catalogs } from "../catalogs/mod.ts";
import { AvailabilityDocuments, Fleet, type FleetChange, type StandingSubject } from "../fleet/mod.ts";
import { IntentWriter, type IntentDocumentError } from "../intents/mod.ts";
import { AvailabilityMatrix } from "../matrix/mod.ts";
import { HubMetrics } from "../metrics/mod.ts";
import { Records, type RecordsOptions } from "../records/mod.ts";
import { ClusterLabels } from "../registry/mod.ts";
import { Timeline } from "../timeline/mod.ts";
import { Webhooks } from "../webhooks/mod.ts";
import { Rollouts, type RolloutProgress } from "../rollouts/mod.ts";
import { Broadcaster } from "../watch/mod.ts";
import { currentState, toldOfCluster, toldOfFleet, toldOfRollout } from "./change-feed.ts";
import type { Logger } from "pino";
import type { HubBus } from "./late-bus.ts";
import { MessageProblems } from "./message-problems.ts";
import { rolloutNews } from "./rollout-news.ts";
import type { HubOptions } from "./options.ts";
import type { Part } from "./start-progress.ts";
import { UntoldNews } from "./untold-news.ts";

export interface PartsOptions extends Pick<HubOptions, "signingKey" | "webhooks"> {
  readonly logger: Logger;
  readonly bus: HubBus;
  readonly now: () => number;
  readonly clockSkewMs: () => number;
  readonly roles: Roles;
  readonly readiness: () => Readiness;
  /** All records of a part have been read. */
  readonly onLoaded: (part: Part) => void;
  /** Nobody speaks on these subjects any more. */
  readonly onLeftBehind: (standing: readonly StandingSubject[]) => void;
}

/** So many of the newest events of agents can be asked for. */
export const EVENTS_CAPACITY = 100_000;

/** The parts of a hub, put together: what changes in the view goes to everyone whom it concerns, in the tick in which it happens. */
export class HubParts {
  readonly fleet = new Fleet();
  readonly documents = new AvailabilityDocuments();
  readonly matrix = new AvailabilityMatrix();
  readonly labels: ClusterLabels;
  readonly catalogs: Catalogs;
  readonly rollouts: Rollouts;
  readonly writer: IntentWriter;
  readonly repairer: Repairer;
  readonly metrics: HubMetrics;
  readonly problems: MessageProblems;
  readonly audit: Audit;
  readonly events = new Timeline<FleetEvent>(EVENTS_CAPACITY);
  /** Rollouts tell it what happens to them. */
  readonly webhooks: Webhooks;
  readonly broadcaster: Broadcaster;
  readonly records: readonly Records[];
  readonly context: ApiContext;
  readonly #options: PartsOptions;
  readonly #untold: UntoldNews;
  /** Buckets that have been read. */
  readonly #loaded = new Set<Part>();
  /** What watchers were told last of each rollout. */
  readonly #toldRollouts = new Map<string, string>();

  constructor(options: PartsOptions) {
    const { bus, now, logger, signingKey } = options;
    const { fleet, matrix } = this;
    this.#options = options;

    const labelRecords = this.#recordsIn("portolan-clusters", "cluster labels", (key, value) => this.labels.onRecord(key, value));
    const catalogRecords = this.#recordsIn("portolan-catalogs", "catalog set", (key, value) => {
      if (key === CATALOG_SET_KEY) {
        this.catalogs.onRecord(value);
      }
    });
    const rolloutRecords = this.#recordsIn("portolan-rollouts", "rollouts", (key, _value, note) => this.rollouts.onRecord(key, note));
    this.records = [labelRecords, catalogRecords, rolloutRecords];

    const told = {
      record: (entry: AuditEntry) => void this.audit.record(entry),
      onSeen: (records: readonly AuditEntry[]) => this.#untold.add({ records, events: [] }),
    };
    this.labels = new ClusterLabels({
      records: labelRecords,
      logger,
      now,
      onChange: (cluster) => {
        this.writer.refresh(cluster);
        this.rollouts.onLabels();
        this.#tellCluster(cluster);
      },
      ...told,
    });
    this.catalogs = new Catalogs({ bus, records: catalogRecords, logger, now, onChange: () => this.writer.refreshAll(), ...told });
    this.rollouts = new Rollouts({
      records: rolloutRecords,
      fleet,
      labelsOf: (cluster) => this.labels.of(cluster),
      knows: (service, version) => matrix.knows(service, version),
      retraction: (service, version) => matrix.retraction(service, version),
      undeliverable: (cluster) => reasonOf(this.writer.problemOf(cluster)),
      tooLarge: (cluster, intents) => reasonOf(this.writer.tooLarge(cluster, { intents })),
      roles: new Set(Object.keys(options.roles)),
      logger,
      now,
      onDecided: (clusters) => {
        for (const cluster of clusters) {
          this.writer.refresh(cluster);
        }
      },
      onProgress: (name, progress) => this.#tellRollout(name, progress),
      onChanged: (before, after, asked) => this.#recordRollout(before, after, asked),
      onSeen: (before, after) => this.#untold.add(rolloutNews(before, after, undefined)),
      onDeleted: (said) => void this.audit.record({ action: "RolloutDeleted", ...said }),
      onSeenDeleted: (said) => this.#untold.add({ records: [{ action: "RolloutDeleted", ...said }], events: [] }),
    });
    this.metrics = new HubMetrics({
      clusters: () => [...fleet.clusters()].map(({ connectivity }) => connectivity),
      instances: () => [...fleet.instances()].map(({ status: { service, phase } }) => ({ service, phase })),
      webhooksWaiting: () => this.webhooks.waiting,
      auditWaiting: () => this.audit.waiting,
      rollouts: () => this.rollouts.list().map(({ phase }) => phase),
      watchers: () => this.broadcaster.watchers,
      ready: () => options.readiness().ready,
    });
    this.problems = new MessageProblems(this.metrics, logger);
    this.audit = new Audit({
      bus,
      logger,
      now,
      onDropped: () => this.metrics.auditEntryLost(),
      onLoaded: () => this.#untold.look(),
    });
    this.webhooks = new Webhooks({
      endpoints: options.webhooks ?? [],
      logger,
      now,
      onAttempt: (endpoint, outcome, seconds) => this.metrics.webhookAttempt(endpoint, outcome, seconds),
      onResult: (endpoint, result) => this.metrics.webhookResult(endpoint, result),
      onSettled: ({ id, ...receipt }) => {
        const { rollout, endpoint, type, result } = receipt;
        this.audit.record({ id, actor: SYSTEM_ACTOR, action: "WebhookSettled", rollout, name: endpoint, after: { type, result } });
      },
    });
    this.#untold = new UntoldNews({
      now,
      isKnown: () => this.audit.loaded && this.#loaded.size === this.records.length,
      tellMissing: ({ records, events }) => {
        for (const record of records.filter((each) => !this.audit.has(each))) {
          this.audit.record(record);
        }
        for (const event of events) {
          this.webhooks.sendMissing(event, (id) => this.audit.has({ id, atMs: event.atMs }));
        }
      },
    });
    this.broadcaster = new Broadcaster({
      snapshot: (filter) => currentState(this.context, filter),
      now,
      onDropped: () => this.metrics.watcherDropped(),
    });
    this.writer = new IntentWriter({
      bus,
      stream: INTENTS_STREAM.name,
      fleet,
      contentOf: (cluster) => ({
        labels: this.labels.of(cluster),
        catalogSet: this.catalogs.references(),
        intents: this.rollouts.intentsFor(cluster),
      }),
      catchUp: async () => {
        await Promise.all(this.records.map((records) => records.catchUp()));
        await this.rollouts.settled();
      },
      signingKey,
      keys: pinKeys([signingKey.publicKey]),
      logger,
      now,
      onPublished: () => this.metrics.documentPublished(),
      onProblem: (cluster) => this.rollouts.onUndeliverable(cluster),
    });
    this.repairer = new Repairer({
      bus,
      fleet,
      logger,
      now,
      onChanges: (changes) => this.changed(changes),
      onDropped: options.onLeftBehind,
      onRepaired: (result) => this.metrics.repair(result),
    });
    this.context = {
      version: manifest.version,
      publicKey: signingKey.publicKey,
      keyId: signingKey.keyId,
      startedAtMs: now(),
      clockSkewMs: options.clockSkewMs,
      fleet,
      matrix,
      labels: this.labels,
      catalogs: this.catalogs,
      rollouts: this.rollouts,
      roles: options.roles,
      writer: this.writer,
      audit: this.audit,
      events: this.events,
      broadcaster: this.broadcaster,
      metrics: this.metrics,
      readiness: options.readiness,
      logger,
    };
  }

  /** Hands changes of the view on: watchers first, because they count the milliseconds. */
  changed(changes: readonly FleetChange[]): void {
    for (const change of changes) {
      for (const told of toldOfFleet(this.context, change)) {
        this.broadcaster.publish(told);
      }
    }
    for (const change of changes) {
      this.#handOn(change);
    }
  }

  stop(): void {
    this.broadcaster.stop();
    this.#untold.stop();
    this.webhooks.stop();
    this.rollouts.stop();
    this.writer.stop();
    this.catalogs.stop();
    for (const records of this.records) {
      records.stop();
    }
  }

  #handOn(change: FleetChange): void {
    this.rollouts.onFleetChange(change);
    switch (change.type) {
      case "instance":
        this.matrix.replace(change.before, change.after);
        break;
      case "heartbeat":
        this.writer.onHeartbeat(change.after);
        if (change.live) {
          this.repairer.onHeartbeat(change.after);
        }
        break;
      case "leftBehind":
        this.#options.onLeftBehind(change.subjects);
        break;
      case "staleIncarnation":
        this.problems.note("heartbeat", change.cluster, {
          code: "StaleIncarnation",
          message: "an older agent speaks under the name of a cluster that is online",
        });
        break;
      case "cluster":
        break;
    }
  }

  #tellCluster(cluster: string): void {
    for (const told of toldOfCluster(this.context, cluster)) {
      this.broadcaster.publish(told);
    }
  }

  #recordRollout(...change: Parameters<typeof rolloutNews>): void {
    const { records, events } = rolloutNews(...change);
    for (const record of records) {
      this.audit.record(record);
    }
    for (const event of events) {
      this.webhooks.send(event);
    }
  }

  /** A rollout is looked at often; watchers hear of it only when it looks different. */
  #tellRollout(id: string, progress: RolloutProgress | undefined): void {
    const told = toldOfRollout(this.context, id, progress);
    const text = JSON.stringify(told.data());
    if (this.#toldRollouts.get(id) === text) {
      return;
    }
    if (progress === undefined) {
      this.#toldRollouts.delete(id);
    } else {
      this.#toldRollouts.set(id, text);
    }
    this.broadcaster.publish(told);
  }

  #onLoaded(part: Part): void {
    this.#loaded.add(part);
    this.#options.onLoaded(part);
    this.#untold.look();
  }

  #recordsIn(bucket: string, part: Part, onChange: RecordsOptions["onChange"]): Records {
    const { bus, logger } = this.#options;
    return new Records({ bus, bucket, logger, onChange, onLoaded: () => this.#onLoaded(part) });
  }
}

/** To be stored: of an error JSON has no message. */
function reasonOf(error: IntentDocumentError | undefined): Reason | undefined {
  return error === undefined ? undefined : { code: error.code, message: error.message };
}
