import type { Logger } from "pino";
import { BusError, type Bus, type StoredMessage } from "@portolan/shared/bus";
import type { PinnedKeys, SigningKey } from "@portolan/shared/signing";
import { parseSubject, subjects, type IntentDocument } from "@portolan/shared/wire";
import type { ClusterView, FleetReader } from "../fleet/mod.ts";
import {
  ACKNOWLEDGED,
  acknowledge,
  decideDocument,
  NOTHING_STORED,
  repeated,
  type Acknowledgement,
  type IntentContent,
  type StoredDocument,
} from "./decide.ts";
import { documentTooLarge, IntentDocumentError, openDocument, sealDocument } from "./document.ts";

export interface IntentWriterOptions {
  readonly bus: Pick<Bus, "publishStored" | "lastMessage">;
  /** Name of the stream that keeps the documents. */
  readonly stream: string;
  readonly fleet: FleetReader;
  /** What the hub wants to say to a cluster now. */
  readonly contentOf: (cluster: string) => IntentContent;
  /** Resolves when everything is known that others had decided before. @throws BusError */
  readonly catchUp: () => Promise<void>;
  readonly signingKey: SigningKey;
  /** Keys whose documents are taken for this hub's own. */
  readonly keys: PinnedKeys;
  readonly logger: Logger;
  readonly now: () => number;
  readonly onPublished?: (cluster: string, revision: number) => void;
  /** It turned out that a cluster cannot be told what it should be. */
  readonly onProblem?: (cluster: string) => void;
}

interface ClusterState {
  stored: StoredDocument;
  acknowledgement: Acknowledgement;
  /** So many documents were seen that somebody else wrote, and so many of them before what is known was read. */
  readonly others: { seen: number; learned: number };
  writing: boolean;
  failures: number;
  /** Documents in a row that somebody else signed. */
  foreign: number;
  retry?: NodeJS.Timeout;
  /** Why the cluster cannot be told what it should be. */
  problem?: IntentDocumentError;
}

/** So many documents are signed before others get their turn. */
const BATCH = 64;
const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;
const MAX_RIVAL_PAUSE_MS = 60_000;
const PULSE_MS = 500;
/** Who has done nothing for so long was stopped, and others may have gone on. */
const STALL_MS = 2_000;

/**
 * Keeps every cluster's intent document as it should be. Level-based: `refresh` compares what should be said with what stands on the
 * subject, as often as it is called; what is written is compare-and-set on the subject's last sequence. Where another hub has written,
 * it has decided something that may not be known here yet: that is read first, or a hub that was stopped for a while would take it back.
 */
export class IntentWriter {
  readonly #options: IntentWriterOptions;
  readonly #clusters = new Map<string, ClusterState>();
  readonly #dirty = new Set<string>();
  /** Clusters about which others have decided something. */
  readonly #behind = new Set<string>();
  #isLearning = false;
  readonly #pulse: NodeJS.Timeout;
  #pulsedAtMs: number;
  #scheduled = false;
  #ready = false;
  #stopped = false;

  constructor(options: IntentWriterOptions) {
    this.#options = options;
    this.#pulsedAtMs = options.now();
    this.#pulse = setInterval(() => this.#noticeStall(), PULSE_MS).unref();
  }

  /** A message of the stream: what stands on a subject now. */
  onStored({ subject, payload, sequence }: StoredMessage): void {
    const parsed = parseSubject(subject);
    if (parsed?.kind !== "intent") {
      return;
    }
    const state = this.#state(parsed.cluster);
    // What this hub wrote itself is known from its acknowledgement.
    if (sequence > state.stored.sequence) {
      state.stored = this.#read(parsed.cluster, payload, sequence);
      state.others.seen += 1;
      this.#waitForRival(parsed.cluster, state);
      this.#mark(parsed.cluster);
    }
  }

  /** Writes only while it is known what stands in the stream and what should: or it would withdraw what it has not read yet. */
  enable(enabled: boolean): void {
    this.#ready = enabled;
    if (enabled) {
      this.refreshAll();
    }
  }

  /** The stream was made anew: nothing stands anywhere until it has been read again. */
  onReset(): void {
    for (const state of this.#clusters.values()) {
      state.stored = NOTHING_STORED;
    }
  }

  /** Takes a heartbeat's acknowledgement into account. */
  onHeartbeat({ name, heartbeat }: ClusterView): void {
    const state = this.#state(name);
    state.acknowledgement = acknowledge(state.acknowledgement, {
      revision: heartbeat.intentRevision,
      storedRevision: state.stored.document?.revision,
    });
    if (state.stored.document?.revision === heartbeat.intentRevision) {
      state.foreign = 0;
    }
    this.#mark(name);
  }

  /** What should be said to a cluster may have changed. */
  refresh(cluster: string): void {
    this.#mark(cluster);
  }

  refreshAll(): void {
    for (const { name } of this.#options.fleet.clusters()) {
      this.#mark(name);
    }
  }

  /** Revision that stands on the cluster's subject. */
  revisionOf(cluster: string): number | undefined {
    return this.#clusters.get(cluster)?.stored.document?.revision;
  }

  problemOf(cluster: string): IntentDocumentError | undefined {
    return this.#clusters.get(cluster)?.problem;
  }

  /** Why a cluster's document could not hold this beside the rest; undefined: it could. */
  tooLarge(cluster: string, instead: Partial<IntentContent>): IntentDocumentError | undefined {
    return documentTooLarge(cluster, { ...this.#options.contentOf(cluster), ...instead });
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#pulse);
    for (const { retry } of this.#clusters.values()) {
      clearTimeout(retry);
    }
  }

  #state(cluster: string): ClusterState {
    let state = this.#clusters.get(cluster);
    if (state === undefined) {
      state = {
        stored: NOTHING_STORED,
        acknowledgement: ACKNOWLEDGED,
        others: { seen: 0, learned: 0 },
        writing: false,
        failures: 0,
        foreign: 0,
      };
      this.#clusters.set(cluster, state);
    }
    return state;
  }

  /** Two hubs with different keys must not replace each other's documents as fast as they can. */
  #waitForRival(cluster: string, state: ClusterState): void {
    if (state.stored.document !== undefined) {
      return;
    }
    state.foreign += 1;
    if (state.foreign > 1 && state.retry === undefined) {
      this.#later(cluster, state, Math.min(MIN_RETRY_MS * 2 ** state.foreign, MAX_RIVAL_PAUSE_MS));
    }
  }

  #read(cluster: string, payload: Uint8Array, sequence: number): StoredDocument {
    const document = openDocument(payload, cluster, this.#options.keys);
    if (document === undefined) {
      this.#options.logger.warn({ cluster, sequence }, "the stored intent document is not this hub's: it will be replaced");
      return { sequence };
    }
    return { sequence, document };
  }

  #mark(cluster: string): void {
    this.#dirty.add(cluster);
    if (!this.#scheduled && this.#ready && !this.#stopped) {
      this.#scheduled = true;
      queueMicrotask(() => this.#drain());
    }
  }

  #drain(): void {
    this.#scheduled = false;
    if (!this.#ready || this.#stopped) {
      return;
    }
    this.#noticeStall();
    let count = 0;
    for (const cluster of this.#dirty) {
      this.#dirty.delete(cluster);
      this.#write(cluster);
      count += 1;
      if (count === BATCH && this.#dirty.size > 0) {
        this.#scheduled = true;
        setImmediate(() => this.#drain());
        return;
      }
    }
  }

  #write(cluster: string): void {
    const state = this.#state(cluster);
    const view = this.#options.fleet.cluster(cluster);
    if (state.writing || state.retry !== undefined || view === undefined) {
      return;
    }
    if (state.others.seen > state.others.learned) {
      this.#learn(cluster);
      return;
    }
    const { incarnation, intentRevision: revision } = view.heartbeat;
    const nowMs = this.#options.now();
    const desired = this.#options.contentOf(cluster);
    const decision = decideDocument({
      desired,
      stored: state.stored,
      cluster: { incarnation, revision },
      acknowledgement: state.acknowledgement,
      nowMs,
    });
    if (decision.action === "None") {
      return;
    }
    const document = { cluster, incarnation, revision: decision.revision, issuedAtUnixMs: nowMs + view.clockSkewMs, ...desired };
    const payload = this.#seal(state, document);
    if (payload === undefined) {
      return;
    }
    if (decision.reason === "NotAcknowledged") {
      state.acknowledgement = repeated(state.acknowledgement, { nowMs, intervalMs: view.intervalMs });
    }
    void this.#publish(state, document, payload, decision.expectedSequence);
  }

  /**
   * A process that was stopped for a while may hear of anything before it hears what others have decided. What it would say then reaches the
   * agents, though the stream refuses it.
   */
  #noticeStall(): void {
    const nowMs = this.#options.now();
    if (nowMs - this.#pulsedAtMs > STALL_MS) {
      for (const { others } of this.#clusters.values()) {
        others.seen += 1;
      }
    }
    this.#pulsedAtMs = nowMs;
  }

  #learn(cluster: string): void {
    this.#behind.add(cluster);
    if (!this.#isLearning) {
      this.#isLearning = true;
      void this.#learnAll();
    }
  }

  async #learnAll(): Promise<void> {
    while (this.#behind.size > 0 && !this.#stopped) {
      const clusters = [...this.#behind].map((cluster) => ({
        cluster,
        state: this.#state(cluster),
        seen: this.#state(cluster).others.seen,
      }));
      this.#behind.clear();
      const isKnown = await this.#catchUp();
      for (const { cluster, state, seen } of clusters) {
        if (isKnown) {
          state.others.learned = seen;
          this.#mark(cluster);
        } else {
          this.#later(cluster, state, MIN_RETRY_MS);
        }
      }
    }
    this.#isLearning = false;
  }

  async #catchUp(): Promise<boolean> {
    try {
      await this.#options.catchUp();
      return true;
    } catch (error) {
      if (!(error instanceof BusError)) {
        throw error;
      }
      this.#options.logger.warn({ code: error.code, detail: error.message }, "could not read what other hubs have decided, will try again");
      return false;
    }
  }

  async #publish(state: ClusterState, document: IntentDocument, payload: Uint8Array, expectedLastSubjectSequence: number): Promise<void> {
    const { cluster, revision } = document;
    const { bus, onPublished } = this.#options;
    state.writing = true;
    try {
      const { sequence } = await bus.publishStored(subjects.intent(cluster), payload, { expectedLastSubjectSequence });
      state.failures = 0;
      state.stored = { sequence, document };
      onPublished?.(cluster, revision);
      this.#mark(cluster);
    } catch (error) {
      await this.#failed(cluster, state, error);
    } finally {
      state.writing = false;
    }
  }

  #seal(state: ClusterState, document: IntentDocument): Uint8Array | undefined {
    try {
      const payload = sealDocument(document, this.#options.signingKey);
      delete state.problem;
      return payload;
    } catch (error) {
      if (!(error instanceof IntentDocumentError)) {
        throw error;
      }
      if (state.problem === undefined) {
        this.#options.logger.error({ cluster: document.cluster, code: error.code }, error.message);
      }
      state.problem = error;
      this.#options.onProblem?.(document.cluster);
      return undefined;
    }
  }

  async #failed(cluster: string, state: ClusterState, error: unknown): Promise<void> {
    if (!(error instanceof BusError)) {
      throw error;
    }
    const isConflict = error.code === "WrongLastSequence";
    if (state.failures === 0 && !isConflict) {
      this.#options.logger.warn(
        { cluster, code: error.code, detail: error.message },
        "could not publish an intent document, will try again",
      );
    }
    if (isConflict) {
      state.others.seen += 1;
      await this.#reread(cluster, state);
    }
    this.#later(cluster, state, Math.min(MIN_RETRY_MS * 2 ** state.failures, MAX_RETRY_MS));
    state.failures += 1;
  }

  /** Somebody else wrote, or the stream was made anew: looks what stands there. */
  async #reread(cluster: string, state: ClusterState): Promise<void> {
    const { bus, stream, logger } = this.#options;
    try {
      const message = await bus.lastMessage(stream, subjects.intent(cluster));
      state.stored = message === undefined ? NOTHING_STORED : this.#read(cluster, message.payload, message.sequence);
    } catch (error) {
      logger.warn({ cluster, err: error }, "could not read the stored intent document, will try again");
    }
  }

  #later(cluster: string, state: ClusterState, delayMs: number): void {
    if (this.#stopped) {
      return;
    }
    state.retry = setTimeout(() => {
      delete state.retry;
      this.#mark(cluster);
    }, delayMs);
  }
}
