import { startAgent, type AgentOptions } from "@portolan/agent/agent";
import type { KubeTransport } from "@portolan/agent/kube";
import { kubeConfigTransport, loadKubeConfig } from "@portolan/agent/kube/kubeconfig";
import type { Catalog, ServiceDefinition } from "@portolan/shared/catalog";
import { join } from "node:path";
import type { ControlPlane } from "../kubernetes/control-plane.ts";
import { agentKubeconfigFor } from "./agent-rights.ts";
import { AGENT_ACCOUNT } from "./generated-roles.ts";

export interface InnerAgentOptions extends Pick<AgentOptions, "logger" | "metrics"> {
  readonly catalog: Catalog;
  /** Services whose every version can be rendered, by which the agent has its rights. Absent: those of the catalog. */
  readonly rights?: readonly ServiceDefinition[];
  /** Absent: no service is deployed from a chart. `dir`: where it keeps its files. */
  readonly helm?: { readonly program: string; readonly dir: string };
  /** Sees what it asks. */
  readonly over?: (transport: KubeTransport) => KubeTransport;
}

/** An agent in the test's own process, with a catalog that the test has made and the rights that this needs. @returns what stops it */
export async function startInnerAgent(
  controlPlane: ControlPlane,
  { helm, rights, over = (transport) => transport, ...options }: InnerAgentOptions,
): Promise<() => Promise<void>> {
  const kubeconfig = await agentKubeconfigFor(controlPlane, rights ?? options.catalog.services, helm?.program);
  const connection = kubeConfigTransport(await loadKubeConfig({ file: kubeconfig }));
  const charts = (dir: string) => ({ cache: join(dir, "cache"), mirrors: [], digests: new Map(), allowUnpinned: false, plainHttp: [] });
  const agent = await startAgent({
    cluster: "inner",
    transport: over(connection.transport),
    namespace: AGENT_ACCOUNT.namespace,
    agentVersion: "0.0.0",
    ...options,
    ...(helm === undefined
      ? {}
      : { helm: { program: helm.program, kubeconfig, state: join(helm.dir, "state"), charts: charts(helm.dir) } }),
  });
  return async () => {
    await agent.stop();
    await connection.close();
  };
}
