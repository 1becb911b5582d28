/** Gathers all that a decision about one instance needs: the only place where it reads. */
import type { ServiceDefinition } from "@portolan/shared/catalog";
import { resolve, type ClusterFacts, type Neighbour, type ResolveContext, type VersionGraph } from "@portolan/shared/graph";
import { canonicalJson } from "@portolan/shared/json";
import type { Intent } from "@portolan/shared/wire";
import type { Catalogs } from "../catalogs/mod.ts";
import type { ClusterPolicyWatch } from "../cluster-policy/mod.ts";
import type { CacheReader } from "../controller/mod.ts";
import { applySetId } from "../deployers/manifests/mod.ts";
import type { Deployers } from "../deployers/mod.ts";
import { tryIntent, type IntentBook, type IntentChange } from "../intents/mod.ts";
import type { KubeClient } from "../kube/mod.ts";
import { findRemains, hasLostStatus, type Remains } from "../recovery/mod.ts";
import { asRunning, readDefinitions } from "../operation/mod.ts";
import {
  API_VERSION,
  asServiceInstance,
  findCondition,
  instanceKey,
  SERVICE_INSTANCE_KIND,
  type ServiceInstance,
} from "../resources/mod.ts";
import { instanceAvailability, type InstanceAvailability } from "./availability.ts";
import { boundServices } from "./bound-services.ts";
import { refusalOf } from "./intent-refusal.ts";
import { isNew, type IntentOf } from "./intent-steps.ts";
import type { Preflights } from "./preflights.ts";
import { readSecrets } from "./secrets.ts";
import type { InstanceState, Refusal, Sibling } from "./state.ts";

export interface GatherSources {
  readonly kube: KubeClient;
  /** The agent belongs to a fleet. */
  readonly inFleet: boolean;
  readonly catalogs: Catalogs;
  readonly facts: () => ClusterFacts;
  readonly instances: CacheReader;
  readonly intents: IntentBook;
  readonly clusterPolicy: Pick<ClusterPolicyWatch, "current">;
  readonly deployers: Deployers;
  readonly preflights: Preflights;
}

export interface Gathered {
  readonly state: InstanceState;
  readonly availability: InstanceAvailability | undefined;
}

interface ResolvedGraph {
  readonly fingerprint: string;
  readonly graph: VersionGraph;
  readonly availability: InstanceAvailability;
}

export class Gatherer {
  readonly #sources: GatherSources;
  /** Graph and availability of each instance, as long as nothing that they depend on has changed. */
  readonly #resolved = new Map<string, ResolvedGraph>();
  /** Kept definitions of each instance. */
  readonly #kept = new Map<string, { readonly digest: string; readonly definitions: ServiceDefinition }>();

  /** Instances (by uid) that have no status of which nothing was found in the cluster, so that they are new. */
  readonly #clean = new Map<string, string | undefined>();

  constructor(sources: GatherSources) {
    this.#sources = sources;
  }

  async gather(instance: ServiceInstance, now: number): Promise<Gathered> {
    const { kube, inFleet, catalogs, facts, intents, deployers, preflights } = this.#sources;
    const key = instanceKey(instance);
    const service = catalogs.service(instance.spec.service);
    const cluster = facts();
    const resolved = service === undefined ? undefined : this.#resolve(key, instance, service, cluster);
    const kept = await this.#keptOf(key, instance);
    const remains = await this.#remainsOf(key, instance, service);
    const operation = instance.status?.operation;
    const intent = intents.forInstance(key);
    return {
      availability: resolved?.availability,
      state: {
        instance,
        ...(service === undefined ? {} : { service }),
        ...(resolved === undefined ? {} : { graph: resolved.graph }),
        cluster,
        ...(kept === undefined ? {} : { kept }),
        ...(remains === undefined ? {} : { remains }),
        secrets: await readSecrets(kube, asRunning(instance, operation), operation === undefined ? [service, kept] : [kept, service]),
        preflight: (plan) => preflights.get(key, plan),
        siblings: this.#siblings(instance),
        supports: (installer) => deployers.supports(installer),
        ...(intent === undefined ? {} : { intent }),
        ...(intent === undefined || !isNew(instance, intent) ? {} : await this.#forIntent(instance, intent, [service, kept])),
        catalogDigest: catalogs.digest,
        inFleet,
        now,
      },
    };
  }

  /** What is known of an instance that an intent would make; a refusal where the API server would not take it. */
  async gatherAbsent(intent: IntentOf<"Install">, now: number): Promise<Gathered | { readonly refusal: Refusal }> {
    const { service, version, template } = intent;
    const tried = await this.#try(intent, undefined, { type: "Create", service, version, template });
    if (tried !== undefined && "refusal" in tried) return tried;
    const instance = toBe(intent, tried?.instance, now);
    const gathered = await this.gather(instance, now);
    this.forget(instanceKey(instance));
    // Where something is left of an earlier one, it is taken over when the instance is there.
    const { remains: _remains, ...state } = gathered.state;
    return { ...gathered, state };
  }

  /** What a new intent is judged by. */
  async #forIntent(
    instance: ServiceInstance,
    intent: Intent,
    services: readonly (ServiceDefinition | undefined)[],
  ): Promise<Pick<InstanceState, "clusterPolicy" | "wished" | "dependents">> {
    const { kube, clusterPolicy } = this.#sources;
    const policy = { clusterPolicy: await clusterPolicy.current() };
    if (intent.action === "Remove") return { ...policy, dependents: this.#dependents(instance) };
    if (intent.action !== "Configure") return policy;
    const tried = await this.#try(intent, instance, { type: "Template", template: intent.template });
    if (tried === undefined || "refusal" in tried) return tried === undefined ? policy : { ...policy, wished: tried };
    // A try is answered with what would be stored, and has the status of what is.
    const wished = { ...tried.instance, ...(instance.status === undefined ? {} : { status: instance.status }) };
    return { ...policy, wished: { instance: wished, secrets: await readSecrets(kube, wished, services) } };
  }

  async #try(
    intent: Intent,
    instance: ServiceInstance | undefined,
    change: IntentChange,
  ): Promise<{ readonly instance: ServiceInstance } | { readonly refusal: Refusal } | undefined> {
    try {
      const tried = await tryIntent(this.#sources.kube, intent, instance, change);
      return tried === undefined ? undefined : { instance: tried };
    } catch (error) {
      return { refusal: refusalOf(error, intent) };
    }
  }

  #dependents(instance: ServiceInstance): readonly string[] {
    const { service } = instance.spec;
    const others = this.#others(instance).filter((other) => other.spec.service === service);
    if (others.some(({ status }) => status?.version !== undefined)) return [];
    return this.#neighbours(instance)
      .filter(({ requires }) => requires.some((requirement) => requirement.service === service))
      .map((other) => `${other.service} ${other.version} (${other.instance})`);
  }

  /** Forgets an instance that is gone. */
  forget(key: string): void {
    this.#resolved.delete(key);
    this.#kept.delete(key);
    this.#clean.delete(key);
  }

  #resolve(key: string, instance: ServiceInstance, service: ServiceDefinition, cluster: ClusterFacts): ResolvedGraph {
    const installed = instance.status?.version;
    const context: ResolveContext = {
      cluster,
      neighbours: this.#neighbours(instance),
      config: instance.spec.config ?? {},
      ...(installed === undefined ? {} : { installed }),
    };
    const fingerprint = canonicalJson([this.#sources.catalogs.digest, service.name, { ...context, cluster: { ...cluster } }]);
    const before = this.#resolved.get(key);
    if (before?.fingerprint === fingerprint) return before;
    const graph = resolve(service, context);
    const resolved = { fingerprint, graph, availability: instanceAvailability(graph, installed) };
    this.#resolved.set(key, resolved);
    return resolved;
  }

  #others(instance: ServiceInstance): readonly ServiceInstance[] {
    const key = instanceKey(instance);
    return this.#sources.instances
      .list()
      .map(asServiceInstance)
      .filter((other) => instanceKey(other) !== key);
  }

  #siblings(instance: ServiceInstance): readonly Sibling[] {
    return this.#others(instance)
      .filter((other) => other.spec.service === instance.spec.service)
      .map((other) => ({
        key: instanceKey(other),
        namespace: other.metadata.namespace,
        createdAt: other.metadata.creationTimestamp ?? "",
      }));
  }

  #neighbours(instance: ServiceInstance): readonly Neighbour[] {
    const bound = boundServices(this.#sources.catalogs.services, instance.spec.service);
    return this.#others(instance).flatMap((other) => {
      const version = other.status?.version;
      if (version === undefined || !bound.has(other.spec.service)) return [];
      const installer = this.#sources.catalogs.service(other.spec.service)?.installers.find((each) => each.version === version);
      return {
        service: other.spec.service,
        instance: instanceKey(other),
        version,
        ready: isUsable(other),
        requires: installer?.requires ?? [],
      };
    });
  }

  async #remainsOf(key: string, instance: ServiceInstance, service: ServiceDefinition | undefined): Promise<Remains | undefined> {
    if (!hasLostStatus(instance)) {
      this.#clean.delete(key);
      return undefined;
    }
    const { uid } = instance.metadata;
    if (service === undefined || (this.#clean.has(key) && this.#clean.get(key) === uid)) return undefined;
    const { kube, deployers } = this.#sources;
    const remains = await findRemains(kube, deployers, instance, applySetId(instance.metadata), service);
    if (remains === undefined) this.#clean.set(key, uid);
    return remains;
  }

  async #keptOf(key: string, instance: ServiceInstance): Promise<ServiceDefinition | undefined> {
    const digest = instance.status?.definitionsDigest;
    if (digest === undefined) return undefined;
    const known = this.#kept.get(key);
    if (known?.digest === digest) return known.definitions;
    const definitions = await readDefinitions(this.#sources.kube, instance, digest);
    if (definitions !== undefined) this.#kept.set(key, { digest, definitions });
    return definitions;
  }
}

/** An instance that an intent would make, as the API server would store it; without an answer (its namespace is missing), as it is wished. */
function toBe(
  { namespace, name, service, version, template }: IntentOf<"Install">,
  tried: ServiceInstance | undefined,
  now: number,
): ServiceInstance {
  const { labels, ...spec } = template;
  const { metadata, ...rest } = tried ?? {
    apiVersion: API_VERSION,
    kind: SERVICE_INSTANCE_KIND,
    metadata: labels === undefined ? {} : { labels },
    spec: { service, version, ...spec },
  };
  return {
    ...rest,
    metadata: {
      ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
      namespace,
      name,
      creationTimestamp: new Date(now).toISOString(),
    },
  };
}

/** Ready, or ready but for a version that waits for its maintenance window: that may take days, and others need not wait with it. */
function isUsable({ status }: ServiceInstance): boolean {
  const ready = findCondition(status?.conditions, "Ready");
  return ready?.status === "True" || (ready?.reason === "WindowClosed" && status?.operation === undefined);
}
