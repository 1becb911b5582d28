import {
  AUDIT_STREAM,
  BusError,
  CATALOGS_STREAM,
  connectBus,
  EVENTS_STREAM,
  INTENTS_STREAM,
  REPORTS_STREAM,
  type Bus,
  type Follower,
  type StoredMessage,
} from "@portolan/shared/bus";
import { decodeEvent, parseSubject, subjects, WireError } from "@portolan/shared/wire";
import { Audit } from "../audit/mod.ts";
import { readFleetMessage, type StandingSubject } from "../fleet/mod.ts";
import type { FleetClock } from "../clocks/mod.ts";
import type { Records } from "../records/mod.ts";
import { toldOfEvent } from "./change-feed.ts";
import type { Logger } from "pino";
import type { LateBus } from "./late-bus.ts";
import type { HubOptions } from "./options.ts";
import { EVENTS_CAPACITY, type HubParts } from "./parts.ts";
import type { Part } from "./start-progress.ts";
import { StreamKeeper } from "./stream-keeper.ts";

export interface LinkOptions extends Pick<HubOptions, "servers" | "credentials"> {
  readonly logger: Logger;
  readonly bus: LateBus;
  readonly parts: HubParts;
  readonly clock: FleetClock;
  /** A part has been read completely, or has to be read anew. */
  readonly onPart: (part: Part, done: boolean) => void;
  /** The connection came or went. */
  readonly onConnection: () => void;
}

/** How often it is looked whether a cluster has become silent. */
const TICK_MS = 500;
const OPEN_RETRY_MS = 500;
/** Clocks are set, and drift. */
const MEASURE_MS = 5_000;

/** The hub's connection to NATS: waits for it, follows the streams, and hands every message to the parts. */
export class Link {
  readonly #options: LinkOptions;
  readonly #stopping = new AbortController();
  readonly #followers: Follower[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #connection: Promise<Bus | undefined> | undefined;
  #keeper: StreamKeeper | undefined;
  /** What arrives now has just been said: it is not what the stream held before. */
  #live = false;
  /** The same for events: watchers are told what happens, not what happened. */
  #eventsLive = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** Connects in the background, as long as it takes. */
  start(): void {
    const { servers, logger } = this.#options;
    logger.info({ servers }, "waiting for NATS");
    this.#connection = this.#connect();
  }

  /** Removes what stands on subjects on which nobody speaks any more. */
  purge(standing: readonly StandingSubject[]): void {
    void this.#purge(standing);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#keeper?.stop();
    for (const timer of this.#timers) {
      clearTimeout(timer);
    }
    for (const follower of this.#followers) {
      follower.stop();
    }
    await (await this.#connection)?.close();
  }

  async #purge(standing: readonly StandingSubject[]): Promise<void> {
    const bus = await this.#connection;
    try {
      for (const { subject, sequence } of standing) {
        await bus?.purgeSubject(REPORTS_STREAM.name, subject, sequence);
      }
    } catch (error) {
      // What stays there is found again by the next hub that reads it.
      this.#options.logger.warn({ err: error }, "could not remove what a cluster left behind");
    }
  }

  async #connect(): Promise<Bus | undefined> {
    const { servers, credentials, logger, bus: late, parts, clock, onConnection } = this.#options;
    try {
      const bus = await connectBus({
        servers,
        name: "portolan-hub",
        ...(credentials === undefined ? {} : { credentials }),
        signal: this.#stopping.signal,
        logger,
      });
      // Before anything is read, let alone decided.
      await clock.measure(bus);
      late.attach(bus);
      parts.fleet.listen(clock.now());
      this.#follow(bus);
      onConnection();
      return bus;
    } catch (error) {
      if (error instanceof BusError && error.code === "Aborted") {
        return undefined;
      }
      logger.fatal({ err: error }, "cannot use NATS: the hub stays without a view until it is restarted");
      return undefined;
    }
  }

  #follow(bus: Bus): void {
    const { logger, parts, clock, onPart, onConnection } = this.#options;
    const keeper = new StreamKeeper(bus, logger);
    this.#keeper = keeper;
    keeper.ensure();
    bus.onStatus((status) => {
      this.#live = false;
      if (status === "connected") {
        parts.fleet.listen(clock.now());
        void clock.measure(bus);
        keeper.ensure();
      }
      onConnection();
    });
    const reset = (part: Part): void => {
      onPart(part, false);
      keeper.ensure();
    };
    this.#followers.push(
      bus.follow(REPORTS_STREAM.name, {
        subjects: REPORTS_STREAM.subjects,
        onMessage: (message) => this.#takeReport(message),
        onCaughtUp: () => {
          this.#live = true;
          parts.fleet.listen(clock.now());
          onPart("reports", true);
        },
        onReset: () => {
          // Agents say everything again; until then the view stays what they said last.
          this.#live = false;
          reset("reports");
        },
      }),
      bus.follow(INTENTS_STREAM.name, {
        subjects: INTENTS_STREAM.subjects,
        onMessage: (message) => parts.writer.onStored(message),
        onCaughtUp: () => onPart("intents", true),
        onReset: () => {
          parts.writer.onReset();
          reset("intents");
        },
      }),
      bus.follow(CATALOGS_STREAM.name, {
        subjects: CATALOGS_STREAM.subjects,
        onMessage: (message) => this.#takeCatalog(message),
        onCaughtUp: () => onPart("catalogs", true),
        onReset: () => {
          reset("catalogs");
          parts.catalogs.restore();
        },
      }),
      bus.follow(EVENTS_STREAM.name, {
        subjects: [subjects.all("event")],
        start: { newest: EVENTS_CAPACITY },
        onMessage: (message) => this.#takeEvent(message),
        onCaughtUp: () => {
          this.#eventsLive = true;
        },
        onReset: () => {
          this.#eventsLive = false;
          parts.events.clear();
          keeper.ensure();
        },
      }),
      bus.follow(AUDIT_STREAM.name, {
        subjects: AUDIT_STREAM.subjects,
        start: { newest: Audit.CAPACITY },
        onMessage: (message) => this.#takeAuditEntry(message),
        onCaughtUp: () => parts.audit.onCaughtUp(),
        onReset: () => {
          parts.audit.onReset();
          keeper.ensure();
        },
      }),
    );
    for (const records of parts.records) {
      this.#open(records);
    }
    const tick = setInterval(() => {
      if (bus.connected && this.#live) {
        parts.changed(parts.fleet.tick(clock.now()));
      }
    }, TICK_MS);
    const measure = setInterval(() => void clock.measure(bus), MEASURE_MS);
    for (const timer of [tick, measure]) {
      timer.unref();
      this.#timers.add(timer);
    }
  }

  #open(records: Records): void {
    records.open().catch((error: unknown) => {
      this.#options.logger.warn({ err: error }, "could not open a bucket, will try again");
      if (!this.#stopping.signal.aborted) {
        this.#timers.add(setTimeout(() => this.#open(records), OPEN_RETRY_MS));
      }
    });
  }

  #takeReport(raw: StoredMessage): void {
    const { parts, clock } = this.#options;
    const kind = parseSubject(raw.subject)?.kind ?? "unknown";
    parts.metrics.message(kind);
    const { message, problems } = readFleetMessage(raw, parts.documents);
    for (const problem of problems) {
      parts.problems.note(kind, raw.subject, problem);
    }
    if (message !== undefined) {
      parts.changed(parts.fleet.apply(message, { nowMs: clock.now(), storedAtMs: raw.storedAtMs, live: this.#live }));
    }
  }

  #takeCatalog(raw: StoredMessage): void {
    const problem = this.#options.parts.catalogs.onStored(raw);
    if (problem !== undefined) {
      this.#options.parts.problems.note("catalog", raw.subject, { code: "Malformed", message: problem });
    }
  }

  #takeAuditEntry(raw: StoredMessage): void {
    const problem = this.#options.parts.audit.onStored(raw);
    if (problem !== undefined) {
      this.#options.parts.problems.note("audit", raw.subject, { code: "Malformed", message: problem });
    }
  }

  #takeEvent({ subject, payload, sequence }: StoredMessage): void {
    const { parts } = this.#options;
    const parsed = parseSubject(subject);
    parts.metrics.message("event");
    try {
      const event = decodeEvent(payload);
      if (
        parsed?.kind === "event" &&
        parsed.cluster === event.cluster &&
        parsed.namespace === event.namespace &&
        parsed.name === event.name
      ) {
        const isNew = parts.events.add(sequence, event);
        if (isNew && this.#eventsLive) {
          parts.broadcaster.publish(toldOfEvent(event, sequence));
        }
      } else {
        parts.problems.note("event", subject, { code: "SubjectMismatch", message: "the content does not speak of what the subject names" });
      }
    } catch (error) {
      if (!(error instanceof WireError)) {
        throw error;
      }
      parts.problems.note("event", subject, { code: "Malformed", message: error.message });
    }
  }
}
