/** The little of the hub's HTTP API that the demo uses, and what it reads of the answers. */
import { EventSourceParserStream } from "eventsource-parser/stream";

export interface HubStep {
  readonly from: string | null;
  readonly to: string;
  readonly upgrader: string | null;
}

export interface HubInstance {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly service: string;
  readonly version?: string;
  readonly targetVersion?: string;
  readonly ready: boolean;
  readonly message?: string;
  readonly operation?: { readonly steps: readonly HubStep[]; readonly step: number; readonly action?: string; readonly message?: string };
  readonly availability?: { readonly available: number };
}

export interface HubRollout {
  readonly name: string;
  readonly phase: string;
  /** What the agents said they would do, when all have. */
  readonly checkHash?: string;
  readonly finishedAt?: string;
  readonly paused?: { readonly reason: { readonly message: string } };
  readonly targets?: readonly {
    readonly cluster: string;
    readonly state: string;
    readonly reasons: readonly { readonly message: string }[];
  }[];
}

export interface HubEvent {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly service: string;
  readonly type: string;
  readonly operationId?: string;
  readonly step?: HubStep;
  readonly hook?: { readonly name: string; readonly action: string; readonly object: string };
  readonly durationMs?: number;
}

/** One message of `/v1/watch` that the demo knows. */
export type HubMessage =
  | { readonly kind: "instance"; readonly instance: HubInstance }
  | { readonly kind: "rollout"; readonly rollout: HubRollout }
  | { readonly kind: "event"; readonly event: HubEvent };

/** The hub answered with a problem. */
export class HubProblem extends Error {
  readonly code: string;
  constructor(code: string, detail: string) {
    super(`${code}: ${detail}`);
    this.name = "HubProblem";
    this.code = code;
  }
}

export class HubClient {
  readonly url: string;
  readonly #signal: AbortSignal;

  constructor(url: string, signal: AbortSignal) {
    this.url = url;
    this.#signal = signal;
  }

  async instances(): Promise<readonly HubInstance[]> {
    return (await this.#ask<{ items: readonly HubInstance[] }>("GET", "/v1/instances?limit=500")).items;
  }

  async clusterNames(): Promise<readonly string[]> {
    const { items } = await this.#ask<{ items: readonly { name: string }[] }>("GET", "/v1/clusters?limit=500");
    return items.map((cluster) => cluster.name);
  }

  async publishCatalog(name: string, catalog: unknown): Promise<void> {
    await this.#ask("POST", "/v1/catalogs", { name, catalog });
  }

  /** How many steps every instance would need to a version; absent for those that cannot get there. */
  async steps(service: string, version: string): Promise<ReadonlyMap<string, number>> {
    const { items } = await this.#ask<{ items: readonly { cluster: string; reachable: boolean; steps: readonly unknown[] }[] }>(
      "POST",
      "/v1/plans",
      { service, version },
    );
    return new Map(items.filter((each) => each.reachable).map((each) => [each.cluster, each.steps.length]));
  }

  /** Makes a rollout; the agents are asked what they would do. */
  async applyRollout(name: string, spec: object, reason: string): Promise<void> {
    const document = { apiVersion: "portolan.dev/v1alpha1", kind: "Rollout", metadata: { name }, spec };
    await this.#ask("PUT", `/v1/rollouts/${name}?${new URLSearchParams({ reason }).toString()}`, document);
  }

  /** @param hash what the agents said they would do */
  async startRollout(name: string, hash: string): Promise<void> {
    await this.#ask("POST", `/v1/rollouts/${name}/start`, { hash });
  }

  /** The state of the fleet, then every change, until the signal ends it. */
  async *watch(): AsyncGenerator<HubMessage, void, undefined> {
    const response = await fetch(`${this.url}/v1/watch?kinds=instances,rollouts,events`, { signal: this.#signal });
    if (response.body === null) return;
    const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    for await (const { event, data } of events) {
      if (event === "instance") yield { kind: "instance", instance: parse<HubInstance>(data) };
      else if (event === "rollout") yield { kind: "rollout", rollout: parse<HubRollout>(data) };
      else if (event === "event") yield { kind: "event", event: parse<HubEvent>(data) };
    }
  }

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      signal: this.#signal,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      const { code = "Unknown", detail = text } = parse<{ code?: string; detail?: string }>(text);
      throw new HubProblem(code, detail);
    }
    return parse<T>(text);
  }
}

/** The hub's answers have the types of its OpenAPI document; this is where they come in. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
function parse<T>(text: string): T {
  const value: unknown = JSON.parse(text);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return value as T;
}
