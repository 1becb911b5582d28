/** Puts an agent together: one cluster, its instances, and, where there is one, the fleet. */
import { isDeepStrictEqual } from "node:util";
import type { Bus } from "@portolan/shared/bus";
import type { Catalog } from "@portolan/shared/catalog";
import type { ClusterFacts } from "@portolan/shared/graph";
import { pinKeys, type PinnedKeys } from "@portolan/shared/signing";
import type { Incarnation } from "@portolan/shared/wire";
import type { Logger } from "pino";
import { Catalogs, writeServiceDefinitions } from "../catalogs/mod.ts";
import { clusterUid, digestKey, ensureNamespace, installAdmission, installCrds, readFacts, type OwnFacts } from "../cluster/mod.ts";
import { ClusterPolicyWatch } from "../cluster-policy/mod.ts";
import { Controller, EventRecorder, noMetrics, Reflector, type ControllerMetrics, type Delta } from "../controller/mod.ts";
import { applySetId, manifestsDeployer } from "../deployers/manifests/mod.ts";
import { HelmDeployer, type HelmSettings } from "../deployers/helm/mod.ts";
import { Deployers } from "../deployers/mod.ts";
import { Fleet } from "../fleet/mod.ts";
import {
  boundServices,
  Gatherer,
  instanceEvents,
  MemberWatches,
  namespacePatienceMs,
  Preflights,
  Reconciler,
  SecretWatches,
} from "../instance/mod.ts";
import { IntentBook, readRemembered, writeRemembered, type RememberedDocument } from "../intents/mod.ts";
import { KubeClient, splitObjectKey, untilAborted, type KubeTransport } from "../kube/mod.ts";
import { API_VERSION, asServiceInstance, instanceKey, SERVICE_INSTANCE_KIND, type ServiceInstance } from "../resources/mod.ts";
import type { FleetLink, Standing } from "../standing/mod.ts";
import { FirstLook } from "./first-look.ts";
import type { Pulse } from "./liveness.ts";

export interface AgentOptions {
  /** Name of the cluster in its fleet: a DNS label. */
  readonly cluster: string;
  readonly transport: KubeTransport;
  /** The catalog that comes with the agent. */
  readonly catalog?: Catalog;
  readonly fleet?: AgentFleetOptions;
  /** Absent: versions that are deployed with helm cannot be reached. */
  readonly helm?: HelmSettings;
  /** Where the agent keeps its own things. */
  readonly namespace: string;
  readonly agentVersion: string;
  readonly logger: Logger;
  readonly metrics?: ControllerMetrics;
  /** Instances that are reconciled at once. */
  readonly concurrency?: number;
  /** How long the API server may take to answer a request. Default 30 s. */
  readonly requestTimeoutMs?: number;
  /** Ends a start that is still going on. An agent that runs is ended by its `stop`. */
  readonly signal?: AbortSignal;
  /** The clock by which the fleet's wishes are held against time. Default: the system's. */
  readonly now?: () => number;
  /** How long an instance whose service cannot be uninstalled may hold a namespace that is going away. Default 10 minutes. */
  readonly namespacePatienceMs?: number;
}

export interface AgentFleetOptions {
  /** Connects to the bus; it may take as long as it takes. */
  readonly connect: (signal: AbortSignal) => Promise<Bus>;
  /** Public keys of the hub (base64). */
  readonly hubKeys: readonly string[];
  /** Given when the cluster was registered. */
  readonly registrationId: string;
  readonly heartbeatMs?: number;
}

export interface Agent {
  readonly incarnation: Incarnation;
  /** Whether the instances were read and are being looked after. */
  readonly ready: boolean;
  readonly pulse: Pulse;
  /** How it is connected to its fleet, and whether it takes what that wishes. */
  readonly fleet: Pick<Standing, "fleet" | "refusal">;
  /** Takes nothing more, lets what runs come to a point where it can be left, and disconnects. */
  stop(options?: AgentStopOptions): Promise<void>;
}

export interface AgentStopOptions {
  /** How long what runs may go on before it is told to end. Default 20 s; 0 when the agent may not act any more. */
  readonly drainMs?: number;
}

const defaultHeartbeatMs = 3_000;
const factsIntervalMs = 60_000;
const defaultConcurrency = 8;
const defaultDrainMs = 20_000;
/** For what was told to end. */
const stopGraceMs = 2_000;
/** ServiceDefinitions are for people only: what the API server refuses now is not tried many times a second. */
const definitionsBackoff = { baseMs: 500, maxMs: 60_000 };
/** The queue of the ServiceDefinitions knows one key: all of them are written together. */
const allDefinitions = "all";

/**
 * Starts an agent. Resolves when it looks after its instances; the fleet may come later.
 *
 * @throws SigningError when a key of the hub is none, KubeError when the API server cannot be used, the signal's reason
 */
export async function startAgent(options: AgentOptions): Promise<Agent> {
  const hubKeys = pinKeys(options.fleet?.hubKeys ?? []);
  const stopping = new AbortController();
  const { transport, requestTimeoutMs, signal } = options;
  const kube = new KubeClient({ transport, ...(requestTimeoutMs === undefined ? {} : { timeoutMs: requestTimeoutMs }) });
  const starting = signal ?? stopping.signal;
  await installCrds(kube, starting);
  await installAdmission(kube, options.logger.child({ cluster: options.cluster }), starting);
  await ensureNamespace(kube, options.namespace, starting);
  const incarnation = { clusterUid: await clusterUid(kube), registrationId: options.fleet?.registrationId ?? "" };
  const facts = await readFacts(kube);
  const remembered = await readRemembered(kube, options.namespace);
  const secretsKey = await digestKey(kube, options.namespace);
  const running = new RunningAgent(options, kube, incarnation, stopping, facts, remembered, hubKeys, secretsKey);
  try {
    await untilAborted(running.start(), signal);
  } catch (error) {
    await running.stop();
    throw error;
  }
  return running;
}

class RunningAgent implements Agent {
  readonly incarnation: Incarnation;
  readonly #options: AgentOptions;
  readonly #kube: KubeClient;
  readonly #logger: Logger;
  readonly #stopping: AbortController;
  readonly #instances: Reflector;
  readonly #members: MemberWatches;
  readonly #secrets: SecretWatches;
  readonly #clusterPolicy: ClusterPolicyWatch;
  readonly #controller: Controller;
  readonly #definitions: Controller;
  readonly #deployers: Deployers;
  readonly #recorder: EventRecorder;
  readonly #catalogs: Catalogs;
  readonly #book: IntentBook;
  readonly #remembered: RememberedDocument;
  readonly #hubKeys: PinnedKeys;
  readonly #firstLook: FirstLook;
  /** Encoded availability of every instance, for a fleet that comes later. */
  readonly #availability = new Map<string, Uint8Array>();
  /** Instance keys by the id that stands on everything that is theirs. */
  readonly #keysById = new Map<string, string>();
  #facts: OwnFacts;
  #labels: { readonly [key: string]: string };
  #fleet: Fleet | undefined;
  #bus: Bus | undefined;
  #linking: Promise<void> = Promise.resolve();
  #factsTimer: NodeJS.Timeout | undefined;
  #ready = false;

  constructor(
    options: AgentOptions,
    kube: KubeClient,
    incarnation: Incarnation,
    stopping: AbortController,
    facts: OwnFacts,
    remembered: RememberedDocument,
    hubKeys: PinnedKeys,
    secretsKey: Uint8Array,
  ) {
    this.#options = options;
    this.#kube = kube;
    this.#logger = options.logger.child({ cluster: options.cluster });
    this.incarnation = incarnation;
    this.#stopping = stopping;
    this.#facts = facts;
    this.#remembered = remembered;
    this.#labels = remembered.labels;
    this.#hubKeys = hubKeys;
    const logger = this.#logger;
    this.#catalogs = new Catalogs(options.catalog);
    this.#book = new IntentBook(() => this.#fleet?.requestHeartbeat());
    this.#firstLook = new FirstLook(() => this.#fleet?.startHeartbeats());
    this.#recorder = new EventRecorder({ client: kube, reporter: { controller: "portolan.dev/agent", instance: options.cluster }, logger });
    this.#instances = new Reflector({ client: kube, apiVersion: API_VERSION, kind: SERVICE_INSTANCE_KIND, logger });
    this.#members = new MemberWatches({ kube, logger, onChange: (id) => this.#memberChanged(id) });
    this.#secrets = new SecretWatches({ kube, logger, onChange: (key) => this.#controller.enqueue(key) });
    const { helm, namespace } = options;
    this.#clusterPolicy = new ClusterPolicyWatch({ kube, namespace, logger, onChange: () => this.#lookAtAll() });
    const deployers = new Deployers({
      manifests: manifestsDeployer,
      ...(helm === undefined ? {} : { helm: new HelmDeployer({ ...helm, kube, namespace }) }),
    });
    this.#deployers = deployers;
    const preflights = new Preflights();
    const gatherer = new Gatherer({
      kube,
      inFleet: options.fleet !== undefined,
      catalogs: this.#catalogs,
      facts: () => this.#clusterFacts(),
      instances: this.#instances.cache,
      intents: this.#book,
      clusterPolicy: this.#clusterPolicy,
      deployers,
      preflights,
    });
    const reconciler = new Reconciler({
      kube,
      instances: this.#instances.cache,
      gatherer,
      intents: this.#book,
      deployers,
      preflights,
      events: {
        note: (...event) => this.#events().note(...event),
        noteOnNamespace: (...event) => this.#events().noteOnNamespace(...event),
        tell: (...entry) => this.#events().tell(...entry),
      },
      logger,
      now: options.now ?? Date.now,
      namespacePatienceMs: options.namespacePatienceMs ?? namespacePatienceMs,
      watchKind: (apiVersion, kind) => this.#members.watch({ apiVersion, kind }),
      secretWatches: this.#secrets,
      digestKey: secretsKey,
      onAvailability: (key, document) => this.#availabilityChanged(key, document),
    });
    this.#instances.onDelta(({ type, key, object }) =>
      reconciler.seen(key, type === "Deleted" ? undefined : object.metadata.resourceVersion),
    );
    this.#controller = new Controller({
      name: "serviceinstance",
      reconcile: async (key, signal) => {
        try {
          return await reconciler.reconcile(key, signal);
        } finally {
          this.#firstLook.done(key);
        }
      },
      watches: [{ reflector: this.#instances }],
      concurrency: options.concurrency ?? defaultConcurrency,
      logger,
      metrics: options.metrics ?? noMetrics,
    });
    this.#definitions = new Controller({
      name: "servicedefinition",
      reconcile: async (_, signal) => await writeServiceDefinitions(kube, this.#catalogs, signal),
      watches: [],
      backoff: definitionsBackoff,
      logger,
      metrics: options.metrics ?? noMetrics,
    });
  }

  get ready(): boolean {
    return this.#ready;
  }

  get pulse(): Pulse {
    const reconciles = [...this.#controller.unfinishedMs, ...this.#definitions.unfinishedMs];
    return { quietMs: this.#instances.quietMs, longestReconcileMs: Math.max(0, ...reconciles) };
  }

  get fleet(): Pick<Standing, "fleet" | "refusal"> {
    const { refusal } = this.#book;
    return { fleet: this.#fleetLink(), ...(refusal === undefined ? {} : { refusal: `${refusal.code}: ${refusal.message}` }) };
  }

  async start(): Promise<void> {
    this.#instances.onDelta((delta) => this.#instanceChanged(delta));
    this.#instances.start();
    // A veto over the hub: without one there is nothing to veto.
    if (this.#options.fleet !== undefined) this.#clusterPolicy.start();
    this.#members.watch({ apiVersion: "batch/v1", kind: "Job" });
    this.#definitions.enqueue(allDefinitions);
    await this.#definitions.start();
    await this.#instances.whenSynced();
    this.#firstLook.expect(this.#instances.cache.list().map((object) => instanceKey(asServiceInstance(object))));
    await this.#controller.start();
    this.#stopping.signal.throwIfAborted();
    this.#ready = true;
    this.#factsTimer = setInterval(() => void this.#refreshFacts(), factsIntervalMs);
    if (this.#options.fleet !== undefined) this.#linking = this.#link(this.#options.fleet);
    this.#logger.info({ services: this.#catalogs.services.size, instances: this.#instances.cache.size }, "the agent is running");
  }

  async stop({ drainMs = defaultDrainMs }: AgentStopOptions = {}): Promise<void> {
    this.#ready = false;
    this.#stopping.abort();
    clearInterval(this.#factsTimer);
    const drain = { deadlineMs: drainMs, graceMs: stopGraceMs };
    await Promise.all([this.#controller.stop(drain), this.#definitions.stop(drain), this.#deployers.stop()]);
    await this.#linking;
    this.#fleet?.stop();
    await Promise.all([
      this.#members.stop(),
      this.#secrets.stop(),
      this.#clusterPolicy.stop(),
      this.#instances.stop(),
      this.#recorder.stop(),
    ]);
    await this.#bus?.close();
  }

  /** Connects to the fleet, however long that takes, and tells it everything. */
  async #link(fleet: AgentFleetOptions): Promise<void> {
    const { cluster, agentVersion, namespace } = this.#options;
    try {
      this.#bus = await fleet.connect(this.#stopping.signal);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#logger.error({ err: error }, "the fleet cannot be reached; the cluster is looked after without it");
      return;
    }
    this.#fleet = new Fleet({
      bus: this.#bus,
      reporter: { cluster, incarnation: this.incarnation },
      hubKeys: this.#hubKeys,
      agentVersion,
      heartbeatMs: fleet.heartbeatMs ?? defaultHeartbeatMs,
      logger: this.#logger,
      now: this.#options.now ?? Date.now,
      book: this.#book,
      seen: this.#remembered.seen,
      facts: () => this.#facts,
      catalogDigest: () => this.#catalogs.digest,
      onCatalogs: (catalogs) => this.#catalogsChanged(this.#catalogs.useFleet(catalogs)),
      onLabels: (labels) => this.#labelsChanged(labels),
      onIntents: (keys) => {
        for (const key of keys) this.#controller.enqueue(key);
      },
      note: (...event) => this.#events().note(...event),
      remember: async (document) => await writeRemembered(this.#kube, namespace, document),
    });
    for (const object of this.#instances.cache.list()) this.#fleet.report(asServiceInstance(object));
    for (const [key, document] of this.#availability) this.#fleet.reportAvailability(named(key), document);
    this.#fleet.start();
    if (this.#firstLook.isOver) this.#fleet.startHeartbeats();
  }

  #fleetLink(): FleetLink {
    if (this.#options.fleet === undefined) return "None";
    if (this.#bus === undefined) return "Connecting";
    return this.#bus.connected ? "Connected" : "Disconnected";
  }

  #events(): ReturnType<typeof instanceEvents> {
    return instanceEvents(this.#recorder, this.#fleet?.timeline);
  }

  #clusterFacts(): ClusterFacts {
    return { name: this.#options.cluster, labels: this.#labels, ...this.#facts };
  }

  #instanceChanged(delta: Delta): void {
    const instance = asServiceInstance(delta.object);
    const { namespace, name, uid = "" } = instance.metadata;
    const id = applySetId(instance.metadata);
    if (delta.type === "Deleted") {
      this.#keysById.delete(id);
      this.#fleet?.reportGone({ namespace, name, uid });
    } else {
      this.#keysById.set(id, instanceKey(instance));
      this.#fleet?.report(instance);
    }
    const before = delta.type === "Modified" ? asServiceInstance(delta.previous) : undefined;
    if (before === undefined || matters(before) !== matters(instance)) this.#lookAtRelated(instance);
  }

  /** Instances whose ways may depend on this one, and its rivals for the one place that a service may have in a cluster, or a namespace. */
  #lookAtRelated(changed: ServiceInstance): void {
    if (!this.#ready) return;
    const { spec, metadata } = changed;
    const bound = boundServices(this.#catalogs.services, spec.service);
    const inCluster = this.#catalogs.service(spec.service)?.scope === "Cluster";
    for (const object of this.#instances.cache.list()) {
      const other = asServiceInstance(object);
      const isRival = other.spec.service === spec.service && (inCluster || other.metadata.namespace === metadata.namespace);
      if ((isRival || bound.has(other.spec.service)) && instanceKey(other) !== instanceKey(changed)) {
        this.#controller.enqueue(instanceKey(other));
      }
    }
  }

  #memberChanged(id: string): void {
    const key = this.#keysById.get(id);
    if (key !== undefined) this.#controller.enqueue(key);
  }

  #availabilityChanged(key: string, document: Uint8Array | undefined): void {
    if (document === undefined) {
      this.#availability.delete(key);
      this.#fleet?.reportNoAvailability(named(key));
      return;
    }
    if (this.#availability.get(key) === document) return;
    this.#availability.set(key, document);
    this.#fleet?.reportAvailability(named(key), document);
  }

  #catalogsChanged(services: ReadonlySet<string>): void {
    this.#logger.info({ services: [...services], digest: this.#catalogs.digest }, "the catalogs in use have changed");
    this.#lookAtAll();
    this.#definitions.enqueue(allDefinitions);
    this.#fleet?.requestHeartbeat();
  }

  #labelsChanged(labels: { readonly [key: string]: string }): void {
    if (isDeepStrictEqual(labels, this.#labels)) return;
    this.#labels = labels;
    this.#lookAtAll();
  }

  #lookAtAll(): void {
    for (const object of this.#instances.cache.list()) this.#controller.enqueue(instanceKey(asServiceInstance(object)));
  }

  async #refreshFacts(): Promise<void> {
    try {
      const facts = await readFacts(this.#kube);
      if (isDeepStrictEqual(facts, this.#facts)) return;
      this.#facts = facts;
      this.#lookAtAll();
    } catch (error) {
      this.#logger.warn({ err: error }, "the cluster's facts could not be read; the last ones are used");
    }
  }
}

/** What of an instance may decide about others. */
function matters(instance: ServiceInstance): string {
  const ready = instance.status?.conditions?.find((condition) => condition.type === "Ready")?.status;
  return `${instance.spec.service} ${instance.status?.version ?? ""} ${ready ?? ""}`;
}

function named(key: string): { readonly namespace: string; readonly name: string } {
  const { namespace = "", name } = splitObjectKey(key);
  return { namespace, name };
}
