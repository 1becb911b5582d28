/** Applies a version's objects and prunes what an earlier version left behind. Level-based: applying again what is there writes nothing new. */
import { applySettled } from "../../drift/mod.ts";
import { isNoKindMatch, refOf, type KindRef, type KubeObject } from "../../kube/mod.ts";
import { objectName, type ActionContext, type Outcome } from "../../operation/mod.ts";
import { AGENT_MANAGER, labels } from "../../resources/mod.ts";
import { readiness } from "../../kstatus/mod.ts";
import { kindsOf, memberKinds, writeParent } from "./parent.ts";
import { groupKind, partOfLabel } from "./apply-set.ts";
import { isNewerInCluster } from "./newer-definitions.ts";
import { termsFor } from "./terms.ts";

/** Kinds that are never taken away while a service lives on: with them its data would go. */
export const neverPruned: ReadonlySet<string> = new Set(["CustomResourceDefinition", "Namespace", "PersistentVolumeClaim"]);

export async function deploy(context: ActionContext, members: readonly KubeObject[]): Promise<Outcome> {
  const foreign = await findForeign(context, members);
  if (foreign !== undefined) return foreign;
  await ensureNamespace(context);
  // The parent names the old and the new kinds before any object is written, so that nothing is lost sight of after a crash.
  const before = memberKinds(context.instance);
  const now = kindsOf(members);
  const all = union(before, now);
  await writeParent(context, all, members);
  const waiting = await applyAll(context, members);
  if (waiting !== undefined) return waiting;
  for (const kind of all) await prune(context, kind, members);
  // What is never pruned may still be there and stays in sight, until the service is uninstalled.
  const kept = all.filter((kind) => neverPruned.has(kind.kind));
  await writeParent(context, union(now, kept), members);
  return { state: "done", object: `${members.length} objects` };
}

/** Each kind once. */
export function union(some: readonly KindRef[], others: readonly KindRef[]): readonly KindRef[] {
  return [...some, ...others.filter((kind) => !some.some((each) => each.apiVersion === kind.apiVersion && each.kind === kind.kind))];
}

/** Applies in order; a kind whose CRD was only just applied may need a moment. */
async function applyAll(context: ActionContext, members: readonly KubeObject[]): Promise<Outcome | undefined> {
  for (const member of members) {
    try {
      if (await isNewerInCluster(context.kube, member)) continue;
      const applied = await applySettled(context.kube, member, termsFor(context.instance));
      if (member.kind === "CustomResourceDefinition" && readiness(applied).state !== "Current") {
        return { state: "waiting", message: `${objectName(refOf(member))} is not established yet` };
      }
    } catch (error) {
      if (isNoKindMatch(error)) return { state: "waiting", message: error.message };
      throw error;
    }
  }
  return undefined;
}

/** An object that belongs to another instance is not taken from it. */
async function findForeign(context: ActionContext, members: readonly KubeObject[]): Promise<Outcome | undefined> {
  for (const member of members) {
    if (member.kind === "Namespace") continue;
    const owner = await ownerOf(context, member);
    if (owner !== undefined && owner !== context.applySetId) {
      return {
        state: "failed",
        reason: "OwnedByAnotherInstance",
        message: `${objectName(refOf(member))} belongs to another ServiceInstance`,
      };
    }
  }
  return undefined;
}

async function ownerOf(context: ActionContext, member: KubeObject): Promise<string | undefined> {
  try {
    const live = await context.kube.get(refOf(member), { metadataOnly: true });
    return live?.metadata.labels?.[labels.instance];
  } catch (error) {
    // Its CRD is among the members and not applied yet, so nobody can have such an object.
    if (isNoKindMatch(error)) return undefined;
    throw error;
  }
}

/** Makes the namespace of the service's objects where it is missing; it belongs to nobody. */
export async function ensureNamespace({
  kube,
  own,
  targetNamespace,
}: Pick<ActionContext, "kube" | "own" | "targetNamespace">): Promise<void> {
  const ref = { apiVersion: "v1", kind: "Namespace", name: targetNamespace };
  // A role in one namespace lets nobody see the namespace itself.
  if ((await own.get(ref, { metadataOnly: true })) !== undefined) return;
  await kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: targetNamespace } }, { fieldManager: AGENT_MANAGER });
}

export async function prune(context: ActionContext, kind: KindRef, members: readonly KubeObject[]): Promise<void> {
  if (neverPruned.has(kind.kind)) return;
  const wanted = new Set(members.filter((member) => groupKind(member) === groupKind(kind)).map((member) => nameOf(member)));
  for (const found of await listMembers(context, kind.apiVersion, kind.kind)) {
    if (wanted.has(nameOf(found)) || found.metadata.deletionTimestamp !== undefined) continue;
    await context.kube.delete(refOf(found), { uid: found.metadata.uid, propagation: "Background" });
  }
}

/**
 * The members of one kind that are in the cluster; none when the cluster does not know the kind any more. The agent finds them by their
 * label, in whatever namespace: an account with a role in one of them could not.
 */
export async function listMembers(
  { own, applySetId }: Pick<ActionContext, "own" | "applySetId">,
  apiVersion: string,
  kind: string,
): Promise<readonly KubeObject[]> {
  try {
    return (await own.list(apiVersion, kind, { labelSelector: `${partOfLabel}=${applySetId}`, metadataOnly: true })).items;
  } catch (error) {
    if (isNoKindMatch(error)) return [];
    throw error;
  }
}

function nameOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}
