/** A hub that says what a test tells it to say, and remembers what it hears: over a real broker, with real signatures. */
import type { AgentFleetOptions } from "@portolan/agent/agent";
import { CATALOGS_STREAM, connectBus, FLEET_STREAMS, INTENTS_STREAM, REPORTS_STREAM, type Bus, type Follower } from "@portolan/shared/bus";
import { serializeCatalog, type Catalog } from "@portolan/shared/catalog";
import { sha256Hex } from "@portolan/shared/json";
import { generateKeyPair, loadSigningKey, signEnvelope } from "@portolan/shared/signing";
import {
  decodeAvailabilityDocument,
  decodeAvailabilityReport,
  decodeHeartbeat,
  decodeInstanceReport,
  encodeCatalogDocument,
  encodeIntentDocument,
  INTENT_DOCUMENT_TYPE,
  parseSubject,
  SubjectDigests,
  subjects,
  type AvailabilityDocument,
  type CatalogReference,
  type Heartbeat,
  type Incarnation,
  type InstanceStatus,
  type Intent,
  type IntentBase,
  type IntentDocument,
  type IntentState,
} from "@portolan/shared/wire";
import { eventually, logger, type TestCluster } from "./harness.ts";

const pair = generateKeyPair();
const key = loadSigningKey(pair.privateKeyPem);
const strangersKey = loadSigningKey(generateKeyPair().privateKeyPem);

/** What agents pin. */
/** How the agent of a cluster joins a fleet whose documents a {@link ScriptedHub} signs. */
export function joining(servers: string, { embedded: { name } }: TestCluster, log = logger): AgentFleetOptions {
  return {
    connect: async (signal) =>
      await connectBus({ servers, name, signal, logger: log, inboxPrefix: `_INBOX.${name}`, maxReconnectDelayMs: 100 }),
    hubKeys: [pair.publicKey],
    registrationId: "r1",
    heartbeatMs: 100,
  };
}

export class ScriptedHub {
  readonly bus: Bus;
  readonly cluster: string;
  readonly #incarnation: () => Incarnation;
  readonly #follower: Follower;
  /** The stream's last values. */
  readonly payloads = new Map<string, Uint8Array>();
  #revision = 0;

  private constructor(bus: Bus, cluster: string, incarnation: () => Incarnation) {
    this.bus = bus;
    this.cluster = cluster;
    this.#incarnation = incarnation;
    this.#follower = bus.follow(REPORTS_STREAM.name, {
      subjects: [subjects.allOfCluster("report", cluster), subjects.allOfCluster("availability", cluster), subjects.heartbeat(cluster)],
      onMessage: ({ subject, payload }) => void this.payloads.set(subject, Uint8Array.from(payload)),
      onCaughtUp: () => {},
      onReset: () => this.payloads.clear(),
    });
  }

  static async start(url: string, cluster: string, incarnation: () => Incarnation): Promise<ScriptedHub> {
    const bus = await connectBus({ servers: url, name: "scripted hub", maxReconnectDelayMs: 100 });
    await bus.ensureStreams(FLEET_STREAMS);
    return new ScriptedHub(bus, cluster, incarnation);
  }

  async stop(): Promise<void> {
    this.#follower.stop();
    await this.bus.close();
  }

  get heartbeat(): Heartbeat | undefined {
    const payload = this.payloads.get(subjects.heartbeat(this.cluster));
    return payload === undefined ? undefined : decodeHeartbeat(payload).value;
  }

  /** The last report of an instance; "tombstone" when it is gone. */
  report(name: string): InstanceStatus | "tombstone" | undefined {
    const payload = this.payloads.get(subjects.report(this.cluster, "default", name));
    if (payload === undefined) return undefined;
    const { content } = decodeInstanceReport(payload).value;
    return content.type === "status" ? content.status : "tombstone";
  }

  availability(name: string): AvailabilityDocument | undefined {
    const payload = this.payloads.get(subjects.availability(this.cluster, "default", name));
    const document = payload === undefined ? undefined : decodeAvailabilityReport(payload).document;
    return document === undefined ? undefined : decodeAvailabilityDocument(document).value;
  }

  /** The digest that the hub computes from what the stream holds. */
  get digest(): string {
    const digests = new SubjectDigests();
    for (const [subject, payload] of this.payloads) {
      const kind = parseSubject(subject)?.kind;
      if (kind === "report" && decodeInstanceReport(payload).value.content.type === "status") digests.set(subject, payload);
      if (kind === "availability" && decodeAvailabilityReport(payload).document !== undefined) digests.set(subject, payload);
    }
    return digests.hex;
  }

  state(id: string): IntentState | undefined {
    return this.heartbeat?.intents.find((intent) => intent.id === id);
  }

  async untilState(id: string, phase: IntentState["phase"]): Promise<IntentState> {
    await eventually(
      () => this.state(id)?.phase === phase,
      () => `the intent ${id} is ${phase}, not ${JSON.stringify(this.state(id))}, in ${JSON.stringify(this.heartbeat)}`,
    );
    const state = this.state(id);
    if (state === undefined) throw new Error("it was there a moment ago");
    return state;
  }

  async untilAcknowledged(revision: number): Promise<void> {
    await eventually(() => this.heartbeat?.intentRevision === revision, `revision ${revision} is acknowledged`);
  }

  async untilRefused(code: string): Promise<Heartbeat> {
    await eventually(() => this.heartbeat?.refusal?.code === code, `the document is refused with ${code}`);
    if (this.heartbeat === undefined) throw new Error("it was there a moment ago");
    return this.heartbeat;
  }

  /** The intent to go to a version, by the plan that the cluster itself has reported for what is installed and ready. */
  async intentTo(name: string, version: string, parts: Partial<IntentBase> = {}): Promise<Intent> {
    const find = () => {
      const [report, availability] = [this.report(name), this.availability(name)];
      if (typeof report !== "object" || !report.ready || availability?.from !== report.version) return undefined;
      return availability?.available.find((each) => each.version === version);
    };
    await eventually(() => find() !== undefined, `${version} is available for ${name}`);
    const planHash = find()?.planHash;
    return {
      id: `${name}-to-${version}`,
      namespace: "default",
      name,
      mode: "Apply",
      service: "web",
      action: "Move",
      version,
      acceptRisks: [],
      ...(planHash === undefined ? {} : { planHash }),
      ...parts,
    };
  }

  /** Publishes the next document. Returns its revision. */
  async say(parts: Partial<IntentDocument> = {}): Promise<number> {
    const { revision } = await this.publish(this.document(parts));
    return revision;
  }

  document(parts: Partial<IntentDocument> = {}): IntentDocument {
    const revision = parts.revision ?? ++this.#revision;
    return {
      cluster: this.cluster,
      incarnation: this.#incarnation(),
      issuedAtUnixMs: Date.now(),
      labels: {},
      catalogSet: [],
      intents: [],
      ...parts,
      revision,
    };
  }

  async publish(
    document: IntentDocument,
    { forged = false, to = this.cluster }: { readonly forged?: boolean; readonly to?: string } = {},
  ): Promise<IntentDocument> {
    await this.bus.publishStored(
      subjects.intent(to),
      signEnvelope(INTENT_DOCUMENT_TYPE, encodeIntentDocument(document), forged ? strangersKey : key),
    );
    return document;
  }

  /** Any bytes on the cluster's intent subject. */
  async publishBytes(payload: Uint8Array): Promise<void> {
    await this.bus.publishStored(subjects.intent(this.cluster), payload);
  }

  async storedDocument(): Promise<Uint8Array> {
    const message = await this.bus.lastMessage(INTENTS_STREAM.name, subjects.intent(this.cluster));
    if (message === undefined) throw new Error("there is no stored document");
    return Uint8Array.from(message.payload);
  }

  async publishCatalog(name: string, catalog: Catalog): Promise<CatalogReference> {
    const content = serializeCatalog(catalog);
    const digest = sha256Hex(content);
    const { stream } = await this.bus.publishStored(subjects.catalog(digest), encodeCatalogDocument({ name, content }));
    if (stream !== CATALOGS_STREAM.name) throw new Error(`expected the stream of catalogs, found ${stream}`);
    return { name, digest };
  }
}
