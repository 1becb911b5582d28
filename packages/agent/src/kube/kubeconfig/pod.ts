/** The way to the API server that a pod is given: a host in its environment, and the files of its service account. */
import { isIPv6 } from "node:net";
import { join } from "node:path";

export interface PodAccount {
  /** `https://10.96.0.1:443` */
  readonly server: string;
  /** Holds `token`, which is written anew before it runs out, and `ca.crt`. */
  readonly folder: string;
}

const FOLDER = "var/run/secrets/kubernetes.io/serviceaccount";

/**
 * Where the environment says that this is a pod, what is to be found there. Telepresence gives a process the environment of a pod and keeps
 * the pod's files under `TELEPRESENCE_ROOT`. Pure.
 */
export function podAccount(environment: Readonly<Record<string, string | undefined>>): PodAccount | undefined {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "443", TELEPRESENCE_ROOT: root = "" } = environment;
  if (host === "") return undefined;
  return { server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`, folder: join(root === "" ? "/" : root, FOLDER) };
}

/** The same way as a kubeconfig. It names the files and holds no secret. Pure. */
export function podKubeConfig({ server, folder }: PodAccount): object {
  const name = "in-cluster";
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server, "certificate-authority": join(folder, "ca.crt") } }],
    users: [{ name, user: { tokenFile: join(folder, "token") } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    "current-context": name,
  };
}
