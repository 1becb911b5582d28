/** Sends heartbeats: at a steady interval, and at once when something in them has changed that the hub waits for. */
import { encodeHeartbeat, subjects, type Facts, type Heartbeat, type IntentState, type Reason } from "@portolan/shared/wire";
import type { Logger } from "pino";
import { firstFitting } from "./fitting.ts";
import type { Outbox } from "./outbox.ts";
import type { Reporter } from "./instance-report.ts";

/** What stands in a heartbeat besides the outbox's digest. */
export interface HeartbeatContent {
  readonly catalogDigest?: string;
  readonly intentRevision: number;
  readonly intents: readonly IntentState[];
  readonly refusal?: Reason;
  readonly facts?: Facts;
  readonly catalogProblems: readonly string[];
}

export interface HeartbeatOptions {
  readonly reporter: Reporter;
  readonly agentVersion: string;
  readonly intervalMs: number;
  readonly outbox: Outbox;
  readonly content: () => HeartbeatContent;
  readonly logger: Logger;
  readonly now: () => number;
}

export class Heartbeats {
  readonly #options: HeartbeatOptions;
  readonly #startedAtUnixMs: number;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#startedAtUnixMs = options.now();
  }

  start(): void {
    this.#beat();
    this.#timer = setInterval(() => this.#beat(), this.#options.intervalMs);
  }

  /** Asks for a heartbeat now; changes of one turn of the event loop travel together. Before `start` it does nothing. */
  request(): void {
    if (this.#timer === undefined) return;
    this.#soon ??= setImmediate(() => {
      this.#soon = undefined;
      this.#beat();
    });
  }

  stop(): void {
    clearInterval(this.#timer);
    clearImmediate(this.#soon);
    this.#timer = undefined;
  }

  #beat(): void {
    const { reporter, agentVersion, intervalMs, outbox, content, logger, now } = this.#options;
    const heartbeat: Heartbeat = {
      ...reporter,
      agentVersion,
      sentAtUnixMs: now(),
      startedAtUnixMs: this.#startedAtUnixMs,
      intervalMs,
      reportsDigest: outbox.digest,
      reportsCount: outbox.count,
      ...content(),
    };
    try {
      outbox.send(subjects.heartbeat(reporter.cluster), encode(heartbeat));
    } catch (error) {
      // Nothing in a heartbeat may end the agent; the hub takes the cluster for offline, and this says why.
      logger.error({ err: error }, "a heartbeat could not be sent");
    }
  }
}

/** When it is too large for the wire, the words go and the codes stay. */
function encode(heartbeat: Heartbeat): Uint8Array {
  const intents = heartbeat.intents.map(({ reason, ...state }) =>
    reason === undefined ? state : { ...state, reason: { code: reason.code, message: "" } },
  );
  return firstFitting([() => encodeHeartbeat(heartbeat), () => encodeHeartbeat({ ...heartbeat, intents, catalogProblems: [] })]);
}
