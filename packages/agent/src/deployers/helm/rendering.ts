/** What helm makes of a chart for a release, before anything of it is in the cluster. */
import type { HelmDeployer } from "@portolan/shared/catalog";
import type { KubeObject } from "../../kube/mod.ts";
import type { ActionContext } from "../../operation/mod.ts";
import type { Rendered } from "../deployer.ts";
import { templateCommand } from "./arguments.ts";
import { failureOf, type HelmError } from "./errors.ts";
import { objectsOf } from "./manifest.ts";
import type { HelmResult } from "./processes.ts";
import { redactorOf, targetOf, type HelmTools } from "./tools.ts";

const timeoutMs = 120_000;

/**
 * Everything that an upgrade would apply, CRDs too, and the hooks of the chart: rendered with what the cluster serves and what templates look
 * up in it.
 *
 * @throws HelmError
 */
export async function renderChart(
  tools: HelmTools,
  context: ActionContext,
  archive: string,
  { test: tests = false }: HelmDeployer,
): Promise<Rendered> {
  const target = targetOf(tools, context);
  const render = async (options: Parameters<typeof templateCommand>[3]): Promise<HelmResult> =>
    await tools.processes.run(templateCommand(target, archive, context.values, options), timeoutMs);
  const asked = await render({ tests });
  const failure = ({ stderr }: HelmResult): HelmError => failureOf("template", redactorOf(context)(stderr));
  const isForbidden = isLookForbidden(asked);
  const result =
    kindIsMissing(asked) || isForbidden ? await render({ tests, kubeVersion: (await context.kube.version()).gitVersion }) : asked;
  if (result.code !== 0) throw failure(isForbidden ? asked : result);
  return { ...renderedIn(result.stdout), ...(isForbidden ? { forbidden: failure(asked) } : {}) };
}

/** A chart's objects and, apart from them, its hooks. @throws HelmError ChartInvalid */
export function renderedIn(manifest: string): Rendered {
  const all = objectsOf(manifest);
  const isHook = ({ metadata }: KubeObject): boolean => metadata.annotations?.["helm.sh/hook"] !== undefined;
  return { objects: all.filter((object) => !isHook(object)), hooks: all.filter(isHook) };
}

/** helm looks at every object that a release is about to make, and templates at what they want. */
function isLookForbidden({ code, stderr }: HelmResult): boolean {
  return code !== 0 && /is forbidden: User "/u.test(stderr);
}

/** A kind of the chart's own that its CRDs are about to bring. */
function kindIsMissing({ code, stderr }: HelmResult): boolean {
  return code !== 0 && /no matches for kind|resource mapping not found/u.test(stderr);
}
