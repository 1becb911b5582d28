import { KubeError } from "@portolan/agent/kube";
import { CliError, EXIT, type ExitCode } from "../errors/mod.ts";
import { connectToCluster, type ClusterOptions } from "../kubernetes/mod.ts";
import { formatDocument, formatTable, painterFor, state, type Console } from "../output/mod.ts";
import { checkAdmission } from "./checks/admission.ts";
import { checkAgent } from "./checks/agent.ts";
import { checkApiServer } from "./checks/api-server.ts";
import { checkClusterPolicy } from "./checks/cluster-policy.ts";
import { checkDefinitions } from "./checks/definitions.ts";
import { checkInstances } from "./checks/instances.ts";
import type { Check, Finding, Place } from "./finding.ts";

export interface DoctorQuery extends ClusterOptions {
  /** The agent's. */
  readonly namespace: string;
  readonly output: "table" | "json" | "yaml";
}

interface Reported extends Finding {
  readonly check: string;
}

const CHECKS: readonly (readonly [name: string, check: Check])[] = [
  ["API server", checkApiServer],
  ["definitions", checkDefinitions],
  ["agent", checkAgent],
  ["admission policy", checkAdmission],
  ["cluster policy", checkClusterPolicy],
  ["instances", checkInstances],
];

/** Looks at a cluster and its agent, and says what is wrong and what to do. Changes nothing. @returns 1 when something is broken */
export async function doctor(console: Console, query: DoctorQuery): Promise<ExitCode> {
  const cluster = await connectToCluster(query);
  try {
    const findings = await examine({ kube: cluster.kube, namespace: query.namespace, now: console.now() });
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

function tableOf({ out, env }: Console, findings: readonly Reported[]): string {
  const rows = findings.map(({ check, state: how, message, cure }) => [
    check,
    state(how),
    cure === undefined ? message : `${message} → ${cure}`,
  ]);
  return formatTable(["CHECK", "STATE", "FOUND"], rows, painterFor(out, env));
}
