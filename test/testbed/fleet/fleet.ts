/** A whole fleet for the end-to-end tests: real NATS, a hub, and clusters with an agent each, all of them processes of their own. */
import { startNatsServer, type NatsServer } from "@portolan/simulator/nats-server";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEtcd } from "../kubernetes/etcd.ts";
import type { AgentRights } from "./agent-rights.ts";
import { startCluster, type Cluster } from "./cluster.ts";
import { hubProgram, type HubProgram } from "./hub.ts";
import { portolan, type Portolan } from "./portolan.ts";
import type { Program } from "./program.ts";

export interface FleetOptions<Name extends string> {
  /** The clusters' names, with the folder of the catalog that comes with each one's agent. */
  readonly clusters: Readonly<Record<Name, string>>;
  /** What each one's agent may do. Absent: what its catalog needs. */
  readonly rights?: AgentRights;
}

export interface Fleet<Name extends string> {
  readonly nats: NatsServer;
  readonly hub: HubProgram;
  readonly portolan: Portolan;
  cluster(name: Name): Cluster;
  /** Ends a cluster with all that it holds, and builds another one under its name. */
  rebuild(name: Name): Promise<void>;
  /** Everything of the project's own that runs. */
  programs(): readonly Program[];
  stop(): Promise<void>;
}

/** Starts a fleet and waits until the hub knows every cluster. */
export async function startFleet<Name extends string>(options: FleetOptions<Name>): Promise<Fleet<Name>> {
  const dir = await mkdtemp(join(tmpdir(), "portolan-fleet-"));
  const stops: (() => Promise<void>)[] = [() => rm(dir, { recursive: true })];
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).toReversed()) {
      await step();
    }
  };
  try {
    return { ...(await startIn(dir, options, stops)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startIn<Name extends string>(
  dir: string,
  options: FleetOptions<Name>,
  stops: (() => Promise<void>)[],
): Promise<Omit<Fleet<Name>, "stop">> {
  const nats = await startNatsServer();
  stops.push(() => nats.stop());
  const etcd = await startEtcd();
  stops.push(() => etcd.stop());
  const hub = await hubProgram({ natsUrl: nats.url, dir });
  stops.push(() => hub.kill());

  const clusters = new Map<string, Cluster>();
  stops.push(async () => {
    await Promise.all([...clusters.values()].map((cluster) => cluster.stop()));
  });
  const start = async (name: Name): Promise<void> => {
    const fleet = { natsUrl: nats.url, hubKey: hub.publicKey };
    const rights = options.rights === undefined ? {} : { rights: options.rights };
    clusters.set(name, await startCluster({ name, etcd, catalog: options.clusters[name], fleet, dir, ...rights }));
  };
  const names = Object.keys(options.clusters).filter((name): name is Name => name in options.clusters);
  await settleAll([hub.start(), ...names.map(start)]);
  const command = portolan(hub.url);
  await command.untilInSync(names);

  const cluster = (name: Name): Cluster => {
    const found = clusters.get(name);
    if (found === undefined) {
      throw new Error(`the fleet has no cluster ${name} now`);
    }
    return found;
  };
  return {
    nats,
    hub,
    portolan: command,
    cluster,
    rebuild: async (name) => {
      const before = cluster(name);
      clusters.delete(name);
      await before.stop();
      await start(name);
    },
    programs: () => [hub, ...[...clusters.values()].map(({ agent }) => agent)],
  };
}

/** Like Promise.all, but nothing goes on in the background after a failure: what has started is known, and can be stopped. */
async function settleAll(all: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(all)).find((result) => result.status === "rejected");
  if (failed !== undefined) {
    throw failed.reason;
  }
}
