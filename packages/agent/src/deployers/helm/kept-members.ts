/**
 * Objects with which data would go, such as CustomResourceDefinitions. helm deletes what a release's next manifest lacks, be it because of a
 * downgrade, a value, or a chart that has moved its CRDs to another folder; it leaves what carries its policy to be kept, and asks the object
 * in the cluster for that. What goes with the release when it is uninstalled, it asks the manifest. So they carry the policy as long as they
 * are a part of the release, and are handed to the ApplySet when they are not any more.
 */
import { appliedBy } from "../../drift/mod.ts";
import { valueAt } from "../../fields/mod.ts";
import { isNoKindMatch, isNotFound, objectKey, refOf, type KubeClient, type KubeObject } from "../../kube/mod.ts";
import type { ActionContext } from "../../operation/mod.ts";
import { AGENT_MANAGER, labels } from "../../resources/mod.ts";
import { groupKind, kindsOf, memberKinds, neverPruned, union, writeParent } from "../manifests/mod.ts";
import { isOfRelease, keepPolicy, policyAnnotation, type HelmRelease } from "./manifest.ts";
import { dropFieldsOfHelm, find, unmarkMembers } from "./members.ts";

/** Lets helm leave those of a release's objects that are never taken away while a service lives on. Asked before each upgrade. */
export async function keepFromHelm(context: ActionContext, members: readonly KubeObject[]): Promise<void> {
  const kept = members.filter(({ kind }) => neverPruned.has(kind));
  const known = memberKinds(context.instance);
  const kinds = union(known, kindsOf(kept));
  // By its kind and its label one is found that has left the release.
  if (kinds.length > known.length) await writeParent(context, kinds, members);
  for (const member of kept) {
    const live = await find(context.kube, member);
    if (live === undefined) continue;
    const owner = live.metadata.labels?.[labels.instance];
    if (owner !== undefined && live.metadata.annotations?.[policyAnnotation] === keepPolicy) continue;
    const label = owner === undefined ? { [labels.instance]: context.applySetId } : {};
    await write(context.kube, live, { labels: label, annotations: { [policyAnnotation]: keepPolicy } });
  }
}

/** Hands those to the ApplySet that a release does not have any more, without the fields that were helm's: they stay as its members do. */
export async function handOverLeft(context: ActionContext, release: HelmRelease, members: readonly KubeObject[]): Promise<void> {
  const { kube, applySetId, instance } = context;
  const present = new Set(members.map(nameOf));
  for (const { apiVersion, kind } of memberKinds(instance).filter((each) => neverPruned.has(each.kind))) {
    for (const found of await labelled(context, apiVersion, kind)) {
      if (present.has(nameOf(found)) || isHandedOver(found) || !isOfRelease(found, release)) continue;
      const live = await kube.get(refOf(found));
      if (live !== undefined) await handOver(kube, live, applySetId);
    }
  }
}

/** Takes the instance's marks off a release's objects, with the policy that they do not have from the chart. */
export async function letGo(kube: KubeClient, members: readonly KubeObject[], id: string): Promise<void> {
  await unmarkMembers(kube, members, id);
  for (const member of members.filter(({ kind }) => neverPruned.has(kind))) {
    const live = await find(kube, member);
    if (live?.metadata.labels?.[labels.instance] !== id) continue;
    await write(kube, live, { labels: { [labels.instance]: null }, annotations: isKeptByOthers(live) ? {} : { [policyAnnotation]: null } });
  }
}

async function handOver(kube: KubeClient, live: KubeObject, id: string): Promise<void> {
  // The chart itself wants it to outlive its release.
  if (isKeptByOthers(live)) {
    await letGo(kube, [live], id);
    return;
  }
  // A CRD that has moved to the chart's folder is applied by the agent already, in the form that it has there.
  if (!isAppliedByAgent(live)) await applyAsItIs(kube, live);
  await dropFieldsOfHelm(kube, live);
  // The last thing, by which it is known to be done.
  await write(kube, live, { labels: { [labels.partOf]: id }, annotations: { [policyAnnotation]: null } });
}

/**
 * What helm alone has applied would go with its fields. The marks by which helm knows the object stay: a release of this name takes it in
 * again, as it does with what its chart has kept.
 */
async function applyAsItIs(kube: KubeClient, live: KubeObject): Promise<void> {
  const { apiVersion, kind, metadata, spec } = live;
  const { name, namespace, uid, labels: ownLabels = {} } = metadata;
  const { [policyAnnotation]: _, ...annotations } = metadata.annotations ?? {};
  const place = { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }) };
  const object = { apiVersion, kind, metadata: { ...place, labels: ownLabels, annotations }, spec };
  await unlessGone(kube.apply(object, { fieldManager: AGENT_MANAGER, force: true }));
}

async function labelled({ own, applySetId }: ActionContext, apiVersion: string, kind: string): Promise<readonly KubeObject[]> {
  try {
    return (await own.list(apiVersion, kind, { labelSelector: `${labels.instance}=${applySetId}`, metadataOnly: true })).items;
  } catch (error) {
    if (isNoKindMatch(error)) return [];
    throw error;
  }
}

/** By a patch, which adds to what the agent applies of the object elsewhere, and takes nothing of it away. */
async function write(
  kube: KubeClient,
  live: KubeObject,
  marks: { readonly [of in "labels" | "annotations"]: Readonly<Record<string, string | null>> },
): Promise<void> {
  await unlessGone(kube.patch(refOf(live), { type: "merge", patch: { metadata: marks } }, { fieldManager: AGENT_MANAGER }));
}

async function unlessGone(written: Promise<unknown>): Promise<void> {
  try {
    await written;
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function isHandedOver({ metadata }: KubeObject): boolean {
  const isLeaving = metadata.deletionTimestamp !== undefined;
  return isLeaving || (metadata.labels?.[labels.partOf] !== undefined && metadata.annotations?.[policyAnnotation] === undefined);
}

function isKeptByOthers({ metadata: { managedFields = [] } }: KubeObject): boolean {
  return managedFields.some(
    ({ manager, fieldsV1 }) =>
      manager !== AGENT_MANAGER && valueAt(fieldsV1, "f:metadata", "f:annotations", `f:${policyAnnotation}`) !== undefined,
  );
}

export function isAppliedByAgent(live: KubeObject): boolean {
  return valueAt(appliedBy(live, AGENT_MANAGER)?.fieldsV1, "f:spec") !== undefined;
}

function nameOf(object: KubeObject): string {
  return `${groupKind(object)} ${objectKey(object.metadata)}`;
}
