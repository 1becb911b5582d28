import { setTimeout as sleep } from "node:timers/promises";
import { startHub, type Hub, type HubOptions } from "@portolan/hub/hub";
import { connectBus } from "@portolan/shared/bus";
import { generateKeyPair, loadSigningKey } from "@portolan/shared/signing";
import { startNatsServer, type NatsServer } from "@portolan/simulator/nats-server";
import { FakeAgent, type FakeAgentOptions } from "./fake-agent.ts";

/** A NATS server, a hub and agents that a test drives; everything is stopped together. */
export class Harness {
  readonly nats: NatsServer;
  readonly signingKey = loadSigningKey(generateKeyPair().privateKeyPem);
  readonly #agents: FakeAgent[] = [];
  readonly #hubs: Hub[] = [];

  constructor(nats: NatsServer) {
    this.nats = nats;
  }

  static async start(): Promise<Harness> {
    return new Harness(await startNatsServer());
  }

  async hub(options: Pick<HubOptions, "roles" | "now" | "webhooks"> = {}): Promise<TestHub> {
    const hub = await startHub({
      ...options,
      servers: this.nats.url,
      port: 0,
      signingKey: this.signingKey,
    });
    this.#hubs.push(hub);
    await hub.ready();
    return new TestHub(hub);
  }

  async agent(cluster: string, options: Partial<FakeAgentOptions> = {}): Promise<FakeAgent> {
    const agent = await FakeAgent.start({ servers: this.nats.url, cluster, hubKey: this.signingKey.publicKey, ...options });
    this.#agents.push(agent);
    return agent;
  }

  agentOf(cluster: string): FakeAgent | undefined {
    return this.#agents.find((agent) => agent.cluster === cluster);
  }

  /** Empties one of the hub's buckets behind its back. */
  async emptyBucket(name: string): Promise<void> {
    const bus = await connectBus({ servers: this.nats.url, name: "test" });
    const bucket = await bus.keyValue(name);
    for (const key of await bucket.keys()) {
      await bucket.delete(key);
    }
    await bus.close();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent.stop()));
    await Promise.all(this.#hubs.map((hub) => hub.stop()));
    await this.nats.stop();
  }
}

export interface Answer {
  readonly status: number;
  readonly etag?: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  readonly body: any;
}

/** The hub's API as a client uses it. */
export class TestHub {
  readonly hub: Hub;

  constructor(hub: Hub) {
    this.hub = hub;
  }

  get(path: string): Promise<Answer> {
    return this.send("GET", path);
  }

  post(path: string, body?: unknown, headers: Headers = {}): Promise<Answer> {
    return this.send("POST", path, body, headers);
  }

  async send(method: string, path: string, body?: unknown, headers: Headers = {}): Promise<Answer> {
    const response = await fetch(this.hub.url + path, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const etag = response.headers.get("etag");
    return {
      ...(etag === null ? {} : { etag }),
      status: response.status,
      body: text === "" || !response.headers.get("content-type")?.includes("json") ? text : JSON.parse(text),
    };
  }
}

type Headers = { readonly [name: string]: string };

/** Asks until the answer is right; fails with the last one. */
export async function eventually<T>(ask: () => T | Promise<T>, isRight: (answer: T) => boolean, timeoutMs = 5_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) {
      return answer;
    }
    if (performance.now() > deadline) {
      throw new Error(`not so within ${timeoutMs} ms; the last answer was ${JSON.stringify(answer, undefined, 1)}`);
    }
    await sleep(20);
  }
}
