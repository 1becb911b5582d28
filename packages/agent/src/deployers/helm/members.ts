/** Puts the label on a release's objects by which their changes are seen, and takes it off. */
import { isConflict, isNoKindMatch, isNotFound, refOf, type KubeClient, type KubeObject } from "../../kube/mod.ts";
import { AGENT_MANAGER, labels } from "../../resources/mod.ts";

/**
 * Labels what is there, as the agent's own field: helm and the chart know nothing of it, and leave it. An object that is missing is not
 * made.
 */
export async function labelMembers(kube: KubeClient, members: readonly KubeObject[], id: string): Promise<void> {
  for (const member of members) {
    const live = await find(kube, member);
    if (live === undefined || live.metadata.deletionTimestamp !== undefined || live.metadata.labels?.[labels.instance] === id) continue;
    await apply(kube, live, { [labels.instance]: id });
  }
}

/** Takes the label off what carries it. */
export async function unlabelMembers(kube: KubeClient, members: readonly KubeObject[], id: string): Promise<void> {
  for (const member of members) {
    const live = await find(kube, member);
    if (live?.metadata.labels?.[labels.instance] === id) await apply(kube, live, {});
  }
}

async function apply(kube: KubeClient, live: KubeObject, own: Readonly<Record<string, string>>): Promise<void> {
  const { apiVersion, kind } = live;
  const { name, namespace, uid } = live.metadata;
  // With the uid, because an apply would make an object that was deleted meanwhile.
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }), ...(uid === undefined ? {} : { uid }), labels: own };
  try {
    await kube.apply({ apiVersion, kind, metadata }, { fieldManager: AGENT_MANAGER, force: true });
  } catch (error) {
    // Deleted or replaced meanwhile: whoever did so is seen at the next look.
    if (!isConflict(error) && !isNotFound(error)) throw error;
  }
}

async function find(kube: KubeClient, member: KubeObject): Promise<KubeObject | undefined> {
  try {
    return await kube.get(refOf(member), { metadataOnly: true });
  } catch (error) {
    if (isNoKindMatch(error)) return undefined;
    throw error;
  }
}
