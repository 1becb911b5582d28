/**
 * The kubeconfig that helm is given. It finds for itself what the environment names; in a pod it does so only as long as it acts for nobody
 * else: with `--kube-as-user` client-go takes no in-cluster configuration and goes to localhost (kubernetes/kubernetes#104532).
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { podKubeConfig, type KubeConfigPlace } from "../kube/kubeconfig/mod.ts";

/**
 * @param state folder of this agent alone, where a pod's is written
 * @returns its path; undefined where helm is to look for itself
 */
export async function helmKubeconfig(place: KubeConfigPlace, state: string): Promise<string | undefined> {
  switch (place.kind) {
    case "named":
      return place.file;
    case "listed":
    case "home":
      return undefined;
    case "pod": {
      const file = join(state, "in-cluster.kubeconfig");
      await mkdir(state, { recursive: true });
      await writeFile(file, JSON.stringify(podKubeConfig(place.account)), { mode: 0o600 });
      return file;
    }
  }
}
