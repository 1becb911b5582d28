/** A real control plane with an agent's process and all instances of the drift's services, and an ear on their objects. */
import { KubeClient, type KubeObject } from "@portolan/agent/kube";
import { kubeConfigTransport, loadKubeConfig } from "@portolan/agent/kube/kubeconfig";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster } from "../../test/testbed/fleet/cluster.ts";
import { instance, runs } from "../../test/testbed/fleet/ledger.ts";
import { getHelm } from "../../test/testbed/helm/install.ts";
import { startEtcd } from "../../test/testbed/kubernetes/etcd.ts";
import { Ears } from "../fleet/ears.ts";
import { SERVICES, writeDriftCatalog } from "./catalog.ts";

export interface DriftBed {
  readonly kube: KubeClient;
  /** Resolves with the time at which the first change of a ConfigMap that fits is heard. */
  heard(namespace: string, name: string, fits: (object: KubeObject) => boolean): Promise<number>;
  stop(): Promise<void>;
}

export async function startDriftBed(): Promise<DriftBed> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of stops.toReversed()) await each();
  };
  try {
    const dir = await mkdtemp(join(tmpdir(), "portolan-bench-"));
    stops.push(async () => await rm(dir, { recursive: true, force: true }));
    const helm = await getHelm(process.env, (line) => process.stderr.write(`${line}\n`));
    await writeDriftCatalog(dir, helm);
    const etcd = await startEtcd();
    stops.push(async () => await etcd.stop());
    const args = [`--helm=${helm}`, `--chart-folder=${dir}`, "--chart-mirror=file-charts=charts", `--chart-cache=${join(dir, "cache")}`];
    const cluster = await startCluster({ name: "drift", etcd, catalog: join(dir, "catalog"), dir, args });
    stops.push(async () => await cluster.stop());
    for (const { name, namespaces } of SERVICES) {
      for (const namespace of namespaces) {
        await cluster.kubectl(["create", "namespace", namespace]);
        await cluster.kubectl(["create", "-f", "-"], instance(`${namespace}/${name}`, { version: "1.0.0" }));
      }
    }
    for (const { name, namespaces } of SERVICES) {
      for (const namespace of namespaces) await cluster.instances.until(`${namespace}/${name}`, "runs 1.0.0", runs("1.0.0"));
    }
    await cluster.kubectl(["create", "configmap", "floor"]);
    const connection = kubeConfigTransport(await loadKubeConfig({ file: cluster.controlPlane.kubeconfigPath }));
    stops.push(async () => await connection.close());
    const kube = new KubeClient({ transport: connection.transport });
    const ears = new Ears(kube);
    await ears.open({ apiVersion: "v1", kind: "ConfigMap" });
    stops.push(async () => await Promise.resolve(ears.close()));
    return {
      kube,
      stop,
      heard: async (namespace, name, fits) =>
        await ears.heard((object) => object.metadata.namespace === namespace && object.metadata.name === name && fits(object)),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
