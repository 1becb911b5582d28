import { isNotFound, refOf, type KubeObject } from "../../kube/mod.ts";
import type { ActionContext } from "../../operation/mod.ts";
import { labels } from "../../resources/mod.ts";
import { isDefinition } from "./crds.ts";
import { isAppliedByAgent } from "./kept-members.ts";
import { HELM_MANAGER, ownershipMarks, releaseNamedBy, type HelmRelease } from "./manifest.ts";
import { find, isMarked } from "./members.ts";

/**
 * Lets helm take into a release what the instance has already, made in another way: as manifests, in a chart's folder of CRDs, or by its
 * release in another namespace. helm takes in nothing without its marks, which is what keeps the objects of others from it; so they are put on
 * what is the instance's own, in helm's name: they go with its other fields.
 */
export async function giveToRelease(
  { kube, applySetId }: Pick<ActionContext, "kube" | "applySetId">,
  objects: readonly KubeObject[],
  release: HelmRelease,
): Promise<void> {
  const marks = ownershipMarks(release);
  for (const object of objects) {
    const live = await find(kube, object);
    if (live === undefined || !isOwn(live, applySetId) || isMarked(live, marks)) continue;
    try {
      await kube.patch(refOf(live), { type: "merge", patch: { metadata: marks } }, { fieldManager: HELM_MANAGER });
    } catch (error) {
      // Deleted meanwhile: helm makes it.
      if (!isNotFound(error)) throw error;
    }
  }
}

/** The CRDs of a chart's folder carry no instance's label: all instances of the chart share them. */
function isOwn(live: KubeObject, id: string): boolean {
  const owner = live.metadata.labels?.[labels.instance];
  if (owner !== undefined) return owner === id;
  return isDefinition(live) && releaseNamedBy(live) === undefined && isAppliedByAgent(live);
}
