import { isNotFound, objectKey, refOf, type KubeClient, type KubeObject } from "../../../kube/mod.ts";
import type { ActionContext, Outcome } from "../../../operation/mod.ts";
import { labels } from "../../../resources/mod.ts";
import { groupKind, neverPruned } from "../../manifests/mod.ts";
import type { ReleaseTarget } from "../arguments.ts";
import { membersOf, ownRevisions, releaseOf } from "../look.ts";
import { letGo } from "../kept-members.ts";
import { keepPolicy, policyAnnotation } from "../manifest.ts";
import { dropFieldsOfHelm, find } from "../members.ts";

/** Takes a release away whose service is deployed in another way now: what stays loses the fields that were helm's alone. */
export async function handOver(
  context: ActionContext,
  target: ReleaseTarget,
  kept: () => Promise<readonly KubeObject[]>,
): Promise<Outcome> {
  return await takeApart(context, target, kept, dropFieldsOfHelm);
}

/** Takes a release away whose service is released in another namespace now: what stays, as objects without a namespace do, is that one's. */
export async function moveOut(context: ActionContext, target: ReleaseTarget, kept: () => Promise<readonly KubeObject[]>): Promise<Outcome> {
  return await takeApart(context, target, kept, async () => {});
}

/**
 * Takes a release away and leaves its objects that are others' now. helm itself would delete them all. The revisions go last, so that
 * nothing is lost sight of after a crash.
 */
async function takeApart(
  context: ActionContext,
  target: ReleaseTarget,
  kept: () => Promise<readonly KubeObject[]>,
  leave: (kube: KubeClient, member: KubeObject) => Promise<void>,
): Promise<Outcome> {
  const { kube, applySetId } = context;
  const revisions = await ownRevisions(context, target);
  const [newest] = revisions;
  if (newest === undefined) return { state: "done", object: "no release" };
  const release = await releaseOf(kube, target, newest);
  const members = release === undefined ? [] : await membersOf(context, release);
  const remaining = new Set((await kept()).map(nameOf));
  for (const member of members) {
    if (remaining.has(nameOf(member))) await leave(kube, member);
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
