import { isNotFound, objectKey, refOf, type KubeObject } from "../../../kube/mod.ts";
import { placed, type ActionContext, type Outcome } from "../../../operation/mod.ts";
import { labels } from "../../../resources/mod.ts";
import { groupKind, neverPruned } from "../../manifests/mod.ts";
import type { ReleaseTarget } from "../arguments.ts";
import { membersOf, ownRevisions, releaseOf } from "../look.ts";
import { letGo } from "../kept-members.ts";
import { keepPolicy, policyAnnotation } from "../manifest.ts";
import { dropFieldsOfHelm, find } from "../members.ts";

/**
 * Takes a release away and leaves its objects that are another deployer's now, without the fields that were helm's alone. helm itself would
 * delete them all. The revisions go last, so that nothing is lost sight of after a crash.
 */
export async function handOver(
  context: ActionContext,
  target: ReleaseTarget,
  kept: () => Promise<readonly KubeObject[]>,
): Promise<Outcome> {
  const { kube, applySetId } = context;
  const revisions = await ownRevisions(context, target);
  const [newest] = revisions;
  if (newest === undefined) return { state: "done", object: "no release" };
  const release = await releaseOf(kube, target, newest);
  const members = release === undefined ? [] : await membersOf(context, release);
  const remaining = new Set<string>();
  for (const object of await kept()) remaining.add(nameOf(await placed(context, object)));
  for (const member of members) {
    if (remaining.has(nameOf(member))) await dropFieldsOfHelm(kube, member);
    else if (neverPruned.has(member.kind) || isToBeKept(member)) await letGo(kube, [member], applySetId);
    else await remove(context, member);
  }
  for (const { secret } of revisions) await kube.delete({ apiVersion: "v1", kind: "Secret", namespace: target.namespace, name: secret });
  return { state: "done", object: `the release ${target.name}` };
}

function isToBeKept({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[policyAnnotation] === keepPolicy;
}

async function remove({ kube, applySetId }: ActionContext, member: KubeObject): Promise<void> {
  const live = await find(kube, member);
  if (live?.metadata.labels?.[labels.instance] !== applySetId) return;
  try {
    await kube.delete(refOf(live), { uid: live.metadata.uid, propagation: "Background" });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function nameOf(object: KubeObject): string {
  return `${groupKind(object)} ${objectKey(object.metadata)}`;
}
