/** Gathers all that a decision about one instance needs: the only place where it reads. */
import type { ServiceDefinition } from "@portolan/shared/catalog";
import { resolve, type ClusterFacts, type Neighbour, type ResolveContext, type VersionGraph } from "@portolan/shared/graph";
import { canonicalJson } from "@portolan/shared/json";
import type { Catalogs } from "../catalogs/mod.ts";
import type { ClusterPolicyWatch } from "../cluster-policy/mod.ts";
import type { CacheReader } from "../controller/mod.ts";
import { applySetId } from "../deployers/manifests/mod.ts";
import type { Deployers } from "../deployers/mod.ts";
import type { IntentBook } from "../intents/mod.ts";
import type { KubeClient } from "../kube/mod.ts";
import { findRemains, hasLostStatus, type Remains } from "../recovery/mod.ts";
import { asRunning, readDefinitions } from "../operation/mod.ts";
import { asServiceInstance, findCondition, instanceKey, type ServiceInstance } from "../resources/mod.ts";
import { instanceAvailability, type InstanceAvailability } from "./availability.ts";
import { boundServices } from "./bound-services.ts";
import { isNew } from "./judge-intent.ts";
import type { Preflights } from "./preflights.ts";
import { readSecrets } from "./secrets.ts";
import type { InstanceState, Sibling } from "./state.ts";

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
    const { kube, inFleet, catalogs, facts, intents, clusterPolicy, deployers, preflights } = this.#sources;
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
        ...(intent === undefined || !isNew(instance, intent) ? {} : { clusterPolicy: await clusterPolicy.current() }),
        catalogDigest: catalogs.digest,
        inFleet,
        now,
      },
    };
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

/** Ready, or ready but for a version that waits for its maintenance window: that may take days, and others need not wait with it. */
function isUsable({ status }: ServiceInstance): boolean {
  const ready = findCondition(status?.conditions, "Ready");
  return ready?.status === "True" || (ready?.reason === "WindowClosed" && status?.operation === undefined);
}
