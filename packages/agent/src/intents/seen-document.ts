/** The newest accepted document, remembered in the cluster, so that an older one cannot be played back after a restart. */
import { stringAt } from "../fields/mod.ts";
import type { KubeClient } from "../kube/mod.ts";
import { AGENT_MANAGER } from "../resources/mod.ts";
import type { SeenDocument } from "./accept-document.ts";

const configMap = "portolan-agent";
const nothingSeen: SeenDocument = { revision: 0, digest: "" };

export async function readSeen(kube: KubeClient, namespace: string): Promise<SeenDocument> {
  const found = await kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: configMap });
  const revision = Number(stringAt(found, "data", "intentRevision") ?? "0");
  return Number.isSafeInteger(revision) ? { revision, digest: stringAt(found, "data", "intentDigest") ?? "" } : nothingSeen;
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
