import { KubeError } from "@portolan/agent/kube";
import type { ServiceDefinition } from "@portolan/shared/catalog";
import { CliError, EXIT, type ExitCode } from "../errors/mod.ts";
import { connectToCluster, type ClusterOptions } from "../kubernetes/mod.ts";
import { formatDocument, formatTable, painterFor, state, type Console } from "../output/mod.ts";
import { agentRulesFor } from "../catalog/rules.ts";
import type { ChartOptions } from "../catalog/charts.ts";
import { loadServices } from "../catalog/load.ts";
import { checkAdmission } from "./checks/admission.ts";
import { checkAgent } from "./checks/agent.ts";
import { checkApiServer } from "./checks/api-server.ts";
import { checkClusterPolicy } from "./checks/cluster-policy.ts";
import { checkDefinitions } from "./checks/definitions.ts";
import { checkFleet } from "./checks/fleet.ts";
import { checkHelm } from "./checks/helm.ts";
import { checkInstances } from "./checks/instances.ts";
import { checkRights } from "./checks/rights.ts";
import type { Check, Finding, Place } from "./finding.ts";

export interface DoctorQuery extends ClusterOptions {
  /** The agent's. */
  readonly namespace: string;
  /** Name of the agent's service account; absent: it is found out. */
  readonly account: string | undefined;
  /** Folders of the catalogs that the agent looks after services of; none: what it needs for services is not looked at. */
  readonly catalogs: readonly string[];
  /** The agent does with its own rights what services need. */
  readonly ownRights: boolean;
  readonly charts: ChartOptions;
  readonly output: "table" | "json" | "yaml";
}

interface Reported extends Finding {
  readonly check: string;
}

const CHECKS: readonly (readonly [name: string, check: Check])[] = [
  ["API server", checkApiServer],
  ["definitions", checkDefinitions],
  ["agent", checkAgent],
  ["rights", checkRights],
  ["fleet", checkFleet],
  ["helm", checkHelm],
  ["admission policy", checkAdmission],
  ["cluster policy", checkClusterPolicy],
  ["instances", checkInstances],
];

/** Looks at a cluster and its agent, and says what is wrong and what to do. Changes nothing. @returns 1 when something is broken */
export async function doctor(console: Console, query: DoctorQuery): Promise<ExitCode> {
  const services = await loadServices(console, query.catalogs);
  const cluster = await connectToCluster(query);
  const { namespace, account, ownRights, charts } = query;
  try {
    const findings = await examine({
      kube: cluster.kube,
      namespace,
      account,
      rules: async ({ fleet }) => {
        const { gitVersion: kubernetes } = await cluster.kube.version();
        return await agentRulesFor(console, { ownRights, fleet, kubernetes, charts, configs: [] }, services);
      },
      charts: query.catalogs.length === 0 ? undefined : services.some(isCharted),
      now: console.now(),
    });
    console.out.write(query.output === "table" ? tableOf(console, findings) : await formatDocument({ items: findings }, query.output));
    return findings.some((finding) => finding.state === "error") ? EXIT.error : EXIT.ok;
  } finally {
    await cluster.close();
  }
}

/** @throws CliError ClusterUnreachable when the API server does not answer at all */
export async function examine(place: Place): Promise<readonly Reported[]> {
  const findings: Reported[] = [];
  for (const [check, look] of CHECKS) {
    try {
      findings.push(...(await look(place)).map((finding) => ({ check, ...finding })));
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (error.reason === "ConnectionFailed") throw new CliError("ClusterUnreachable", error.message, { cause: error });
      findings.push({ check, state: "warning", message: `it cannot be seen: ${error.message}` });
    }
  }
  return findings;
}

function isCharted({ installers }: ServiceDefinition): boolean {
  return installers.some(({ deployer }) => deployer.type === "helm");
}

function tableOf({ out, env }: Console, findings: readonly Reported[]): string {
  const rows = findings.map(({ check, state: how, message, cure }) => [
    check,
    state(how),
    cure === undefined ? message : `${message} → ${cure}`,
  ]);
  return formatTable(["CHECK", "STATE", "FOUND"], rows, painterFor(out, env));
}
