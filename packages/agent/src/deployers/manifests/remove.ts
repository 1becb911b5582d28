/** Takes a service's objects away, or lets go of them. */
import { isConflict, isNotFound, refOf, type KubeObject } from "../../kube/mod.ts";
import type { ActionContext } from "../../operation/mod.ts";
import { labels } from "../../resources/mod.ts";
import { partOfLabel } from "./apply-set.ts";
import { listMembers } from "./deploy.ts";
import { memberKinds } from "./parent.ts";

/** Kinds that outlive an uninstalled service: deleting them would delete what others made of them. */
export const neverRemoved: ReadonlySet<string> = new Set(["CustomResourceDefinition", "Namespace"]);

type RemoveContext = Pick<ActionContext, "kube" | "own" | "instance" | "applySetId">;

/** Deletes all members that may be deleted, and the Jobs that hooks have left; returns how many objects are still there. */
export async function uninstall(context: RemoveContext): Promise<number> {
  let left = await deleteAll(context, await hookJobs(context));
  for (const { apiVersion, kind } of memberKinds(context.instance).toReversed()) {
    const members = await listMembers(context, apiVersion, kind);
    if (neverRemoved.has(kind)) for (const member of members) await unlabel(context, member);
    else left += await deleteAll(context, members);
  }
  return left;
}

/** Those in another namespace than the instance's have no owner, and one may still run. */
async function hookJobs({ own, applySetId }: RemoveContext): Promise<readonly KubeObject[]> {
  const labelSelector = `${labels.instance}=${applySetId},${labels.operation}`;
  return (await own.list("batch/v1", "Job", { labelSelector, metadataOnly: true })).items;
}

async function deleteAll({ kube }: RemoveContext, objects: readonly KubeObject[]): Promise<number> {
  for (const object of objects) {
    const { deletionTimestamp, uid } = object.metadata;
    if (deletionTimestamp === undefined) await kube.delete(refOf(object), { uid, propagation: "Background" });
  }
  return objects.length;
}

/** Takes the labels off all members, so that they belong to nobody. */
export async function orphan(context: RemoveContext): Promise<void> {
  for (const { apiVersion, kind } of memberKinds(context.instance)) {
    for (const member of await listMembers(context, apiVersion, kind)) await unlabel(context, member);
  }
}

export async function unlabel(
  context: Pick<ActionContext, "kube">,
  member: KubeObject,
  taken: readonly string[] = [partOfLabel, labels.instance],
): Promise<void> {
  try {
    await context.kube.patch(refOf(member), {
      type: "merge",
      patch: { metadata: { labels: Object.fromEntries(taken.map((label) => [label, null])) } },
    });
  } catch (error) {
    // Deleted or replaced meanwhile.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
