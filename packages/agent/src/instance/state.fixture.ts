/** States of instances in which only what a test is about has to be said. */
import type { Hook, Installer, ServiceDefinition, Upgrader } from "@portolan/shared/catalog";
import { resolve } from "@portolan/shared/graph";
import { planTo, type Plan } from "@portolan/shared/planner";
import type { IntentBase } from "@portolan/shared/wire";
import type { ManagedFieldsEntry, ObjectMeta } from "../kube/mod.ts";
import {
  API_VERSION,
  FINALIZER,
  SERVICE_INSTANCE_KIND,
  type Operation,
  type OperationStep,
  type ServiceInstance,
  type ServiceInstanceSpec,
  type ServiceInstanceStatus,
} from "../resources/mod.ts";
import { configDigest } from "./config-digest.ts";
import type { IntentOf } from "./intent-steps.ts";
import type { InstanceState } from "./state.ts";

export const NOW = Date.UTC(2030, 0, 1);

export function aService(parts: Partial<ServiceDefinition> = {}): ServiceDefinition {
  return {
    name: "web",
    title: "Web",
    description: "",
    scope: "Namespace",
    config: { type: "object", properties: { color: { type: "string", enum: ["red", "green"] } } },
    examples: [],
    secrets: [],
    installers: ["1.0.0", "2.0.0", "3.0.0"].map((version) => anInstaller(version)),
    upgraders: [
      anUpgrader("to-2", "1.0.0", "2.0.0"),
      anUpgrader("to-3", "2.0.0", "3.0.0"),
      anUpgrader("back-to-1", "2.0.0", "1.0.0", { direction: "downgrade" }),
    ],
    ...parts,
  };
}

export function anInstaller(version: string, parts: Partial<Installer> = {}): Installer {
  return {
    version,
    requires: [],
    deployer: {
      type: "manifests",
      objects: [{ source: "app.yaml#1", object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "app" }, data: { version } } }],
    },
    defaults: {},
    values: {},
    health: [],
    ...parts,
  };
}

export function anUpgrader(name: string, from: string, to: string, parts: Partial<Upgrader> = {}): Upgrader {
  return {
    name,
    direction: "upgrade",
    from,
    to,
    cost: 1,
    before: [],
    after: [],
    disruptive: false,
    irreversible: false,
    risks: [],
    ...parts,
  };
}

export function aWait(name: string): Hook {
  return {
    name,
    timeoutSeconds: 60,
    action: "wait",
    target: { apiVersion: "v1", kind: "ConfigMap", name: "gate" },
    until: "object != null",
  };
}

export interface InstanceParts {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec?: Partial<ServiceInstanceSpec>;
  readonly status?: ServiceInstanceStatus;
}

/** Discovered only, unless the parts say more. Its version belongs to a person. */
export function anInstance({ metadata = {}, spec = {}, status }: InstanceParts = {}): ServiceInstance {
  return {
    apiVersion: API_VERSION,
    kind: SERVICE_INSTANCE_KIND,
    metadata: {
      namespace: "apps",
      name: "one",
      uid: "uid-1",
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "2029-12-31T00:00:00Z",
      finalizers: [FINALIZER],
      managedFields: [versionOwnedBy("kubectl-edit", "Update")],
      ...metadata,
    },
    spec: { service: "web", ...spec },
    ...(status === undefined ? {} : { status }),
  };
}

export function versionOwnedBy(manager: string, operation: "Apply" | "Update"): ManagedFieldsEntry {
  return { manager, operation, apiVersion: API_VERSION, fieldsType: "FieldsV1", fieldsV1: { "f:spec": { "f:version": {} } } };
}

/** A version is installed and ready, and the spec asks for it or for another one. */
export function installed(version: string, { metadata, spec = {}, status = {} }: InstanceParts = {}): ServiceInstance {
  const own = { version, ...spec };
  const generation = metadata?.generation ?? 1;
  return anInstance({
    ...(metadata === undefined ? {} : { metadata }),
    spec: own,
    status: {
      observedGeneration: generation,
      phase: "Ready",
      version,
      configDigest: configDigest(own),
      definitionsDigest: "d",
      conditions: [
        {
          type: "Ready",
          status: "True",
          reason: "Installed",
          message: "",
          lastTransitionTime: "2029-12-31T00:00:00Z",
          observedGeneration: generation,
        },
      ],
      ...status,
    },
  });
}

/** An operation along some versions; the first is where it started. */
export function anOperation(versions: readonly [string, ...string[]], parts: Partial<Operation> = {}): Operation {
  const plan = versions.slice(1).map((to, index): OperationStep => ({
    from: versions[index] ?? "",
    to,
    upgrader: `to-${to[0] ?? ""}`,
    direction: "upgrade",
    disruptive: false,
    irreversible: false,
    digest: `digest-${to}`,
  }));
  return {
    id: "0a1b2c3d",
    kind: "Upgrade",
    plan,
    planHash: "hash",
    generation: 1,
    inputs: {},
    cursor: { step: 0 },
    startedAt: "2029-12-31T23:00:00Z",
    ...parts,
  };
}

export interface StateParts extends Partial<Omit<InstanceState, "instance" | "service" | "kept" | "graph">> {
  /** Default: {@link aService}. */
  readonly service?: ServiceDefinition | "unknown";
  /** Default: as the catalogs have it. */
  readonly kept?: ServiceDefinition | "lost";
}

export function stateOf(
  instance: ServiceInstance,
  { service: given = aService(), kept = given === "unknown" ? "lost" : given, ...parts }: StateParts = {},
): InstanceState {
  const cluster = { name: "test", kubernetesVersion: "v1.37.2", labels: {} };
  const version = instance.status?.version;
  const context = { cluster, neighbours: [], config: instance.spec.config ?? {}, ...(version === undefined ? {} : { installed: version }) };
  return {
    instance,
    ...(given === "unknown" ? {} : { service: given, graph: resolve(given, context) }),
    ...(kept === "lost" ? {} : { kept }),
    cluster,
    secrets: { values: {}, missing: [] },
    supports: ({ deployer }) => deployer.type === "manifests",
    preflight: () => ({ findings: [], at: parts.now ?? NOW, failures: 0, changes: null }),
    siblings: [],
    catalogDigest: "c",
    clusterPolicy: "none",
    now: NOW,
    ...parts,
  };
}

/** The plan that the instance itself would follow. @throws Error when there is none */
export function planOf({ graph, instance }: InstanceState, to: string): Plan {
  const result = graph === undefined ? undefined : planTo(graph, instance.status?.version ?? null, to);
  if (result?.reachable !== true) throw new Error(`no plan to ${to}`);
  return result.plan;
}

export type MoveParts = Partial<IntentBase & { readonly version: string }>;

export function anIntent(parts: MoveParts = {}): IntentOf<"Move"> {
  return { ...intentBase(), action: "Move", version: "3.0.0", ...parts };
}

export function anInstallIntent(parts: Partial<IntentOf<"Install">> = {}): IntentOf<"Install"> {
  return { ...intentBase(), action: "Install", version: "3.0.0", template: {}, ...parts };
}

export function aConfigureIntent(parts: Partial<IntentOf<"Configure">> = {}): IntentOf<"Configure"> {
  return { ...intentBase(), action: "Configure", template: { config: { replicas: 3 } }, ...parts };
}

export function aRemoveIntent(parts: Partial<IntentOf<"Remove">> = {}): IntentOf<"Remove"> {
  return { ...intentBase(), action: "Remove", ...parts };
}

function intentBase(): IntentBase {
  return { id: "i1", namespace: "apps", name: "one", mode: "Apply", service: "web", acceptRisks: [] };
}
