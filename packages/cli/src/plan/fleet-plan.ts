import { suggesting, type FleetPlan, type HubClient, type Selector } from "../client/mod.ts";
import { describeReason, EXIT, type ExitCode } from "../errors/mod.ts";
import { formatDocument, formatTable, painterFor, printable, type Cell, type Console } from "../output/mod.ts";
import { instanceText } from "../resources/mod.ts";
import { describeRisk, pathText } from "./plan-text.ts";

export interface FleetPlanQuery {
  readonly service: string;
  readonly version: string;
  readonly selector: Selector;
  readonly output: "table" | "json" | "yaml";
  /** The exit code tells also whether there is anything to do. */
  readonly strict: boolean;
}

/** Shows how every chosen instance of a service would go to a version. */
export async function showFleetPlan(
  console: Console,
  client: HubClient,
  { service, version, selector, output, strict }: FleetPlanQuery,
): Promise<ExitCode> {
  const asked = { service, version, clusters: selector.clusters ?? [] };
  const plans = await suggesting(client, asked, () => client.fleetPlans({ service, version, selector }));
  if (output === "table") {
    console.out.write(formatFleetPlan(console, plans));
  } else {
    console.out.write(await formatDocument({ service, version, items: plans }, output));
  }
  return plans.every(({ reachable, steps }) => reachable && !(strict && steps.length > 0)) ? EXIT.ok : EXIT.error;
}

function formatFleetPlan({ out, env }: Console, plans: readonly FleetPlan[]): string {
  const table = formatTable(["CLUSTER", "NAMESPACE", "NAME", "STEPS", "WAY", "NOTES"], plans.map(rowOf), painterFor(out, env));
  const risks = new Map(plans.flatMap((plan) => plan.risks.map((risk) => [`${risk.id} ${risk.applies}`, risk])));
  const lines = [
    ...plans.flatMap((plan) => plan.reasons.map((reason) => `${instanceText(plan)}: ${describeReason(reason)}`)),
    ...[...risks.values()].map((risk) => `risk ${describeRisk(risk)}`),
  ];
  return `${table}${lines.map((line) => `${printable(line)}\n`).join("")}`;
}

function rowOf({ cluster, namespace, name, from, reachable, steps, risks }: FleetPlan): readonly Cell[] {
  const where = [cluster, namespace, name];
  if (!reachable) {
    return [...where, "", from ?? "nothing", { text: "unreachable", style: "bad" }];
  }
  const notes = [
    ...(steps.length === 0 ? ["there already"] : []),
    ...(steps.some(({ disruptive }) => disruptive) ? ["disruptive"] : []),
    ...(steps.some(({ irreversible }) => irreversible) ? ["irreversible"] : []),
    ...risks.map(({ id }) => `risk ${id}`),
  ];
  return [...where, String(steps.length), pathText(from, steps), notes.join(", ")];
}
