/**
 * A CustomResourceDefinition is never taken back: objects may be stored in versions that an older one does not know. Each carries the
 * version of the service that it was applied for, so that an older version of the service leaves it as it is.
 */
import { compareVersions, isVersion } from "@portolan/shared/catalog";
import { refOf, type KubeClient, type KubeObject } from "../../kube/mod.ts";
import { annotations } from "../../resources/mod.ts";

/** Whether the object in the cluster is a CustomResourceDefinition of a later version than the one that would be applied. Pure. */
export function isNewerDefinition(live: KubeObject, member: KubeObject): boolean {
  if (member.kind !== "CustomResourceDefinition") return false;
  const there = live.metadata.annotations?.[annotations.version] ?? "";
  const wanted = member.metadata.annotations?.[annotations.version] ?? "";
  return isVersion(there) && isVersion(wanted) && compareVersions(there, wanted) > 0;
}

export async function isNewerInCluster(kube: KubeClient, member: KubeObject): Promise<boolean> {
  if (member.kind !== "CustomResourceDefinition") return false;
  const live = await kube.get(refOf(member), { metadataOnly: true });
  return live !== undefined && isNewerDefinition(live, member);
}
