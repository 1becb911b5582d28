import { accessReview, allowedFromAnswer, describeAccess, type Access, type AccessSubject } from "./access.ts";
import { gitVersionFromAnswer, groupVersionsFromAnswer, objectFromAnswer, pageFromAnswer } from "./answers.ts";
import type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  KubeClientOptions,
  KubeList,
  ListOptions,
  LogOptions,
  ReadOptions,
  SelectOptions,
  ServerVersion,
  SubresourceOptions,
  WatchOptions,
  WriteOptions,
} from "./client-options.ts";
import { systemClock, type Clock } from "./clock.ts";
import { Discovery } from "./discovery.ts";
import { isExpired, isNoKindMatch, isNotFound, KubeError } from "./errors.ts";
import { Exchange, type Question } from "./exchange.ts";
import { describeKind, describeRef, refOf, type KindRef, type KubeObject, type ObjectRef } from "./object.ts";
import { APPLY_CONTENT_TYPE, patchContentType, type Patch } from "./patch.ts";
import type { ResourceInfo } from "./resource-info.ts";
import { collectionPath, objectPath, withQuery } from "./path.ts";
import { readWatch, type WatchEvent } from "./watch.ts";

const METADATA_ACCEPT = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
const METADATA_LIST_ACCEPT = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_WATCH_INACTIVITY_MS = 90_000;
const DEFAULT_PAGE_SIZE = 500;
const MOST_LOG_BYTES = 64 * 1024;

/**
 * A thin client of one API server: kinds are named as manifests name them and found by discovery, objects are plain JSON.
 *
 * It does not retry, cache or wait: a failure is a KubeError and the caller's queue decides when to try again.
 */
export class KubeClient {
  readonly #options: KubeClientOptions;
  readonly #exchange: Exchange;
  readonly #discovery: Discovery;
  readonly #clock: Clock;
  readonly #watchInactivityMs: number;

  /** @param discovery of another client of the same server; absent: one of its own */
  constructor(options: KubeClientOptions, discovery?: Discovery) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#watchInactivityMs = options.watchInactivityMs ?? DEFAULT_WATCH_INACTIVITY_MS;
    this.#exchange = new Exchange({
      transport: options.transport,
      clock: this.#clock,
      timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      userAgent: options.userAgent ?? "portolan-agent",
      ...(options.impersonate === undefined ? {} : { impersonate: options.impersonate }),
    });
    this.#discovery = discovery ?? new Discovery(this.#exchange);
  }

  /**
   * A client that does everything in another user's name, with that user's rights alone: over the same transport, knowing the same kinds.
   * No groups are named: those of a service account the API server knows, and whoever names groups needs the right to impersonate each.
   *
   * @param user as the API server calls it, e.g. `system:serviceaccount:apps:web`
   */
  impersonating(user: string): KubeClient {
    return new KubeClient({ ...this.#options, impersonate: user }, this.#discovery);
  }

  async version(options: CallOptions = {}): Promise<ServerVersion> {
    const description = "get the server's version";
    const answer = await this.#exchange.ask({ ...options, method: "GET", path: "/version", description });
    return { gitVersion: gitVersionFromAnswer(answer, description) };
  }

  /** What the server serves besides the core API: `apps/v1`, `batch/v1`, … */
  async groupVersions(options: CallOptions = {}): Promise<ReadonlySet<string>> {
    const description = "list the server's API groups";
    return groupVersionsFromAnswer(await this.#exchange.ask({ ...options, method: "GET", path: "/apis", description }), description);
  }

  /** Whether the server's authorizers let this client do it, or the subject. Admission may refuse it all the same. */
  async isAllowed(access: Access, options: CallOptions & { readonly subject?: AccessSubject } = {}): Promise<boolean> {
    const { subject, ...call } = options;
    const description = `ask for permission ${subject === undefined ? "" : `of ${subject.user} `}to ${describeAccess(access)}`;
    const answer = await this.#exchange.ask({ ...call, method: "POST", ...accessReview(access, subject), description });
    return allowedFromAnswer(answer, description);
  }

  /** @throws KubeError NoKindMatch when the server has no such kind */
  async resourceFor(apiVersion: string, kind: string, options: CallOptions = {}): Promise<ResourceInfo> {
    return await this.#discovery.resourceFor({ apiVersion, kind }, options.signal);
  }

  /** The object, or undefined when it is not there. @throws KubeError NoKindMatch when its kind is not there */
  async get(ref: ObjectRef, options: ReadOptions = {}): Promise<KubeObject | undefined> {
    const description = `get ${describeRef(ref)}`;
    try {
      const path = await this.#pathOf(ref, undefined, options);
      const accept = options.metadataOnly === true ? { accept: METADATA_ACCEPT } : {};
      const answer = await this.#ask(ref, { ...callOptions(options), ...accept, method: "GET", path, description });
      return objectFromAnswer(answer, ref, description);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** Every object that is selected, read page by page as one consistent state. */
  async list(apiVersion: string, kind: string, options: ListOptions = {}): Promise<KubeList> {
    try {
      return await this.#listPages(apiVersion, kind, options, options.pageSize ?? DEFAULT_PAGE_SIZE);
    } catch (error) {
      // The first page got too old while the others were read. In one piece it cannot.
      if (isExpired(error)) return await this.#listPages(apiVersion, kind, options, undefined);
      throw error;
    }
  }

  /**
   * Changes after a resourceVersion, as they happen. Returns when the server ends the watch in good order. To end it from outside
   * abort the signal: leaving the loop works only between two events.
   *
   * @throws KubeError, of which isExpired says that the version is too old and a new list is needed
   */
  async *watch(apiVersion: string, kind: string, options: WatchOptions): AsyncGenerator<WatchEvent, void, undefined> {
    const kindRef = { apiVersion, kind };
    const description = `watch ${describeKind(kindRef)}${inNamespace(options.namespace)}`;
    const resource = await this.#discovery.resourceFor(kindRef, options.signal);
    const path = withQuery(collectionPath(resource, options.namespace), {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: options.resourceVersion,
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      timeoutSeconds: options.lifetimeMs === undefined ? undefined : Math.ceil(options.lifetimeMs / 1000),
    });
    const connection = new AbortController();
    const signal = options.signal === undefined ? connection.signal : AbortSignal.any([options.signal, connection.signal]);
    const accept = options.metadataOnly === true ? { accept: METADATA_ACCEPT } : {};
    try {
      const question: Question = { ...accept, ...timeoutOf(options), method: "GET", path, description };
      const body = await this.#noticeUnserved(apiVersion, this.#exchange.open(question, signal));
      options.onOpen?.();
      const inactivityMs = options.inactivityMs ?? this.#watchInactivityMs;
      yield* readWatch({ body, kind: kindRef, description, clock: this.#clock, inactivityMs, signal });
    } finally {
      connection.abort();
    }
  }

  /** @throws KubeError AlreadyExists */
  async create(object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const ref = refOf(object);
    const description = `create ${describeRef(ref)}`;
    const resource = await this.#discovery.resourceFor(ref, options.signal);
    const path = withQuery(collectionPath(resource, namespaceOf(ref, resource, description)), writeQuery(options));
    const answer = await this.#ask(ref, { ...callOptions(options), method: "POST", path, description, body: object });
    return objectFromAnswer(answer, ref, description);
  }

  /** Writes the whole object. With a resourceVersion in it, only over that version. @throws KubeError Conflict */
  async replace(object: KubeObject, options: SubresourceOptions = {}): Promise<KubeObject> {
    const ref = refOf(object);
    const description = `replace ${describeRef(ref)}${subresourceSuffix(options)}`;
    const path = withQuery(await this.#pathOf(ref, options.subresource, options), writeQuery(options));
    const answer = await this.#ask(ref, { ...callOptions(options), method: "PUT", path, description, body: object });
    return objectFromAnswer(answer, ref, description);
  }

  /**
   * Server-side apply: the fields in `object` become the manager's, those that it applied before and does not apply now are removed.
   * `metadata.managedFields` is left out, so an object that was read can be applied.
   *
   * @throws KubeError Conflict when other managers own some of the fields and `force` is not set, see fieldConflicts
   */
  async apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    const ref = refOf(object);
    const description = `apply ${describeRef(ref)}${subresourceSuffix(options)}`;
    const path = withQuery(await this.#pathOf(ref, options.subresource, options), { ...writeQuery(options), force: options.force });
    const { managedFields: _, ...metadata } = object.metadata;
    const body = { ...object, metadata };
    const answer = await this.#ask(ref, {
      ...callOptions(options),
      method: "PATCH",
      path,
      description,
      body,
      contentType: APPLY_CONTENT_TYPE,
    });
    return objectFromAnswer(answer, ref, description);
  }

  /** Server-side apply of the status alone. */
  async applyStatus(object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    return await this.apply(object, { ...options, subresource: "status" });
  }

  /** @throws KubeError NotFound */
  async patch(ref: ObjectRef, patch: Patch, options: SubresourceOptions = {}): Promise<KubeObject> {
    const description = `patch ${describeRef(ref)}${subresourceSuffix(options)}`;
    const path = withQuery(await this.#pathOf(ref, options.subresource, options), writeQuery(options));
    const contentType = patchContentType(patch);
    const answer = await this.#ask(ref, { ...callOptions(options), method: "PATCH", path, description, body: patch.patch, contentType });
    return objectFromAnswer(answer, ref, description);
  }

  /**
   * Asks for the object's deletion. It may stay for its finalizers, its grace period or, in a foreground deletion, what it owns.
   *
   * @returns whether it was there
   * @throws KubeError Conflict when a precondition does not hold: another object has the name, or it changed
   */
  async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<boolean> {
    const description = `delete ${describeRef(ref)}`;
    const { uid, resourceVersion, propagation, gracePeriodSeconds, dryRun } = options;
    const body = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      ...(uid === undefined && resourceVersion === undefined ? {} : { preconditions: { uid, resourceVersion } }),
      ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      ...(dryRun === true ? { dryRun: ["All"] } : {}),
    };
    try {
      const path = await this.#pathOf(ref, undefined, options);
      await this.#ask(ref, { ...callOptions(options), method: "DELETE", path, description, body });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /** The last lines of a container's log. */
  async podLog(pod: { readonly namespace: string; readonly name: string }, options: LogOptions): Promise<string> {
    const { container, tailLines, ...call } = options;
    const description = `read the log of Pod.v1 ${pod.namespace}/${pod.name}`;
    const path = withQuery(`/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/log`, {
      container,
      tailLines,
      limitBytes: MOST_LOG_BYTES,
    });
    return await this.#exchange.askText({ ...callOptions(call), method: "GET", path, description, accept: "*/*" });
  }

  async #listPages(apiVersion: string, kind: string, options: SelectOptions, pageSize: number | undefined): Promise<KubeList> {
    const kindRef = { apiVersion, kind };
    const description = `list ${describeKind(kindRef)}${inNamespace(options.namespace)}`;
    const resource = await this.#discovery.resourceFor(kindRef, options.signal);
    const items: KubeObject[] = [];
    let next: string | undefined;
    for (;;) {
      const path = withQuery(collectionPath(resource, options.namespace), {
        labelSelector: options.labelSelector,
        fieldSelector: options.fieldSelector,
        limit: pageSize,
        continue: next,
      });
      const accept = options.metadataOnly === true ? { accept: METADATA_LIST_ACCEPT } : {};
      const answer = await this.#ask(kindRef, { ...callOptions(options), ...accept, method: "GET", path, description });
      const page = pageFromAnswer(answer, kindRef, description);
      items.push(...page.items);
      if (page.next === undefined) return { items, resourceVersion: page.resourceVersion };
      next = page.next;
    }
  }

  async #pathOf(ref: ObjectRef, subresource: string | undefined, options: CallOptions): Promise<string> {
    const resource = await this.#discovery.resourceFor(ref, options.signal);
    return objectPath(resource, namespaceOf(ref, resource, describeRef(ref)), ref.name, subresource);
  }

  async #ask(kind: KindRef, question: Question): Promise<unknown> {
    const secret = kind.kind === "Secret" && kind.apiVersion === "v1";
    return await this.#noticeUnserved(kind.apiVersion, this.#exchange.ask({ ...question, secret }));
  }

  /** A path that discovery gave and nothing serves: the kind went away since. */
  async #noticeUnserved<T>(apiVersion: string, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (isNoKindMatch(error)) this.#discovery.forget(apiVersion);
      throw error;
    }
  }
}

/** Cluster-scoped kinds have none, whatever the manifest says. */
function namespaceOf(ref: ObjectRef, resource: ResourceInfo, description: string): string | undefined {
  if (!resource.namespaced) return undefined;
  if (ref.namespace !== undefined) return ref.namespace;
  const detail = `expected a namespace, because ${ref.kind} is a namespaced kind; found none`;
  throw new KubeError({ status: 0, reason: "BadRequest", request: description, detail });
}

function callOptions(options: CallOptions): Pick<Question, "signal" | "timeoutMs"> {
  return { signal: options.signal, ...timeoutOf(options) };
}

function timeoutOf(options: CallOptions): { readonly timeoutMs?: number } {
  return options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs };
}

function writeQuery(options: WriteOptions): Readonly<Record<string, string | undefined>> {
  return {
    fieldManager: options.fieldManager,
    dryRun: options.dryRun === true ? "All" : undefined,
    fieldValidation: options.fieldValidation,
  };
}

function subresourceSuffix(options: SubresourceOptions): string {
  return options.subresource === undefined ? "" : ` (${options.subresource})`;
}

function inNamespace(namespace: string | undefined): string {
  return namespace === undefined ? "" : ` in ${namespace}`;
}
