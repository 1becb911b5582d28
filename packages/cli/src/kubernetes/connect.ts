import { KubeClient } from "@portolan/agent/kube";
import { KubeConfigError, kubeConfigTransport, loadKubeConfig } from "@portolan/agent/kube/kubeconfig";
import { CliError } from "../errors/mod.ts";

export interface ClusterOptions {
  /** Absent: KUBECONFIG, `~/.kube/config`, or the pod's own service account. */
  readonly kubeconfig?: string;
  /** Absent: the current one. */
  readonly context?: string;
}

export interface ClusterConnection {
  readonly kube: KubeClient;
  /** Its API server's address. */
  readonly server: string;
  close(): Promise<void>;
}

/** @throws CliError ClusterUnreachable when there is no usable kubeconfig. Whether the API server answers, the first request tells. */
export async function connectToCluster({ kubeconfig, context }: ClusterOptions): Promise<ClusterConnection> {
  try {
    const found = await loadKubeConfig({
      ...(kubeconfig === undefined ? {} : { file: kubeconfig }),
      ...(context === undefined ? {} : { context }),
    });
    const way = kubeConfigTransport(found);
    return { kube: new KubeClient({ transport: way.transport }), server: way.server, close: async () => await way.close() };
  } catch (error) {
    if (error instanceof KubeConfigError) {
      throw new CliError("ClusterUnreachable", error.message, {
        hint: "name a kubeconfig with --kubeconfig, and a context with --context",
        cause: error,
      });
    }
    throw error;
  }
}
