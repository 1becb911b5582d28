import type { JsonObject } from "@portolan/shared/json";
import createClient, { type Client } from "openapi-fetch";
import { z } from "zod";
import { CliError } from "../errors/mod.ts";
import type { components, paths } from "./generated/hub-api.ts";
import { HubProblem } from "./problem.ts";
import * as schemas from "./schemas.ts";
import { Transport } from "./transport.ts";

/** No answer of the hub takes longer, the largest catalog included. */
const REQUEST_TIMEOUT_MS = 30_000;
const PAGE_LIMIT = 1_000;

type Lists = "/v1/clusters" | "/v1/instances" | "/v1/availability" | "/v1/rollouts" | "/v1/audit" | "/v1/events";
type QueryOf<Path extends Lists> = NonNullable<paths[Path]["get"]["parameters"]["query"]>;
/** What restricts a list; what is undefined does not. */
export type Filter<Path extends Lists> = {
  readonly [Name in Exclude<keyof QueryOf<Path>, "limit" | "continue">]?: QueryOf<Path>[Name] | undefined;
};

/** Where a rollout is. */
export type RolloutPhase = components["schemas"]["Rollout"]["phase"];

/** Which instances a command is for. What is absent does not restrict. */
export type Selector = NonNullable<paths["/v1/plans"]["post"]["requestBody"]>["content"]["application/json"]["selector"] & object;

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
  /** For approve and reject: the wave that is meant. */
  readonly wave?: string;
  /** For skip and retry. */
  readonly targets?: readonly InstanceName[];
}

export type InstanceName = paths["/v1/clusters/{cluster}/namespaces/{namespace}/instances/{name}"]["get"]["parameters"]["path"];

/** What openapi-fetch gives; what is in it is read by our own schemas. */
interface Answer {
  readonly data?: unknown;
  readonly response: Response;
}

interface Page {
  readonly limit: number;
  readonly continue?: string;
}

/**
 * The hub's HTTP API: the requests as its OpenAPI document has them, the answers as far as the command reads them.
 *
 * Everything may end in a HubProblem (the hub said no), or in a CliError: HubUnreachable, HubTimeout, UnexpectedAnswer.
 */
export class HubClient {
  readonly server: string;
  readonly #transport: Transport;
  readonly #api: Client<paths>;

  constructor(server: string, { timeoutMs = REQUEST_TIMEOUT_MS }: { readonly timeoutMs?: number } = {}) {
    this.server = server;
    this.#transport = new Transport(server, timeoutMs);
    this.#api = createClient<paths>({ baseUrl: server, fetch: (request) => this.#transport.send(request) });
  }

  clusters(filter: Filter<"/v1/clusters"> = {}): Promise<readonly schemas.Cluster[]> {
    return this.#all(schemas.clusterSchema, (page) => this.#api.GET("/v1/clusters", { params: { query: { ...given(filter), ...page } } }));
  }

  cluster(name: string): Promise<schemas.Cluster> {
    return this.#read(schemas.clusterSchema, this.#api.GET("/v1/clusters/{cluster}", { params: { path: { cluster: name } } }));
  }

  /** The labels that the hub keeps for a cluster, and the ETag by which `setClusterLabels` knows that they still are these. */
  async clusterLabels(cluster: string): Promise<{ readonly labels: Labels; readonly etag: string }> {
    const answer = await this.#api.GET("/v1/clusters/{cluster}/labels", { params: { path: { cluster } } });
    const etag = answer.response.headers.get("etag");
    if (etag === null) {
      throw this.#unexpected(answer.response, "no ETag");
    }
    return { labels: this.#parse(schemas.clusterLabelsSchema, answer).labels, etag };
  }

  /** Replaces the labels; a HubProblem PreconditionFailed when they are not those of the ETag any more. */
  setClusterLabels(cluster: string, labels: Labels, etag: string): Promise<schemas.Cluster> {
    const params = { path: { cluster }, header: { "if-match": etag } };
    return this.#read(schemas.clusterSchema, this.#api.PUT("/v1/clusters/{cluster}/labels", { params, body: { labels } }));
  }

  instances(filter: Filter<"/v1/instances"> = {}): Promise<readonly schemas.Instance[]> {
    return this.#all(schemas.instanceSchema, (page) =>
      this.#api.GET("/v1/instances", { params: { query: { ...given(filter), ...page } } }),
    );
  }

  instance(path: InstanceName): Promise<schemas.Instance> {
    return this.#read(
      schemas.instanceSchema,
      this.#api.GET("/v1/clusters/{cluster}/namespaces/{namespace}/instances/{name}", { params: { path } }),
    );
  }

  /** The availability matrix: one row a version. */
  versions(filter: Filter<"/v1/availability"> = {}): Promise<readonly schemas.VersionRow[]> {
    return this.#all(schemas.versionRowSchema, (page) =>
      this.#api.GET("/v1/availability", { params: { query: { ...given(filter), ...page } } }),
    );
  }

  plan(path: InstanceName, version: string): Promise<schemas.InstancePlan> {
    return this.#read(
      schemas.planSchema,
      this.#api.GET("/v1/clusters/{cluster}/namespaces/{namespace}/instances/{name}/plan", { params: { path, query: { version } } }),
    );
  }

  async fleetPlans(body: {
    readonly service: string;
    readonly version: string;
    readonly selector: Selector;
  }): Promise<readonly schemas.FleetPlan[]> {
    const { items } = await this.#read(z.object({ items: z.array(schemas.fleetPlanSchema) }), this.#api.POST("/v1/plans", { body }));
    return items;
  }

  rollouts(filter: Filter<"/v1/rollouts"> = {}): Promise<readonly schemas.RolloutSummary[]> {
    return this.#all(schemas.rolloutSummarySchema, (page) =>
      this.#api.GET("/v1/rollouts", { params: { query: { ...given(filter), ...page } } }),
    );
  }

  /** With its targets. */
  async rollout(name: string): Promise<schemas.Rollout> {
    const path = { name };
    const [summary, targets] = await Promise.all([
      this.#read(schemas.rolloutSummarySchema, this.#api.GET("/v1/rollouts/{name}", { params: { path } })),
      this.#all(schemas.targetSchema, (query) => this.#api.GET("/v1/rollouts/{name}/targets", { params: { path, query } })),
    ]);
    return { ...summary, targets: [...targets] };
  }

  applyRollout(document: RolloutDocument, reason?: string): Promise<schemas.RolloutSummary> {
    const params = { path: { name: document.metadata.name }, query: given({ reason }) };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- people write it, and the hub says what is wrong with it
    const body = document as RolloutDocument & components["schemas"]["RolloutDocument"];
    return this.#read(schemas.rolloutSummarySchema, this.#api.PUT("/v1/rollouts/{name}", { params, body }));
  }

  /** For undo it gives the new rollout. */
  actOnRollout(name: string, action: RolloutAction, body: RolloutActionRequest = {}): Promise<schemas.RolloutSummary> {
    return this.#read(schemas.rolloutSummarySchema, this.#api.POST(`/v1/rollouts/{name}/${action}`, { params: { path: { name } }, body }));
  }

  async deleteRollout(name: string, reason?: string): Promise<void> {
    await this.#api.DELETE("/v1/rollouts/{name}", { params: { path: { name }, query: given({ reason }) } });
  }

  catalogs(): Promise<readonly schemas.PublishedCatalog[]> {
    return this.#all(schemas.catalogSchema, (query) => this.#api.GET("/v1/catalogs", { params: { query } }));
  }

  publishCatalog(name: string, catalog: JsonObject): Promise<schemas.PublishedCatalog> {
    return this.#read(schemas.catalogSchema, this.#api.POST("/v1/catalogs", { body: { name, catalog } }));
  }

  async withdrawCatalog(name: string): Promise<void> {
    await this.#api.DELETE("/v1/catalogs/{name}", { params: { path: { name } } });
  }

  /** The newest entries of the audit record. */
  audit(filter: Filter<"/v1/audit">, limit: number): Promise<readonly schemas.AuditEntry[]> {
    const query = { ...given(filter), limit };
    return this.#newest(schemas.auditEntrySchema, this.#api.GET("/v1/audit", { params: { query } }));
  }

  /** The newest events of the fleet. */
  events(filter: Filter<"/v1/events">, limit: number): Promise<readonly schemas.FleetEvent[]> {
    const query = { ...given(filter), limit };
    return this.#newest(schemas.eventSchema, this.#api.GET("/v1/events", { params: { query } }));
  }

  /** Whether the hub's view of the fleet is complete. */
  async ready(): Promise<boolean> {
    try {
      await this.#api.GET("/readyz");
      return true;
    } catch (error) {
      if (error instanceof HubProblem || (error instanceof CliError && error.code === "UnexpectedAnswer")) {
        return false;
      }
      throw error;
    }
  }

  /** Opens an endless answer. It ends by the signal alone, or by the other side. */
  openStream(path: string, headers: { readonly [name: string]: string }, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return this.#transport.open(path, { accept: "text/event-stream", ...headers }, signal);
  }

  /** The first page of a list that is ordered by time. */
  async #newest<T>(item: z.ZodType<T>, asked: Promise<Answer>): Promise<readonly T[]> {
    const { items } = await this.#read(z.object({ items: z.array(item) }), asked);
    return items;
  }

  async #all<T>(item: z.ZodType<T>, ask: (page: Page) => Promise<Answer>): Promise<readonly T[]> {
    const schema = z.object({ items: z.array(item), continue: z.string().optional() });
    const items: T[] = [];
    const seen = new Set<string>();
    for (let token: string | undefined; ;) {
      const answer = await ask({ limit: PAGE_LIMIT, ...(token === undefined ? {} : { continue: token }) });
      const found = this.#parse(schema, answer);
      items.push(...found.items);
      token = found.continue;
      if (token === undefined) {
        return items;
      }
      if (seen.has(token)) {
        throw this.#unexpected(answer.response, `the page after ${token} is itself`);
      }
      seen.add(token);
    }
  }

  async #read<T>(schema: z.ZodType<T>, asked: Promise<Answer>): Promise<T> {
    return this.#parse(schema, await asked);
  }

  #parse<T>(schema: z.ZodType<T>, { data, response }: Answer): T {
    const parsed = schema.safeParse(data);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw this.#unexpected(response, `/${issue?.path.join("/") ?? ""}: ${issue?.message ?? "not what was expected"}`);
    }
    return parsed.data;
  }

  #unexpected(response: Response, found: string): CliError {
    return this.#transport.unexpected(this.#transport.askedFor(response), found);
  }
}

/** The members that are defined. */
function given<T extends object>(members: T): { readonly [Name in keyof T]?: Exclude<T[Name], undefined> } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is left out is what is undefined
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    readonly [Name in keyof T]?: Exclude<T[Name], undefined>;
  };
}
