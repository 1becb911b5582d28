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

/**
 * The namespaces where an instance may have releases: that of its objects, and those where they were before. Found by the instance's label,
 * with the agent's own rights: an account with a role in one namespace could not.
 */
export async function namespacesOf(context: Pick<ActionContext, "own" | "applySetId" | "targetNamespace">): Promise<readonly string[]> {
  return [context.targetNamespace, ...(await namespacesElsewhere(context))];
}

/**
 * Without that of its objects. None for an agent that may see releases in the namespaces of its services alone. Where an operation that was
 * given up has got to, no status remembers, and the labels do; the right to list them is that by which the agent watches them.
 */
export async function namespacesElsewhere({
  own,
  applySetId,
  targetNamespace,
}: Pick<ActionContext, "own" | "applySetId" | "targetNamespace">): Promise<readonly string[]> {
  try {
    const { items } = await own.list("v1", "Secret", { labelSelector: `owner=helm,${labels.instance}=${applySetId}`, metadataOnly: true });
    const found = new Set(items.flatMap(({ metadata: { namespace } }) => (namespace === undefined ? [] : [namespace])));
    return [...found].filter((namespace) => namespace !== targetNamespace);
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
  return await inTheirNamespaces(context, objectsOf(release.manifest));
}

/** What names no namespace, and is of a kind that has one, goes to that of the service's objects. */
export async function inTheirNamespaces(
  context: Pick<ActionContext, "kube" | "targetNamespace">,
  objects: readonly KubeObject[],
): Promise<readonly KubeObject[]> {
  const found: KubeObject[] = [];
  for (const object of objects) found.push(await placed(context, object));
  return found;
}
