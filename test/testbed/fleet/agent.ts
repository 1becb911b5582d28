import { freePort } from "@portolan/simulator/server-process";
import { join } from "node:path";
import { program, type Program } from "./program.ts";
import { REPOSITORY } from "./repository.ts";

export interface AgentOptions {
  readonly cluster: string;
  /** Absent: it is left to find its cluster by its environment. */
  readonly kubeconfig?: string;
  /** Folder of the catalog that comes with the agent. */
  readonly catalog: string;
  /** Absent: the agent works without a fleet. */
  readonly fleet?: { readonly natsUrl: string; readonly hubKey: string };
  /** Where its log goes. */
  readonly dir: string;
  /** Tests want to see everything, benchmarks what runs in production. */
  readonly logLevel?: "debug" | "info";
  /** More of its command line. */
  readonly args?: readonly string[];
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** An agent's process, not started yet. Everything that it remembers is in its cluster. */
export async function agentProgram({
  cluster,
  kubeconfig,
  catalog,
  fleet,
  dir,
  logLevel = "debug",
  args = [],
  env = {},
}: AgentOptions): Promise<Program> {
  const listen = `127.0.0.1:${await freePort()}`;
  return program({
    name: `agent of ${cluster}`,
    main: join(REPOSITORY, "packages/agent/src/main.ts"),
    args: [
      `--cluster=${cluster}`,
      ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
      `--catalog=${catalog}`,
      `--listen=${listen}`,
      `--log-level=${logLevel}`,
      // There is one at a time, and it is killed often: the next one need not wait for a Lease to run out.
      "--no-leader-elect",
      ...(fleet === undefined ? [] : [`--nats=${fleet.natsUrl}`, `--hub-key=${fleet.hubKey}`]),
      ...args,
    ],
    env,
    logFile: join(dir, `agent-${cluster}.log`),
    readyUrl: `http://${listen}/readyz`,
  });
}
