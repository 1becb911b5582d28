/** What helm makes of a chart for a release, before anything of it is in the cluster. */
import type { ActionContext } from "../../operation/mod.ts";
import { templateCommand } from "./arguments.ts";
import { failureOf } from "./errors.ts";
import type { HelmResult } from "./processes.ts";
import { redactorOf, targetOf, type HelmTools } from "./tools.ts";

const timeoutMs = 120_000;

/**
 * The manifest of everything that an upgrade would apply, CRDs too, and no hooks: rendered with what the cluster serves and what templates
 * look up in it.
 *
 * @throws HelmError
 */
export async function renderChart(tools: HelmTools, context: ActionContext, archive: string): Promise<string> {
  const target = targetOf(tools, context);
  const asked = await tools.processes.run(templateCommand(target, archive, context.values), timeoutMs);
  const result = kindIsMissing(asked)
    ? await tools.processes.run(
        templateCommand(target, archive, context.values, { kubeVersion: (await context.kube.version()).gitVersion }),
        timeoutMs,
      )
    : asked;
  if (result.code !== 0) throw failureOf("template", redactorOf(context)(result.stderr));
  return result.stdout;
}

/** A kind of the chart's own that its CRDs are about to bring. */
function kindIsMissing({ code, stderr }: HelmResult): boolean {
  return code !== 0 && /no matches for kind|resource mapping not found/u.test(stderr);
}
