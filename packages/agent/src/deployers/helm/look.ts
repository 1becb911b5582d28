/** Reads a release as it stands in the cluster. */
import { placed, type ActionContext } from "../../operation/mod.ts";
import { isForbidden, type KubeClient, type KubeObject } from "../../kube/mod.ts";
import { labels } from "../../resources/mod.ts";
import { objectsOf, type HelmRelease } from "./manifest.ts";
import { decodeRelease, revisionOf, type Release, type Revision } from "./release.ts";

/** A release's revisions, newest first; by metadata alone, so that no value is read, and the agent may look with its own rights whose it is. */
export async function historyOf(kube: KubeClient, { name, namespace }: HelmRelease): Promise<readonly Revision[]> {
  const { items } = await kube.list("v1", "Secret", { namespace, labelSelector: `owner=helm,name=${name}`, metadataOnly: true });
  return items.map((secret) => revisionOf(secret, labels.instance)).toSorted((a, b) => b.revision - a.revision);
}

/**
 * The revisions that are an instance's own, newest first. None for an agent that may not see releases at all: it has made none, as every
 * deployment begins with looking at the release, and it can look after services without charts.
 */
export async function ownRevisions(
  { own, applySetId }: Pick<ActionContext, "own" | "applySetId">,
  release: HelmRelease,
): Promise<readonly Revision[]> {
  try {
    return (await historyOf(own, release)).filter(({ instance }) => instance === applySetId);
  } catch (error) {
    if (isForbidden(error)) return [];
    throw error;
  }
}

/** What a revision consists of; undefined when it is gone by now. @throws HelmError ReleaseUnreadable */
export async function releaseOf(kube: KubeClient, { namespace }: HelmRelease, { secret }: Revision): Promise<Release | undefined> {
  const found = await kube.get({ apiVersion: "v1", kind: "Secret", namespace, name: secret });
  return found === undefined ? undefined : decodeRelease(found);
}

/**
 * What helm may compare a new manifest with, to delete what that lacks: the newest revision, and the one that was deployed last where the
 * newest did not come so far (pkg/action/upgrade.go).
 */
export async function comparedReleases(
  kube: KubeClient,
  name: HelmRelease,
  history: readonly Revision[],
  newest: Release | undefined,
): Promise<readonly Release[]> {
  const deployed = history.find(({ status }) => status === "deployed");
  const before = deployed === undefined || deployed === history[0] ? undefined : await releaseOf(kube, name, deployed);
  return [newest, before].filter((release) => release !== undefined);
}

/** The objects of a release as they stand in its manifest, with the namespaces that they are in. */
export async function membersOf(
  context: Pick<ActionContext, "kube" | "targetNamespace">,
  release: Release,
): Promise<readonly KubeObject[]> {
  const members: KubeObject[] = [];
  for (const object of objectsOf(release.manifest)) members.push(await placed(context, object));
  return members;
}
