/** An embedded cluster with an agent, and what tests do to both. */
import type { ControllerMetrics } from "@portolan/agent/controller";
import { startAgent, type Agent, type AgentFleetOptions } from "@portolan/agent/agent";
import { KubeClient, type KubeObject, type KubeTransport, type ObjectRef } from "@portolan/agent/kube";
import { API_VERSION, asServiceInstance, labels, type ServiceInstance, type ServiceInstanceSpec } from "@portolan/agent/resources";
import type { Catalog } from "@portolan/shared/catalog";
import { createEmbeddedCluster, type EmbeddedCluster, type Faults } from "@portolan/simulator/kubernetes";
import { withFaults } from "@portolan/simulator/kubernetes/faults";
import { setTimeout as sleep } from "node:timers/promises";
import { pino, type Logger } from "pino";
import { shapedTransport, type ShapedTransport } from "../../contract/known-shapes.ts";

const patienceMs = 15_000;
const pollMs = 5;

export const logger = pino({ level: process.env["PORTOLAN_TEST_LOG"] ?? "silent" });

/** A line of a log, as far as tests look at it. */
export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly cluster?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly kind?: string;
  readonly leftOut?: string;
  readonly err?: { readonly message: string };
}

/** A logger, and the lines that were logged with it. */
export function recordedLog(): { readonly logger: Logger; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  return { logger: pino({ level: "info" }, { write: (line) => lines.push(JSON.parse(line)) }), lines };
}

export interface TestAgentOptions {
  readonly catalog?: Catalog;
  /** Between the agent and its cluster. Default: the cluster's own. */
  readonly transport?: KubeTransport;
  readonly fleet?: AgentFleetOptions;
  /** Default: one that says what PORTOLAN_TEST_LOG lets it say. */
  readonly logger?: Logger;
  readonly metrics?: ControllerMetrics;
  readonly now?: () => number;
  readonly requestTimeoutMs?: number;
  readonly namespacePatienceMs?: number;
}

export class TestCluster {
  /** Its transport is the agents': what they ask of it must be in the contract. */
  readonly embedded: EmbeddedCluster;
  /** The test's own hands, which no fault keeps from anything. */
  readonly kube: KubeClient;
  readonly #shaped: ShapedTransport;
  readonly #stopping: (() => Promise<unknown>)[] = [];

  constructor(name = "test") {
    const embedded = createEmbeddedCluster({ name, delays: { workloadReadyMs: 1, jobMs: 1 } });
    this.#shaped = shapedTransport(embedded.transport);
    this.embedded = { ...embedded, transport: this.#shaped.transport };
    this.kube = new KubeClient({ transport: embedded.transport });
  }

  async startAgent(options: TestAgentOptions): Promise<Agent> {
    const agent = await startAgent({
      cluster: this.embedded.name,
      transport: this.embedded.transport,
      namespace: "portolan-system",
      agentVersion: "0.0.0",
      logger,
      ...options,
    });
    this.#stopping.push(async () => await agent.stop());
    return agent;
  }

  /** @throws UnknownRequestShapes when an agent asked what no contract case asks */
  async close(): Promise<void> {
    this.embedded.faults.clear();
    await Promise.all(this.#stopping.splice(0).map(async (stop) => await stop()));
    await this.embedded.close();
    await this.#shaped.check();
  }

  /** Writes a ServiceInstance as a person with `kubectl create`. */
  async create(name: string, spec: ServiceInstanceSpec, metadata: Partial<KubeObject["metadata"]> = {}): Promise<ServiceInstance> {
    const object = {
      apiVersion: API_VERSION,
      kind: "ServiceInstance",
      metadata: { namespace: "default", ...metadata, name },
      spec: { ...spec },
    };
    return asServiceInstance(await this.kube.create(object, { fieldManager: "kubectl-create" }));
  }

  /** Edits a ServiceInstance's spec as a person with `kubectl edit`. */
  async edit(name: string, spec: { readonly [field in keyof ServiceInstanceSpec]?: ServiceInstanceSpec[field] | null }): Promise<void> {
    await this.kube.patch(instanceRef(name), { type: "merge", patch: { spec } }, { fieldManager: "kubectl-edit" });
  }

  async annotate(name: string, annotations: Readonly<Record<string, string | null>>): Promise<void> {
    await this.kube.patch(instanceRef(name), { type: "merge", patch: { metadata: { annotations } } }, { fieldManager: "kubectl-annotate" });
  }

  async instance(name: string): Promise<ServiceInstance | undefined> {
    const object = await this.kube.get(instanceRef(name));
    return object === undefined ? undefined : asServiceInstance(object);
  }

  /** The instance as soon as it is so. @throws Error that shows its status when that takes too long */
  async until(name: string, holds: (instance: ServiceInstance) => boolean, what: string, withinMs = patienceMs): Promise<ServiceInstance> {
    for (const deadline = Date.now() + withinMs; Date.now() < deadline; await sleep(pollMs)) {
      const instance = await this.instance(name);
      if (instance !== undefined && holds(instance)) return instance;
    }
    throw new Error(`waited ${withinMs} ms until ${name} ${what}: ${JSON.stringify((await this.instance(name))?.status)}`);
  }

  /** As soon as a version is installed, nothing runs, and all is well. */
  async untilReady(name: string, version: string): Promise<ServiceInstance> {
    return await this.until(name, (instance) => isReady(instance, version), `is Ready in ${version}`);
  }

  async untilFailed(name: string): Promise<ServiceInstance> {
    return await this.until(name, ({ status }) => status?.phase === "Failed" && status.operation === undefined, "has failed");
  }

  /** As soon as it rests for this reason. */
  async untilReason(name: string, reason: string): Promise<ServiceInstance> {
    return await this.until(name, (instance) => condition(instance, "Ready")?.reason === reason, `says ${reason}`);
  }

  /** As soon as the action of a step runs. */
  async untilAction(name: string, step: number, action: string): Promise<ServiceInstance> {
    return await this.until(
      name,
      ({ status }) => status?.operation?.cursor.step === step && status.operation.cursor.action === action,
      `runs ${action} of step ${step}`,
    );
  }

  /** Lets a step of the gated service go on. */
  async openGate(name: string, version: string): Promise<void> {
    const instance = await this.instance(name);
    // The agent hears at once of objects that carry the instance's id.
    const id = instance?.metadata.labels?.["applyset.kubernetes.io/id"] ?? "";
    const metadata = { name: `gate-${version}`, namespace: "default", labels: { [labels.instance]: id } };
    await this.kube.create({ apiVersion: "v1", kind: "ConfigMap", metadata });
  }

  async untilGone(ref: ObjectRef): Promise<void> {
    await eventually(async () => (await this.kube.get(ref)) === undefined, `${ref.kind} ${ref.name} is gone`);
  }

  async get(apiVersion: string, kind: string, name: string, namespace = "default"): Promise<KubeObject | undefined> {
    return await this.kube.get({ apiVersion, kind, name, namespace });
  }

  /** Names of the Jobs that hooks have left, oldest first. */
  async jobs(): Promise<readonly string[]> {
    const { items } = await this.kube.list("batch/v1", "Job");
    return items.map((item) => item.metadata.name);
  }
}

export function instanceRef(name: string): ObjectRef {
  return { apiVersion: API_VERSION, kind: "ServiceInstance", namespace: "default", name };
}

export function condition(instance: ServiceInstance, type: string) {
  return instance.status?.conditions?.find((each) => each.type === type);
}

export function isReady(instance: ServiceInstance, version: string): boolean {
  const { status, metadata } = instance;
  return (
    status?.version === version &&
    status.operation === undefined &&
    status.observedGeneration === metadata.generation &&
    condition(instance, "Ready")?.status === "True"
  );
}

/** Asks again until it is so. */
export async function eventually(
  holds: () => Promise<boolean> | boolean,
  what: string | (() => string),
  withinMs = patienceMs,
): Promise<void> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await sleep(pollMs)) if (await holds()) return;
  throw new Error(`waited ${withinMs} ms until ${typeof what === "string" ? what : what()}`);
}

/** Faults between one agent and its cluster; the test's own hands are not held. */
export function withOwnFaults(cluster: TestCluster): { readonly transport: KubeTransport; readonly faults: Faults } {
  return withFaults(cluster.embedded.transport);
}

/** A way to the cluster on which a test can break all open watches, as an API server does that ends. */
export function withBreakableWatches(cluster: TestCluster): { readonly transport: KubeTransport; readonly breakWatches: () => void } {
  let watches = new AbortController();
  return {
    transport: async (request) => {
      if (!request.path.includes("watch=true")) return await cluster.embedded.transport(request);
      const signals = request.signal === undefined ? [watches.signal] : [watches.signal, request.signal];
      return await cluster.embedded.transport({ ...request, signal: AbortSignal.any(signals) });
    },
    breakWatches: () => {
      const broken = watches;
      watches = new AbortController();
      broken.abort(new Error("connection reset"));
    },
  };
}
