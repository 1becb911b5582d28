/** One cluster of the end-to-end tests: a real control plane and an agent's process, worked on with kubectl. */
import type { Program } from "./program.ts";
import { startControlPlane, type ControlPlane } from "../kubernetes/control-plane.ts";
import { KubernetesNotFound } from "../kubernetes/errors.ts";
import type { Etcd } from "../kubernetes/etcd.ts";
import { findKubernetes } from "../kubernetes/find.ts";
import { agentProgram, type AgentOptions } from "./agent.ts";
import { watchInstances, type InstanceWatch } from "./instance-watch.ts";

export interface ClusterOptions extends Pick<AgentOptions, "catalog" | "fleet" | "dir"> {
  readonly name: string;
  readonly etcd: Etcd;
}

export interface Cluster {
  readonly name: string;
  readonly controlPlane: ControlPlane;
  readonly agent: Program;
  readonly instances: InstanceWatch;
  /** Runs kubectl and gives what it prints. Any exit code but 0 is an error. */
  kubectl(args: readonly string[], input?: unknown): Promise<string>;
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
export async function startCluster({ name, etcd, ...rest }: ClusterOptions): Promise<Cluster> {
  const { found, ...search } = await findKubernetes();
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
    kubectl: async (args, input) => {
      const text = input === undefined ? undefined : typeof input === "string" ? input : JSON.stringify(input);
      const { code, stdout, stderr } = await controlPlane.kubectl(args, text === undefined ? {} : { input: text });
      if (code !== 0) {
        throw new KubectlFailed(args, code, stderr);
      }
      return stdout;
    },
    stop: async () => {
      await agent.kill();
      await instances.stop();
      await controlPlane.stop();
    },
  };
}
