/** One cluster of the end-to-end tests: a real control plane and an agent's process, worked on with kubectl. */
import { runCommand } from "@portolan/simulator/program-cache";
import { startControlPlane, type ControlPlane } from "../kubernetes/control-plane.ts";
import { KubernetesNotFound } from "../kubernetes/errors.ts";
import type { Etcd } from "../kubernetes/etcd.ts";
import { findKubernetes } from "../kubernetes/find.ts";
import { DEFAULT_RELEASE, type KubernetesRelease } from "../kubernetes/modules.ts";
import { agentProgram, type AgentOptions } from "./agent.ts";
import { PATIENCE_MS } from "./eventually.ts";
import { watchInstances, type InstanceWatch } from "./instance-watch.ts";
import type { Program } from "./program.ts";

export interface ClusterOptions extends Pick<AgentOptions, "catalog" | "fleet" | "dir" | "args" | "env"> {
  readonly name: string;
  readonly etcd: Etcd;
  /** Default: the newest one. */
  readonly release?: KubernetesRelease;
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
export async function startCluster({ name, etcd, release = DEFAULT_RELEASE, ...rest }: ClusterOptions): Promise<Cluster> {
  const { found, ...search } = await findKubernetes({ release });
  if (found === undefined) {
    throw new KubernetesNotFound("attempts" in search ? search.attempts : []);
  }
  const controlPlane = await startControlPlane({ name, etcd, programs: found });
  const agent = await agentProgram({ cluster: name, kubeconfig: controlPlane.kubeconfigPath, ...rest });
  try {
    await agent.start();
  } catch (error) {
    await agent.kill();
    await controlPlane.stop();
    throw error;
  }
  const instances = watchInstances(found.kubectl, controlPlane.kubeconfigPath);
  return {
    name,
    controlPlane,
    agent,
    instances,
    kubectl: kubectlFor(found.kubectl, controlPlane.kubeconfigPath),
    stop: async () => {
      await agent.kill();
      await instances.stop();
      await controlPlane.stop();
    },
  };
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
