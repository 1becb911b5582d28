import { hostname, userInfo } from "node:os";
import { z } from "zod";
import { CliError } from "../errors/mod.ts";
import { parseJson } from "./json.ts";
import { HubProblem, readProblem } from "./problem.ts";
import * as schemas from "./schemas.ts";

/** No answer of the hub takes longer, the largest catalog included. */
const REQUEST_TIMEOUT_MS = 30_000;
const PAGE_LIMIT = 1_000;

export type Query = { readonly [name: string]: string | undefined };

/** Which instances a command is for. What is absent does not restrict. */
export interface Selector {
  readonly clusters?: readonly string[];
  /** Label selector over the clusters' labels. */
  readonly labels?: string;
  readonly namespaces?: readonly string[];
}

export interface Labels {
  readonly [key: string]: string;
}

/** The document of a rollout, as `portolan apply -f` reads it; the hub says what is wrong with it. */
export interface RolloutDocument {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly [field: string]: unknown };
}

/** What can be asked of a rollout. */
export type RolloutAction = "check" | "start" | "pause" | "resume" | "abort" | "approve" | "reject" | "retry" | "skip" | "promote" | "undo";

export interface RolloutActionRequest {
  readonly reason?: string;
  /** For start: what the check came to. */
  readonly hash?: string;
  /** For skip and retry. */
  readonly targets?: readonly InstanceName[];
}

export interface InstanceName {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * The hub's HTTP API.
 *
 * Everything may end in a HubProblem (the hub said no), or in a CliError: HubUnreachable, HubTimeout, UnexpectedAnswer.
 */
export class HubClient {
  readonly server: string;
  readonly #timeoutMs: number;

  constructor(server: string, { timeoutMs = REQUEST_TIMEOUT_MS }: { readonly timeoutMs?: number } = {}) {
    this.server = server;
    this.#timeoutMs = timeoutMs;
  }

  clusters(query: Query = {}): Promise<readonly schemas.Cluster[]> {
    return this.#list("/v1/clusters", schemas.clusterSchema, query);
  }

  cluster(name: string): Promise<schemas.Cluster> {
    return this.#get(`/v1/clusters/${encodeURIComponent(name)}`, schemas.clusterSchema);
  }

  /** The labels that the hub keeps for a cluster, and the ETag by which `setClusterLabels` knows that they still are these. */
  async clusterLabels(name: string): Promise<{ readonly labels: Labels; readonly etag: string }> {
    const path = labelsPath(name);
    const { text, etag } = await this.#exchange("GET", path);
    if (etag === null) {
      throw this.#unexpected("GET", path, "no ETag");
    }
    return { labels: this.#read("GET", path, schemas.clusterLabelsSchema, text).labels, etag };
  }

  /** Replaces the labels; a HubProblem PreconditionFailed when they are not those of the ETag any more. */
  async setClusterLabels(name: string, labels: Labels, etag: string): Promise<schemas.Cluster> {
    const path = labelsPath(name);
    const { text } = await this.#exchange("PUT", path, { labels }, { "if-match": etag });
    return this.#read("PUT", path, schemas.clusterSchema, text);
  }

  instances(query: Query = {}): Promise<readonly schemas.Instance[]> {
    return this.#list("/v1/instances", schemas.instanceSchema, query);
  }

  instance(instance: InstanceName): Promise<schemas.Instance> {
    return this.#get(instancePath(instance), schemas.instanceSchema);
  }

  /** The availability matrix: one row a version. */
  versions(query: Query = {}): Promise<readonly schemas.VersionRow[]> {
    return this.#list("/v1/availability", schemas.versionRowSchema, query);
  }

  plan(instance: InstanceName, version: string): Promise<schemas.InstancePlan> {
    return this.#get(`${instancePath(instance)}/plan`, schemas.planSchema, { version });
  }

  async fleetPlans(request: {
    readonly service: string;
    readonly version: string;
    readonly selector: Selector;
  }): Promise<readonly schemas.FleetPlan[]> {
    const { items } = await this.#send("POST", "/v1/plans", request, z.object({ items: z.array(schemas.fleetPlanSchema) }));
    return items;
  }

  rollouts(query: Query = {}): Promise<readonly schemas.RolloutSummary[]> {
    return this.#list("/v1/rollouts", schemas.rolloutSummarySchema, query);
  }

  /** With its targets. */
  async rollout(name: string): Promise<schemas.Rollout> {
    const path = rolloutPath(name);
    const [summary, targets] = await Promise.all([
      this.#get(path, schemas.rolloutSummarySchema),
      this.#list(`${path}/targets`, schemas.targetSchema),
    ]);
    return { ...summary, targets: [...targets] };
  }

  applyRollout(document: RolloutDocument, reason?: string): Promise<schemas.RolloutSummary> {
    const query = reason === undefined ? "" : `?${new URLSearchParams({ reason }).toString()}`;
    return this.#send("PUT", `${rolloutPath(document.metadata.name)}${query}`, document, schemas.rolloutSummarySchema);
  }

  /** For undo it gives the new rollout. */
  actOnRollout(name: string, action: RolloutAction, request: RolloutActionRequest = {}): Promise<schemas.RolloutSummary> {
    return this.#send("POST", `${rolloutPath(name)}/${action}`, request, schemas.rolloutSummarySchema);
  }

  async deleteRollout(name: string): Promise<void> {
    await this.#exchange("DELETE", rolloutPath(name));
  }

  catalogs(): Promise<readonly schemas.PublishedCatalog[]> {
    return this.#list("/v1/catalogs", schemas.catalogSchema);
  }

  publishCatalog(name: string, catalog: unknown): Promise<schemas.PublishedCatalog> {
    return this.#send("POST", "/v1/catalogs", { name, catalog }, schemas.catalogSchema);
  }

  async withdrawCatalog(name: string): Promise<void> {
    await this.#exchange("DELETE", `/v1/catalogs/${encodeURIComponent(name)}`);
  }

  /** The newest entries of the audit record. */
  audit(query: Query, limit: number): Promise<readonly schemas.AuditEntry[]> {
    return this.#newest("/v1/audit", schemas.auditEntrySchema, query, limit);
  }

  /** The newest events of the fleet. */
  events(query: Query, limit: number): Promise<readonly schemas.FleetEvent[]> {
    return this.#newest("/v1/events", schemas.eventSchema, query, limit);
  }

  /** Whether the hub's view of the fleet is complete. */
  async ready(): Promise<boolean> {
    const response = await this.#fetch("GET", "/readyz", {}, AbortSignal.timeout(this.#timeoutMs));
    await response.body?.cancel();
    return response.ok;
  }

  /** Opens an endless answer. It ends by the signal alone, or by the other side. */
  async openStream(path: string, headers: { readonly [name: string]: string }, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#fetch("GET", path, { headers: { accept: "text/event-stream", ...headers } }, signal);
    if (!response.ok || response.body === null) {
      throw this.#refusal("GET", path, response.status, await response.text());
    }
    return response.body;
  }

  /** The first page of a list that is ordered by time. */
  async #newest<T>(path: string, item: z.ZodType<T>, query: Query, limit: number): Promise<readonly T[]> {
    const { items } = await this.#get(path, z.object({ items: z.array(item) }), { ...query, limit: String(limit) });
    return items;
  }

  async #list<T>(path: string, item: z.ZodType<T>, query: Query = {}): Promise<readonly T[]> {
    const page = z.object({ items: z.array(item), continue: z.string().optional() });
    const items: T[] = [];
    const seen = new Set<string>();
    for (let token: string | undefined; ;) {
      const found = await this.#get(path, page, { ...query, limit: String(PAGE_LIMIT), continue: token });
      items.push(...found.items);
      token = found.continue;
      if (token === undefined) {
        return items;
      }
      if (seen.has(token)) {
        throw this.#unexpected("GET", path, `the page after ${token} is itself`);
      }
      seen.add(token);
    }
  }

  async #get<T>(path: string, schema: z.ZodType<T>, query: Query = {}): Promise<T> {
    return this.#read("GET", path, schema, (await this.#exchange("GET", withQuery(path, query))).text);
  }

  async #send<T>(method: string, path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    return this.#read(method, path, schema, (await this.#exchange(method, path, body)).text);
  }

  #read<T>(method: string, path: string, schema: z.ZodType<T>, text: string): T {
    const parsed = schema.safeParse(parseJson(text));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw this.#unexpected(method, path, `/${issue?.path.join("/") ?? ""}: ${issue?.message ?? "not what was expected"}`);
    }
    return parsed.data;
  }

  async #exchange(
    method: string,
    path: string,
    body?: unknown,
    more: { readonly [header: string]: string } = {},
  ): Promise<{ readonly text: string; readonly etag: string | null }> {
    const signal = AbortSignal.timeout(this.#timeoutMs);
    const headers = { ...more, "x-portolan-actor": actor() };
    const content =
      body === undefined ? { headers } : { body: JSON.stringify(body), headers: { ...headers, "content-type": "application/json" } };
    const response = await this.#fetch(method, path, content, signal);
    const text = await this.#told(() => response.text());
    if (!response.ok) {
      throw this.#refusal(method, path, response.status, text);
    }
    return { text, etag: response.headers.get("etag") };
  }

  #fetch(
    method: string,
    path: string,
    init: { readonly body?: string; readonly headers?: { readonly [name: string]: string } },
    signal: AbortSignal,
  ): Promise<Response> {
    return this.#told(() => fetch(`${this.server}${path}`, { ...init, method, signal }));
  }

  async #told<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof DOMException && error.name === "TimeoutError") {
        throw new CliError("HubTimeout", `the hub at ${this.server} has not answered within ${this.#timeoutMs / 1000} s`, { cause: error });
      }
      if (error instanceof TypeError) {
        throw this.#unreachable(error);
      }
      throw error;
    }
  }

  /** What `fetch` says of the network stands in the cause. */
  #unreachable(error: TypeError): CliError {
    const code = networkCode(error.cause);
    return new CliError(
      "HubUnreachable",
      code === "ECONNREFUSED" ? `no hub answers at ${this.server}` : `the hub at ${this.server} cannot be reached: ${code}`,
      {
        hint: "start one, or say where it is: --server, PORTOLAN_SERVER, or portolan config set-context",
        cause: error,
      },
    );
  }

  #refusal(method: string, path: string, status: number, text: string): Error {
    const problem = readProblem(parseJson(text));
    return problem === undefined
      ? this.#unexpected(method, path, `status ${status}, and no problem document`)
      : new HubProblem(status, problem);
  }

  #unexpected(method: string, path: string, found: string): CliError {
    return new CliError("UnexpectedAnswer", `${this.server} does not answer like a hub to ${method} ${path}: ${found}`, {
      hint: "is that (--server, PORTOLAN_SERVER or the current context) the address of a hub, and is the hub as new as this command?",
    });
  }
}

/** Who runs the command, for the hub's audit record: `user@host`. The hub does not check it yet. */
function actor(): string {
  return `${userName()}@${hostname()}`.replaceAll(/[^\x21-\x7e]/gu, "_").slice(0, 256);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry in the system's list of users, as containers have it.
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}

function rolloutPath(name: string): string {
  return `/v1/rollouts/${encodeURIComponent(name)}`;
}

function instancePath({ cluster, namespace, name }: InstanceName): string {
  return `/v1/clusters/${encodeURIComponent(cluster)}/namespaces/${encodeURIComponent(namespace)}/instances/${encodeURIComponent(name)}`;
}

function labelsPath(cluster: string): string {
  return `/v1/clusters/${encodeURIComponent(cluster)}/labels`;
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}

/** Of several addresses that were tried, the first one's. */
function networkCode(cause: unknown): string {
  if (cause instanceof AggregateError) {
    return networkCode(cause.errors[0]);
  }
  return cause instanceof Error ? ("code" in cause ? String(cause.code) : cause.message) : "the connection failed";
}
