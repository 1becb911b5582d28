/** A whole fleet in this process: a real NATS server, a hub, and embedded clusters with an agent each. */
import { connectBus, type Bus } from "@portolan/shared/bus";
import type { Catalog } from "@portolan/shared/catalog";
import type { Agent } from "@portolan/agent/agent";
import { Harness, type TestHub } from "../hub/harness.ts";
import { TestCluster } from "../agent/harness.ts";

export interface JoinOptions {
  readonly catalog: Catalog;
  /** The agent's clock. Default: the system's. */
  readonly now?: () => number;
  /** Stands between the agent and its bus. */
  readonly wrap?: (bus: Bus) => Bus;
}

export class WholeFleet {
  readonly hub: TestHub;
  readonly #harness: Harness;
  readonly #clusters: TestCluster[] = [];
  #bus: Bus | undefined;

  private constructor(harness: Harness, hub: TestHub) {
    this.#harness = harness;
    this.hub = hub;
  }

  static async start(): Promise<WholeFleet> {
    const harness = await Harness.start();
    return new WholeFleet(harness, await harness.hub());
  }

  /** A new cluster, whose agent joins. */
  async join(name: string, options: JoinOptions): Promise<TestCluster> {
    const cluster = new TestCluster(name);
    this.#clusters.push(cluster);
    await this.startAgent(cluster, options);
    return cluster;
  }

  async startAgent(cluster: TestCluster, { catalog, now = Date.now, wrap = (bus) => bus }: JoinOptions): Promise<Agent> {
    const { nats, signingKey } = this.#harness;
    return await cluster.startAgent({
      catalog,
      now,
      fleet: {
        hubKeys: [signingKey.publicKey],
        registrationId: "",
        connect: async (signal) => wrap(await connectBus({ servers: nats.url, name: `agent-${cluster.embedded.name}`, signal })),
      },
    });
  }

  /** The connection of somebody who may send what he likes. */
  async intruder(): Promise<Bus> {
    this.#bus ??= await connectBus({ servers: this.#harness.nats.url, name: "intruder" });
    return this.#bus;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clusters.map(async (cluster) => await cluster.close()));
    await this.#bus?.close();
    await this.#harness.stop();
  }
}
