/** What an agent of the end-to-end tests may do: what `portolan catalog rbac` says of its catalog, and nothing else. No agent is an administrator. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OfflineCharts } from "@portolan/agent/deployers/helm";
import { clusterRole, role, rulesOfAgent } from "@portolan/agent/rbac";
import type { ServiceDefinition } from "@portolan/shared/catalog";
import type { ControlPlane } from "../kubernetes/control-plane.ts";
import type { AgentOptions } from "./agent.ts";
import { AGENT_ACCOUNT, generatedRoles } from "./generated-roles.ts";

/** Absent parts are taken from how the agent is started. */
export interface AgentRights {
  /** With everything that the cluster will ever be asked for, each version of which can be rendered. */
  readonly catalog?: string;
  /** More of the command line, such as where charts are. */
  readonly args?: readonly string[];
  /** It looks after services in the name of accounts alone, which have their rights from the test. */
  readonly accounts?: true;
}

type Started = Pick<AgentOptions, "catalog" | "fleet" | "args" | "env">;

/** That charts are rendered for. */
const KUBERNETES = "v1.34.0";

/** Flags of an agent that the command which renders its catalog takes too. */
const COMMON_FLAG = /^--(?:helm|chart-folder|chart-mirror|chart-ca|chart-plain-http|allow-unpinned-charts)(?:=|$)/u;

/** The path of a kubeconfig for an agent. */
export async function agentKubeconfig(controlPlane: ControlPlane, started: Started, rights: AgentRights = {}): Promise<string> {
  const args = rights.args ?? (started.args ?? []).filter((arg) => COMMON_FLAG.test(arg));
  const own = rights.accounts === true ? [] : ["--own-rights"];
  const fleet = started.fleet === undefined ? ["--no-fleet"] : [];
  return await bound(controlPlane, await generatedRoles(rights.catalog ?? started.catalog, [...own, ...fleet, ...args], started.env));
}

/** The same for an agent in the test's own process, with services that the test has made. @param helm its path, where there are charts */
export async function agentKubeconfigFor(
  controlPlane: ControlPlane,
  services: readonly ServiceDefinition[],
  helm = "helm",
): Promise<string> {
  const cache = await mkdtemp(join(tmpdir(), "portolan-rights-"));
  const charts = await OfflineCharts.open({
    program: helm,
    kubernetesVersion: KUBERNETES,
    charts: { cache, mirrors: [], digests: new Map(), allowUnpinned: false, plainHttp: [] },
  });
  try {
    const { cluster, own } = await rulesOfAgent(services, {
      configs: [],
      cluster: { name: "cluster", kubernetesVersion: KUBERNETES, labels: {} },
      chart: async (installer, values, release) => await charts.render(installer, release, values),
      ownRights: true,
      fleet: false,
    });
    const { namespace, name } = AGENT_ACCOUNT;
    return await bound(controlPlane, [...clusterRole(name, cluster, AGENT_ACCOUNT), ...role(name, namespace, own, AGENT_ACCOUNT)]);
  } finally {
    await charts.close();
    await rm(cache, { recursive: true });
  }
}

async function bound(controlPlane: ControlPlane, items: readonly object[]): Promise<string> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: AGENT_ACCOUNT.namespace } };
  const input = JSON.stringify({ apiVersion: "v1", kind: "List", items: [namespace, ...items] });
  const { code, stderr } = await controlPlane.kubectl(["apply", "--server-side", "-f", "-"], { input });
  if (code !== 0) throw new Error(`the agent's roles could not be applied: ${stderr}`);
  return await controlPlane.serviceAccountKubeconfig(AGENT_ACCOUNT);
}
