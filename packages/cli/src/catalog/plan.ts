import { isVersion } from "@portolan/shared/catalog";
import { resolve, type VersionGraph } from "@portolan/shared/graph";
import { planTo, type PlanResult } from "@portolan/shared/planner";
import { CliError, describeReason, EXIT, listNearest, type ExitCode } from "../errors/mod.ts";
import { formatDocument, painterFor, printable, warn, type Console } from "../output/mod.ts";
import { formatPlan } from "../plan/mod.ts";
import { readFacts } from "./facts.ts";
import { loadService } from "./load.ts";
import { readObject, requireOneStdin } from "../input/mod.ts";

export interface OfflinePlanQuery {
  readonly dir: string;
  readonly service: string;
  /** `none` and `-`: nothing is installed. */
  readonly from: string;
  readonly to: string;
  readonly kubernetes: string | undefined;
  readonly facts: string | undefined;
  readonly config: string | undefined;
  readonly output: "table" | "json" | "yaml";
}

/** Plans within a catalog's folder, for a cluster that need not exist. */
export async function planOffline(console: Console, query: OfflinePlanQuery): Promise<ExitCode> {
  const { dir, to, kubernetes, output } = query;
  requireOneStdin([query.facts, query.config]);
  const from = query.from === "none" || query.from === "-" ? null : query.from;
  const service = await loadService(console, dir, query.service);
  const versions = service.installers.map(({ version }) => version);
  requireVersion(from, versions);
  requireVersion(to, versions);
  if (from !== null && !versions.includes(from)) {
    warn(
      console,
      `the catalog does not know how to install ${service.name} ${from} (it has ${listNearest(from, versions)}): planned as a version that was installed before`,
    );
  }
  const { cluster, neighbours } = await readFacts(console, { file: query.facts, kubernetes });
  const config = query.config === undefined ? {} : await readObject(console, query.config, "the config");
  const graph = resolve(service, { cluster, neighbours, config, ...(from === null ? {} : { installed: from }) });
  const unknownKubernetes = cluster.kubernetesVersion === "";
  if (unknownKubernetes && service.installers.some((installer) => installer.kubernetes !== undefined)) {
    warn(console, "no version of Kubernetes was given: ranges of Kubernetes versions count as met (--kubernetes)");
  }
  const result = planTo(unknownKubernetes ? anyKubernetes(graph) : graph, from, to);
  console.out.write(output === "table" ? formatResult(console, service.name, result) : await formatDocument(planDocument(result), output));
  return result.reachable ? EXIT.ok : EXIT.error;
}

/** The plan, or why there is none: what programs read. The keys are always the same. */
function planDocument(result: PlanResult): object {
  if (!result.reachable) {
    return { reachable: false, steps: [], cost: null, risks: [], hash: null, reasons: result.reasons };
  }
  const { steps, cost, risks, hash } = result.plan;
  return {
    reachable: true,
    steps: steps.map(({ from, to, upgrader, disruptive, irreversible }) => ({ from, to, upgrader, disruptive, irreversible })),
    cost,
    risks,
    hash,
    reasons: [],
  };
}

/** The graph as the planner would find it in a cluster whose Kubernetes is right for every version. Digests stay what they are. */
function anyKubernetes(graph: VersionGraph): VersionGraph {
  const nodes = [...graph.nodes].map(
    ([version, node]) => [version, { ...node, blocked: node.blocked.filter(({ code }) => code !== "KubernetesVersion") }] as const,
  );
  return { ...graph, nodes: new Map(nodes) };
}

function requireVersion(version: string | null, known: readonly string[]): void {
  if (version !== null && !isVersion(version)) {
    throw new CliError("UnknownVersion", `${JSON.stringify(version)} is no semantic version such as 1.2.3`, {
      details: [`versions: ${listNearest(version, known)}`],
    });
  }
}

function formatResult({ out, env }: Console, service: string, result: PlanResult): string {
  if (result.reachable) {
    return formatPlan({ subject: service, ...result.plan }, painterFor(out, env));
  }
  const lines = [
    `${service} cannot go from ${result.from ?? "nothing"} to ${result.to}:`,
    ...result.reasons.map((reason) => `  ${describeReason(reason)}`),
  ];
  return `${lines.map(printable).join("\n")}\n`;
}
