/** One cluster of the end-to-end tests: a real control plane and an agent's process, worked on with kubectl. */
import { runCommand } from "@portolan/simulator/program-cache";
import { startControlPlane, type ControlPlane } from "../kubernetes/control-plane.ts";
import { KubernetesNotFound } from "../kubernetes/errors.ts";
import type { Etcd } from "../kubernetes/etcd.ts";
import { findKubernetes } from "../kubernetes/find.ts";
import { DEFAULT_RELEASE, type KubernetesRelease } from "../kubernetes/modules.ts";
import { agentProgram, type AgentOptions } from "./agent.ts";
import { agentKubeconfig, type AgentRights } from "./agent-rights.ts";
import { PATIENCE_MS } from "./eventually.ts";
import { watchInstances, type InstanceWatch } from "./instance-watch.ts";
import type { Program } from "./program.ts";

export interface ClusterOptions extends Pick<AgentOptions, "catalog" | "fleet" | "dir" | "args" | "env"> {
  readonly name: string;
  readonly etcd: Etcd;
  /** Default: the newest one. */
  readonly release?: KubernetesRelease;
  /** Absent: what its catalog needs. */
  readonly rights?: AgentRights;
}

/**
 * One run of kubectl as the cluster's administrator. An object is given to it as JSON on its standard input.
 *
 * @throws KubectlFailed
 */
export type Kubectl = (args: readonly string[], input?: object, env?: Readonly<Record<string, string>>) => Promise<string>;

export interface Cluster {
  readonly name: string;
  readonly controlPlane: ControlPlane;
  readonly agent: Program;
  /** Path of the file with the agent's rights. */
  readonly agentKubeconfig: string;
  readonly instances: InstanceWatch;
  /** Runs kubectl and gives what it prints. */
  readonly kubectl: Kubectl;
  stop(): Promise<void>;
}

/** kubectl has ended with another code than 0. */
export class KubectlFailed extends Error {
  readonly code = "KUBECTL_FAILED";

  constructor(args: readonly string[], exitCode: number, stderr: string) {
    super(`kubectl ${args.join(" ")} ended with ${exitCode}: ${stderr.trim()}`);
    this.name = "KubectlFailed";
  }
}

/**
 * Starts a control plane and its agent, and waits until the agent looks after its instances.
 *
 * @throws KubernetesNotFound, ControlPlaneNotReady
 */
export async function startCluster({ name, etcd, release = DEFAULT_RELEASE, rights, ...rest }: ClusterOptions): Promise<Cluster> {
  const { found, ...search } = await findKubernetes({ release });
  if (found === undefined) {
    throw new KubernetesNotFound("attempts" in search ? search.attempts : []);
  }
  const controlPlane = await startControlPlane({ name, etcd, programs: found });
  const kubectl = kubectlFor(found.kubectl, controlPlane.kubeconfigPath);
  const { agent, kubeconfig } = await agentOf(controlPlane, rights, { cluster: name, ...rest });
  const instances = watchInstances(found.kubectl, controlPlane.kubeconfigPath);
  return {
    name,
    controlPlane,
    agent,
    agentKubeconfig: kubeconfig,
    instances,
    kubectl,
    stop: async () => {
      await agent.kill();
      await instances.stop();
      await controlPlane.stop();
    },
  };
}

/** Ends the control plane when its agent does not start. */
async function agentOf(
  controlPlane: ControlPlane,
  rights: AgentRights | undefined,
  options: Omit<AgentOptions, "kubeconfig">,
): Promise<{ readonly agent: Program; readonly kubeconfig: string }> {
  let agent: Program | undefined;
  try {
    const kubeconfig = await agentKubeconfig(controlPlane, options, rights);
    agent = await agentProgram({ ...options, kubeconfig });
    await agent.start();
    return { agent, kubeconfig };
  } catch (error) {
    await agent?.kill();
    await controlPlane.stop();
    throw error;
  }
}

function kubectlFor(binary: string, kubeconfig: string): Kubectl {
  return async (args, input, env = {}) => {
    const { code, stdout, stderr } = await runCommand(binary, [`--kubeconfig=${kubeconfig}`, ...args], {
      timeoutMs: PATIENCE_MS,
      env,
      ...(input === undefined ? {} : { input: JSON.stringify(input) }),
    });
    if (code !== 0) {
      throw new KubectlFailed(args, code, stderr);
    }
    return stdout;
  };
}
