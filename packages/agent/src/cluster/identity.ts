import type { KubeClient } from "../kube/mod.ts";

/** UID of the kube-system namespace: it tells this cluster from another one that was built under the same name. */
export async function clusterUid(kube: KubeClient): Promise<string> {
  const namespace = await kube.get({ apiVersion: "v1", kind: "Namespace", name: "kube-system" }, { metadataOnly: true });
  const uid = namespace?.metadata.uid;
  if (uid === undefined) throw new Error("expected the namespace kube-system, which every cluster has; found none");
  return uid;
}
