/**
 * A CustomResourceDefinition is never taken back: objects may be stored in versions that an older one does not know. Each carries the
 * version of the service that it was applied for, so that an older version of the service leaves it as it is. One that others have brought
 * does not: of that, the versions that it serves tell.
 */
import { compareVersions, isVersion } from "@portolan/shared/catalog";
import { listAt, stringAt } from "../../fields/mod.ts";
import { refOf, type KubeClient, type KubeObject } from "../../kube/mod.ts";
import { annotations } from "../../resources/mod.ts";

/**
 * Whether the object in the cluster is a CustomResourceDefinition of a later version than the one that would be applied. That it has
 * versions which the other one lacks does not make it later: an upgrade drops what is old. Pure.
 */
export function isNewerDefinition(live: KubeObject, member: KubeObject): boolean {
  if (member.kind !== "CustomResourceDefinition") return false;
  const there = live.metadata.annotations?.[annotations.version] ?? "";
  const wanted = member.metadata.annotations?.[annotations.version] ?? "";
  if (isVersion(there) && isVersion(wanted) && compareVersions(there, wanted) > 0) return true;
  const known = definedVersions(member);
  // Of one of which only the metadata was read, the mark alone tells.
  return known.length > 0 && definedVersions(live).some((version) => known.every((each) => comparePriority(version, each) > 0));
}

/** The names of a CustomResourceDefinition's versions. */
export function definedVersions(definition: KubeObject): readonly string[] {
  return listAt(definition, "spec", "versions").map((version) => stringAt(version, "name") ?? "");
}

const stages = ["alpha", "beta", ""] as const;

/** By Kubernetes' own order of API versions: v10, v2, v1, v11beta2, v3beta1, v12alpha1, and then whatever is called otherwise. */
function comparePriority(a: string, b: string): number {
  const [first, second] = [priorityOf(a), priorityOf(b)];
  const differing = first.findIndex((part, index) => part !== second[index]);
  return differing < 0 ? 0 : (first[differing] ?? 0) - (second[differing] ?? 0);
}

function priorityOf(version: string): readonly number[] {
  const [found, major, stage = "", minor = "0"] = /^v(\d+)(?:(alpha|beta)(\d+))?$/u.exec(version) ?? [];
  return found === undefined ? [-1] : [stages.findIndex((each) => each === stage), Number(major), Number(minor)];
}

export async function isNewerInCluster(kube: KubeClient, member: KubeObject): Promise<boolean> {
  if (member.kind !== "CustomResourceDefinition") return false;
  const live = await kube.get(refOf(member));
  return live !== undefined && isNewerDefinition(live, member);
}
