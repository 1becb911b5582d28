import { createHash } from "node:crypto";
import { connectBus, BusError, type Bus } from "@portolan/shared/bus";
import { pinKeys, verifyEnvelope } from "@portolan/shared/signing";
import {
  decodeIntentDocument,
  decodeRepublishRequest,
  encodeAvailabilityDocument,
  encodeAvailabilityReport,
  encodeDigestList,
  encodeHeartbeat,
  encodeInstanceReport,
  encodeRepublishReply,
  INTENT_DOCUMENT_TYPE,
  SubjectDigests,
  subjects,
  type AvailabilityDocument,
  type Heartbeat,
  type Incarnation,
  type InstanceStatus,
  type IntentDocument,
  type IntentState,
} from "@portolan/shared/wire";

/** No message of any type. */
export const GARBAGE: Uint8Array = Buffer.from("\xff\xff\xffnot protobuf", "latin1");

export interface FakeAgentOptions {
  readonly servers: string;
  readonly cluster: string;
  readonly incarnation?: Incarnation;
  /** Public key of the hub. Without it documents are not read. */
  readonly hubKey?: string;
  readonly heartbeatIntervalMs?: number;
  /** What it says of its cluster. Default: a version of Kubernetes. */
  readonly facts?: Heartbeat["facts"];
  /** So far its clock is ahead. Default 0. */
  readonly clockSkewMs?: number;
  /** What the agent does with a new document. */
  readonly onDocument?: (agent: FakeAgent, document: IntentDocument) => void;
  /** It says how far an intent is. */
  readonly onAnswer?: (state: IntentState) => void;
}

/** A cluster's agent as the hub sees it on the wire, driven by a test. It keeps last values and digests as a real one does. */
export class FakeAgent {
  readonly cluster: string;
  readonly incarnation: Incarnation;
  readonly documents: IntentDocument[] = [];
  /** Payloads that are lost on the wire: the agent believes that they were sent. */
  readonly loseSubjects = new Set<string>();
  /** Questions of the hub that are answered with bytes that mean nothing. */
  readonly garbledAnswers = new Set<"digests" | "republish">();
  readonly #options: FakeAgentOptions;
  readonly #bus: Bus;
  readonly #last = new Map<string, Uint8Array>();
  readonly #digests = new SubjectDigests();
  readonly #intents = new Map<string, IntentState>();
  readonly #startedAtMs: number;
  /** What is offered, by namespace and name. */
  readonly #offers = new Map<string, AvailabilityDocument>();
  #revision = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: FakeAgentOptions, bus: Bus) {
    this.#options = options;
    this.#bus = bus;
    this.cluster = options.cluster;
    this.#startedAtMs = this.now();
    this.incarnation = options.incarnation ?? { clusterUid: `uid-of-${options.cluster}`, registrationId: "" };
  }

  static async start(options: FakeAgentOptions): Promise<FakeAgent> {
    const bus = await connectBus({ servers: options.servers, name: `agent-${options.cluster}` });
    const agent = new FakeAgent(options, bus);
    bus.respond(subjects.digests(agent.cluster), () =>
      agent.garbledAnswers.has("digests")
        ? GARBAGE
        : encodeDigestList({ cluster: agent.cluster, incarnation: agent.incarnation, entries: agent.#digests.entries() }),
    );
    bus.respond(subjects.republish(agent.cluster), (payload) => {
      if (agent.garbledAnswers.has("republish")) return GARBAGE;
      const { subjects: asked } = decodeRepublishRequest(payload);
      for (const subject of asked) {
        agent.loseSubjects.delete(subject);
        agent.#send(subject, agent.#last.get(subject) ?? new Uint8Array());
      }
      return encodeRepublishReply({ published: asked.length });
    });
    bus.subscribe(subjects.intent(agent.cluster), ({ payload }) => agent.#receive(payload));
    bus.onStatus((status) => {
      if (status === "connected") {
        agent.republishAll();
        void agent.readDocument();
      }
    });
    await agent.readDocument();
    agent.#beatRegularly();
    return agent;
  }

  /** By its own clock. */
  now(): number {
    return Date.now() + (this.#options.clockSkewMs ?? 0);
  }

  /** Newest accepted document. */
  get document(): IntentDocument | undefined {
    return this.documents.at(-1);
  }

  report(name: string, status: InstanceStatus, namespace = "default"): void {
    this.#keep(
      subjects.report(this.cluster, namespace, name),
      encodeInstanceReport({ cluster: this.cluster, incarnation: this.incarnation, namespace, name, content: { type: "status", status } }),
    );
  }

  /** Says where an instance could go; returns the digest for its status. */
  offer(name: string, document: AvailabilityDocument, namespace = "default"): string {
    const bytes = encodeAvailabilityDocument(document);
    this.#offers.set(`${namespace}/${name}`, document);
    this.#keep(
      subjects.availability(this.cluster, namespace, name),
      encodeAvailabilityReport({ cluster: this.cluster, incarnation: this.incarnation, namespace, name, document: bytes }),
    );
    return createHash("sha256").update(bytes).digest("hex");
  }

  versionOf(name: string, namespace = "default"): string | undefined {
    return this.#offers.get(`${namespace}/${name}`)?.from;
  }

  /** Hash of the plan to a version; undefined: it is not offered. */
  planHash(namespace: string, name: string, version: string): string | undefined {
    return this.#offers.get(`${namespace}/${name}`)?.available.find((entry) => entry.version === version)?.planHash;
  }

  remove(name: string, namespace = "default"): void {
    const { cluster, incarnation } = this;
    this.#forget(
      subjects.report(cluster, namespace, name),
      encodeInstanceReport({ cluster, incarnation, namespace, name, content: { type: "tombstone", uid: "gone" } }),
    );
    this.#forget(subjects.availability(cluster, namespace, name), encodeAvailabilityReport({ cluster, incarnation, namespace, name }));
  }

  /** Says how far an intent is, at once. */
  answer(state: IntentState): void {
    this.#intents.set(state.id, state);
    this.beat();
    this.#options.onAnswer?.(state);
  }

  beat(): void {
    this.#send(subjects.heartbeat(this.cluster), encodeHeartbeat(this.#heartbeat()));
  }

  /** Publishes anything under this agent's connection. */
  async publish(subject: string, payload: Uint8Array): Promise<void> {
    await this.#bus.publishStored(subject, payload);
  }

  republishAll(): void {
    for (const [subject, payload] of this.#last) {
      this.#send(subject, payload);
    }
    this.beat();
  }

  async readDocument(): Promise<void> {
    try {
      const stored = await this.#bus.lastMessage("PORTOLAN_INTENTS", subjects.intent(this.cluster));
      if (stored !== undefined) {
        this.#receive(stored.payload);
      }
    } catch (error) {
      if (!(error instanceof BusError)) {
        throw error;
      }
    }
  }

  silence(): void {
    clearInterval(this.#timer);
  }

  async stop(): Promise<void> {
    this.silence();
    await this.#bus.close();
  }

  #beatRegularly(): void {
    this.beat();
    this.#timer = setInterval(() => this.beat(), this.#options.heartbeatIntervalMs ?? 3_000);
  }

  #heartbeat(): Heartbeat {
    return {
      cluster: this.cluster,
      incarnation: this.incarnation,
      agentVersion: "0.0.0-fake",
      sentAtUnixMs: this.now(),
      startedAtUnixMs: this.#startedAtMs,
      intervalMs: this.#options.heartbeatIntervalMs ?? 3_000,
      reportsDigest: this.#digests.hex,
      reportsCount: this.#digests.count,
      intentRevision: this.#revision,
      intents: [...this.#intents.values()],
      facts: this.#options.facts ?? { kubernetesVersion: "v1.37.2" },
      catalogProblems: [],
    };
  }

  #receive(payload: Uint8Array): void {
    const { hubKey, onDocument } = this.#options;
    if (hubKey === undefined) {
      return;
    }
    const { value } = decodeIntentDocument(verifyEnvelope(payload, pinKeys([hubKey]), INTENT_DOCUMENT_TYPE));
    if (
      value.cluster !== this.cluster ||
      value.incarnation.clusterUid !== this.incarnation.clusterUid ||
      value.revision <= this.#revision
    ) {
      return;
    }
    this.#revision = value.revision;
    this.documents.push(value);
    const open = new Set(value.intents.map(({ id }) => id));
    for (const id of this.#intents.keys()) {
      if (!open.has(id)) {
        this.#intents.delete(id);
      }
    }
    onDocument?.(this, value);
    this.beat();
  }

  #keep(subject: string, payload: Uint8Array): void {
    this.#last.set(subject, payload);
    this.#digests.set(subject, payload);
    this.#send(subject, payload);
  }

  #forget(subject: string, tombstone: Uint8Array): void {
    this.#last.delete(subject);
    this.#digests.delete(subject);
    this.#send(subject, tombstone);
  }

  #send(subject: string, payload: Uint8Array): void {
    if (this.loseSubjects.has(subject)) {
      return;
    }
    // What is lost here is found by the next digests, as in a real agent whose outbox was cut off.
    this.#bus.publishStored(subject, payload).catch((error: unknown) => {
      if (!(error instanceof BusError)) {
        throw error;
      }
    });
  }
}

/** A status of a healthy instance, with what a test wants to be different. */
export function status(changes: Partial<InstanceStatus> = {}): InstanceStatus {
  return {
    uid: "uid-1",
    service: "cert-manager",
    generation: 1,
    observedGeneration: 1,
    phase: "Ready",
    version: "1.0.0",
    targetVersion: "1.0.0",
    ready: true,
    labels: {},
    ignoresFleet: false,
    changedAtUnixMs: 1_700_000_000_000,
    ...changes,
  };
}

/** A document that offers the versions, each in as many steps as it is away in the list. */
export function offer(from: string, versions: readonly string[], blocked: readonly string[] = []): AvailabilityDocument {
  return {
    service: "cert-manager",
    from,
    available: versions.map((version, index) => ({
      version,
      steps: [from, ...versions].slice(0, index + 1).map((before, step) => ({
        from: before,
        to: versions[step] ?? version,
        upgrader: "minor",
        direction: "upgrade" as const,
        disruptive: false,
        irreversible: false,
        digest: "d".repeat(64),
      })),
      cost: index + 1,
      risks: [],
      planHash: createHash("sha256").update(`${from} ${version}`).digest("hex"),
    })),
    unavailable: blocked.map((version) => ({
      version,
      reasons: [{ code: "KubernetesVersion", message: `${version} needs another Kubernetes` }],
    })),
    totalAvailable: versions.length,
    totalUnavailable: blocked.length,
  };
}
