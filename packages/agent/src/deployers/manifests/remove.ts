/** Takes a service's objects away, or lets go of them. */
import { isConflict, isNotFound, refOf, type KubeObject } from "../../kube/mod.ts";
import type { ActionContext } from "../../operation/mod.ts";
import { labels } from "../../resources/mod.ts";
import { partOfLabel } from "./apply-set.ts";
import { listMembers } from "./deploy.ts";
import { kindsAnnotation, parseKinds } from "./parent.ts";

/** Kinds that outlive an uninstalled service: deleting them would delete what others made of them. */
const neverRemoved: ReadonlySet<string> = new Set(["CustomResourceDefinition", "Namespace"]);

type RemoveContext = Pick<ActionContext, "kube" | "instance" | "applySetId">;

/** Deletes all members that may be deleted; returns how many are still there. */
export async function uninstall(context: RemoveContext): Promise<number> {
  let left = 0;
  for (const { apiVersion, kind } of parseKinds(context.instance.metadata.annotations?.[kindsAnnotation]).toReversed()) {
    for (const member of await listMembers(context, apiVersion, kind)) {
      if (neverRemoved.has(kind)) {
        await release(context, member);
        continue;
      }
      left++;
      if (member.metadata.deletionTimestamp === undefined) {
        await context.kube.delete(refOf(member), { uid: member.metadata.uid, propagation: "Background" });
      }
    }
  }
  return left;
}

/** Takes the labels off all members, so that they belong to nobody. */
export async function orphan(context: RemoveContext): Promise<void> {
  for (const { apiVersion, kind } of parseKinds(context.instance.metadata.annotations?.[kindsAnnotation])) {
    for (const member of await listMembers(context, apiVersion, kind)) await release(context, member);
  }
}

async function release(context: RemoveContext, member: KubeObject): Promise<void> {
  try {
    await context.kube.patch(refOf(member), {
      type: "merge",
      patch: { metadata: { labels: { [partOfLabel]: null, [labels.instance]: null } } },
    });
  } catch (error) {
    // Deleted or replaced meanwhile.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
