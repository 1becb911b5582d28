import { randomBytes } from "node:crypto";
import { actionAgeMs, type ActionContext, type Outcome } from "../../../operation/mod.ts";
import { labels } from "../../../resources/mod.ts";
import { objectKey, type KubeObject } from "../../../kube/mod.ts";
import { ensureNamespace, groupKind, termsFor } from "../../manifests/mod.ts";
import { upgradeCommand, type ReleaseTarget } from "../arguments.ts";
import { applyCrds, chartDefinitions, isDefinition } from "../crds.ts";
import { giveToRelease } from "../give-to-release.ts";
import { isAnythingLeft, withoutWhatIsLeft } from "../left-to-others.ts";
import { keepFromHelm } from "../kept-members.ts";
import { comparedReleases, inTheirNamespaces, membersOf } from "../look.ts";
import { HELM_MANAGER } from "../manifest.ts";
import { renderChart } from "../rendering.ts";
import { ignoreLabel, type Release, type Revision } from "../release.ts";
import { keyOf, stampOf, type ChartWish, type HelmTools } from "../tools.ts";
import { prune } from "./prune.ts";

/** helm ends before the action that it is a part of does. */
const longestSeconds = 540;
const shortestSeconds = 30;

/** What there is of a release. */
interface Beginning {
  readonly release: Release | undefined;
  readonly history: readonly Revision[];
  /**
   * Its first installation did not come to its end. `helm upgrade` would leave out what the chart does in its hooks for an installation, for
   * good.
   */
  readonly installsAnew: boolean;
}

/**
 * Brings a release to a chart and values, whatever it was before: pulls the chart, applies its CRDs, then lets helm work. Returns at once;
 * it is asked again.
 */
export async function upgrade(
  tools: HelmTools,
  context: ActionContext,
  target: ReleaseTarget,
  wish: ChartWish,
  { release: current, history, installsAnew }: Beginning,
): Promise<Outcome> {
  const chart = await tools.charts.archive(wish.deployer);
  if (chart === "pulling")
    return { state: "waiting", message: `the chart ${wish.deployer.chart} ${wish.deployer.chartVersion} is being pulled` };
  await ensureNamespace(context);
  const inFolders = await tools.folderDefinitions.namesIn(chart);
  const { objects, forbidden } = await renderChart(tools, context, chart.path, wish.deployer);
  if (forbidden !== undefined) throw forbidden;
  const definitions = await applyCrds(context, chartDefinitions(inFolders, objects, wish.version));
  if (definitions !== undefined) return definitions;
  const compared = await comparedReleases(context.kube, target, history, current);
  const before = (await Promise.all(compared.map(async (release) => await membersOf(context, release)))).flat();
  await keepFromHelm(context, before);
  const ofRelease = objects.filter((object) => !isDefinition(object) || !inFolders.has(object.metadata.name));
  await giveToRelease(context, await notAmong(context, ofRelease, before), target);
  const { operation, applySetId, instance, values } = context;
  const terms = termsFor(instance, HELM_MANAGER);
  const members = current === undefined ? [] : await membersOf(context, current);
  const rewriting = (await isAnythingLeft(context.kube, members, terms))
    ? await tools.postRenderer.argumentsFor(
        async (manifest) => await withoutWhatIsLeft(context, manifest, { terms, version: wish.version }),
      )
    : undefined;
  const ageSeconds = Math.round(actionAgeMs(operation, tools.now()) / 1000);
  const command = upgradeCommand(target, {
    archive: chart.path,
    digest: chart.digest,
    values,
    step: `${stampOf(context)}.${randomBytes(4).toString("hex")}`,
    version: wish.version,
    ignored: ignoreLabel(instance.spec.driftIgnore ?? []),
    instanceLabel: labels.instance,
    instance: applySetId,
    description: `${operation.kind} to ${wish.version} by Portolan (${operation.id})`,
    timeoutSeconds: Math.max(shortestSeconds, longestSeconds - ageSeconds),
    installsAnew,
    postRenderer: rewriting?.args ?? [],
  });
  if (installsAnew) await prune(context.kube, target, history);
  tools.processes.begin(keyOf(target), stampOf(context), rewriting === undefined ? command : { ...command, onEnd: rewriting.done });
  return { state: "waiting", message: `helm ${command.name} has begun` };
}

/** What is new to a release. */
async function notAmong(
  context: ActionContext,
  rendered: readonly KubeObject[],
  members: readonly KubeObject[],
): Promise<readonly KubeObject[]> {
  const nameOf = (object: KubeObject): string => `${groupKind(object)} ${objectKey(object.metadata)}`;
  const known = new Set(members.map(nameOf));
  return (await inTheirNamespaces(context, rendered)).filter((object) => !known.has(nameOf(object)));
}
