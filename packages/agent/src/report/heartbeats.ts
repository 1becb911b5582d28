/** Sends heartbeats: at a steady interval, and at once when something in them has changed that the hub waits for. */
import { encodeHeartbeat, subjects, type Facts, type Heartbeat, type IntentState, type Reason } from "@portolan/shared/wire";
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
}

export class Heartbeats {
  readonly #options: HeartbeatOptions;
  readonly #startedAtUnixMs = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Immediate | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
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
    const { reporter, agentVersion, intervalMs, outbox, content } = this.#options;
    const heartbeat: Heartbeat = {
      ...reporter,
      agentVersion,
      sentAtUnixMs: Date.now(),
      startedAtUnixMs: this.#startedAtUnixMs,
      intervalMs,
      reportsDigest: outbox.digest,
      reportsCount: outbox.count,
      ...content(),
    };
    outbox.send(subjects.heartbeat(reporter.cluster), encodeHeartbeat(heartbeat));
  }
}
