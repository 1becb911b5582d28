/** Real API servers with an agent's process each, a hub's process, and NATS: everything that a real fleet has, on one machine. */
import { KubeClient, type KubeObject } from "@portolan/agent/kube";
import { kubeConfigTransport, loadKubeConfig } from "@portolan/agent/kube/kubeconfig";
import { connectBus, type Bus } from "@portolan/shared/bus";
import { startNatsServer } from "@portolan/simulator/nats-server";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentProgram } from "../../test/testbed/fleet/agent.ts";
import { startControlPlane } from "../../test/testbed/kubernetes/control-plane.ts";
import { startEtcd } from "../../test/testbed/kubernetes/etcd.ts";
import { Ears } from "./ears.ts";
import { benchHub, Watcher, type BenchHub } from "./hub.ts";
import { installProbe, probeCatalog, probeRef } from "./probe.ts";

export interface RealMember {
  readonly name: string;
  readonly kube: KubeClient;
  /** Resolves with the time at which the first change of a watched object that fits is heard. */
  readonly heard: (fits: (object: KubeObject) => boolean) => Promise<number>;
}

export interface RealFleet {
  readonly members: readonly RealMember[];
  readonly hub: BenchHub;
  readonly bus: Bus;
  stop(): Promise<void>;
}

export async function startRealFleet(clusters: number): Promise<RealFleet> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.toReversed()) await each();
  };
  try {
    const dir = await mkdtemp(join(tmpdir(), "portolan-bench-"));
    stops.push(async () => await rm(dir, { recursive: true, force: true }));
    const nats = await startNatsServer();
    stops.push(async () => await nats.stop());
    const hub = await benchHub(nats.url, dir);
    await hub.process.start();
    stops.push(async () => await hub.process.kill());
    const bus = await connectBus({ servers: nats.url, name: "bench" });
    stops.push(async () => await bus.close());
    const etcd = await startEtcd();
    stops.push(async () => await etcd.stop());
    const members: RealMember[] = [];
    for (let index = 0; index < clusters; index++) {
      const { member, stop: stopMember } = await startMember(`member-${index}`, etcd, { natsUrl: nats.url, hubKey: hub.publicKey }, dir);
      stops.push(stopMember);
      members.push(member);
    }
    const watcher = new Watcher();
    await watcher.open(hub.url);
    await Promise.all(
      members.map(async ({ name, kube }) => {
        const ready = watcher.next(({ kind, data }) => kind === "instance" && data.cluster === name && data.ready === true);
        await installProbe(kube);
        await ready;
      }),
    );
    watcher.end();
    return { members, hub, bus, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startMember(
  name: string,
  etcd: Awaited<ReturnType<typeof startEtcd>>,
  fleet: { readonly natsUrl: string; readonly hubKey: string },
  dir: string,
): Promise<{ readonly member: RealMember; readonly stop: () => Promise<void> }> {
  const controlPlane = await startControlPlane({ name, etcd });
  const { kubeconfigPath: kubeconfig } = controlPlane;
  const agent = await agentProgram({ cluster: name, kubeconfig, catalog: probeCatalog, fleet, dir, logLevel: "info" });
  await agent.start();
  const connection = kubeConfigTransport(await loadKubeConfig({ file: controlPlane.kubeconfigPath }));
  const kube = new KubeClient({ transport: connection.transport });
  const ears = new Ears(kube);
  const { namespace } = probeRef;
  await ears.open({ apiVersion: probeRef.apiVersion, kind: probeRef.kind, namespace }, { apiVersion: "v1", kind: "ConfigMap", namespace });
  return {
    member: { name, kube, heard: async (fits) => await ears.heard(fits) },
    stop: async () => {
      ears.close();
      await connection.close();
      await agent.kill();
      await controlPlane.stop();
    },
  };
}
