import { HubProblem, suggesting, type HubClient, type Selector } from "../client/mod.ts";
import { CliError, describeReason, EXIT, type ExitCode } from "../errors/mod.ts";
import { formatDocument, painterFor, printable, type Console } from "../output/mod.ts";
import { parseInstanceName } from "../resources/mod.ts";
import { formatPlan } from "./plan-text.ts";

export interface InstancePlanQuery {
  /** `cluster/namespace/name`. */
  readonly instance: string;
  readonly version: string;
  /** Must be empty: the instance is chosen by its name. */
  readonly selector: Selector;
  readonly output: "table" | "json" | "yaml";
  /** The exit code tells also whether there is anything to do. */
  readonly strict: boolean;
}

/** Shows the way of one instance to a version, or every reason why there is none. */
export async function showInstancePlan(console: Console, client: HubClient, query: InstancePlanQuery): Promise<ExitCode> {
  const { instance, version, selector, output, strict } = query;
  const name = parseInstanceName(instance);
  if (Object.keys(selector).length > 0) {
    throw new CliError(
      "InvalidUsage",
      "an instance is chosen by its name: --clusters, --namespace and --selector are for the plans of a service",
    );
  }
  const asked = { instance, clusters: [name.cluster], version };
  const found = await suggesting(client, asked, () => planOrReasons(() => client.plan(name, version)));
  if (output !== "table") {
    const document =
      "plan" in found
        ? { ...found.plan, reachable: true, reasons: [] }
        : { ...name, version, reachable: false, steps: [], reasons: found.reasons };
    console.out.write(await formatDocument(document, output));
  } else if ("plan" in found) {
    const { from = null, steps, cost, risks, planHash } = found.plan;
    console.out.write(
      formatPlan({ subject: instance, from, to: version, steps, cost, risks, hash: planHash }, painterFor(console.out, console.env)),
    );
  } else {
    const lines = [`${instance} cannot go to ${version}:`, ...found.reasons.map((reason) => `  ${describeReason(reason)}`)];
    console.out.write(`${lines.map(printable).join("\n")}\n`);
  }
  return "plan" in found && !(strict && found.plan.steps.length > 0) ? EXIT.ok : EXIT.error;
}

/** That a version is unreachable is an answer, not an error. */
async function planOrReasons<T>(
  plan: () => Promise<T>,
): Promise<{ readonly plan: T } | { readonly reasons: NonNullable<HubProblem["problem"]["reasons"]> }> {
  try {
    return { plan: await plan() };
  } catch (error) {
    if (error instanceof HubProblem && error.code === "Unreachable") {
      return { reasons: error.problem.reasons ?? [{ code: error.code, message: error.message }] };
    }
    throw error;
  }
}
