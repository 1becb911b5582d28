import { KubeClient } from "@portolan/agent/kube";
import { KubeConfigError, kubeConfigTransport, loadKubeConfig } from "@portolan/agent/kube/kubeconfig";
import { CliError } from "../errors/mod.ts";

export interface ClusterOptions {
  /** Absent: KUBECONFIG, `~/.kube/config`, or the pod's own service account. */
  readonly kubeconfig?: string | undefined;
  /** Absent: the current one. */
  readonly context?: string | undefined;
}

export interface ClusterConnection {
  readonly kube: KubeClient;
  close(): Promise<void>;
}

/** @throws CliError ClusterUnreachable when there is no usable kubeconfig. Whether the API server answers, the first request tells. */
export async function connectToCluster({ kubeconfig, context }: ClusterOptions): Promise<ClusterConnection> {
  try {
    const way = kubeConfigTransport(await loadKubeConfig({ file: kubeconfig, context }));
    return { kube: new KubeClient({ transport: way.transport }), close: async () => await way.close() };
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
