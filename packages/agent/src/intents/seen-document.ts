/** The newest accepted document, remembered in the cluster, so that an older one cannot be played back after a restart. */
import type { KubeClient } from "../kube/mod.ts";
import { AGENT_MANAGER } from "../resources/mod.ts";
import type { SeenDocument } from "./accept-document.ts";

const configMap = "portolan-agent";
const nothingSeen: SeenDocument = { revision: 0, digest: "" };

export async function readSeen(kube: KubeClient, namespace: string): Promise<SeenDocument> {
  const found = await kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: configMap });
  const data = found?.["data"] as { readonly intentRevision?: string; readonly intentDigest?: string } | undefined;
  const revision = Number(data?.intentRevision ?? "0");
  return Number.isSafeInteger(revision) ? { revision, digest: data?.intentDigest ?? "" } : nothingSeen;
}

export async function writeSeen(kube: KubeClient, namespace: string, seen: SeenDocument): Promise<void> {
  await kube.apply(
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: configMap, namespace },
      data: { intentRevision: String(seen.revision), intentDigest: seen.digest },
    },
    { fieldManager: AGENT_MANAGER, force: true },
  );
}
