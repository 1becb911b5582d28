/** A cluster for a {@link CrashWalk}: a control plane, a gate before it that knows every write, and an agent behind the gate. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startControlPlane, type ControlPlane } from "../kubernetes/control-plane.ts";
import { tokenIn } from "../kubernetes/token-in.ts";
import { startTollgate } from "../kubernetes/tollgate.ts";
import { agentProgram } from "./agent.ts";
import { agentKubeconfig } from "./agent-rights.ts";
import { CrashWalk, type CrashWalkOptions } from "./crash-walk.ts";
import type { Program } from "./program.ts";

export interface CrashClusterOptions extends Omit<CrashWalkOptions, "controlPlane" | "gate" | "agent"> {
  readonly name: string;
  /** Where the cluster's catalog is, and more of the agent's command line. @param dir an empty folder, removed at stop */
  readonly prepare: (dir: string) => Promise<{ readonly catalog: string; readonly args?: readonly string[] }>;
}

export interface CrashCluster {
  readonly controlPlane: ControlPlane;
  readonly agent: Program;
  readonly crash: CrashWalk;
  stop(): Promise<void>;
}

/** @throws KubernetesNotFound, ControlPlaneNotReady */
export async function startCrashCluster({ name, prepare, ...walk }: CrashClusterOptions): Promise<CrashCluster> {
  const dir = await mkdtemp(join(tmpdir(), `portolan-${name}-`));
  const own = join(dir, "own");
  await mkdir(own);
  const prepared = await prepare(own);
  const controlPlane = await startControlPlane({ name });
  const gate = await startTollgate(controlPlane, await tokenIn(await agentKubeconfig(controlPlane, prepared)));
  const agent = await agentProgram({ cluster: name, kubeconfig: gate.kubeconfigPath, dir, ...prepared });
  await agent.start();
  return {
    controlPlane,
    agent,
    crash: new CrashWalk({ controlPlane, gate, agent, ...walk }),
    stop: async () => {
      await agent.kill();
      await gate.stop();
      await controlPlane.stop();
      await rm(dir, { recursive: true });
    },
  };
}
