/**
 * The newest accepted document, remembered in the cluster: its revision, so that an older one cannot be played back after a restart, and its
 * labels, because values are made from them and a restart without the fleet must not change any.
 */
import { isFields, stringAt, stringsAt } from "../fields/mod.ts";
import type { KubeClient } from "../kube/mod.ts";
import { AGENT_MANAGER } from "../resources/mod.ts";
import type { SeenDocument } from "./accept-document.ts";

/** What outlives the agent's process. */
export interface RememberedDocument {
  readonly seen: SeenDocument;
  /** Labels that the hub keeps for the cluster. */
  readonly labels: { readonly [key: string]: string };
}

const configMap = "portolan-agent";

export async function readRemembered(kube: KubeClient, namespace: string): Promise<RememberedDocument> {
  const found = await kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: configMap });
  const revision = Number(stringAt(found, "data", "intentRevision") ?? "0");
  return {
    seen: Number.isSafeInteger(revision)
      ? { revision, digest: stringAt(found, "data", "intentDigest") ?? "" }
      : { revision: 0, digest: "" },
    labels: parseLabels(stringAt(found, "data", "labels") ?? "{}"),
  };
}

export async function writeRemembered(kube: KubeClient, namespace: string, { seen, labels }: RememberedDocument): Promise<void> {
  await kube.apply(
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: configMap, namespace },
      data: { intentRevision: String(seen.revision), intentDigest: seen.digest, labels: JSON.stringify(labels) },
    },
    { fieldManager: AGENT_MANAGER, force: true },
  );
}

function parseLabels(text: string): RememberedDocument["labels"] {
  try {
    const parsed: unknown = JSON.parse(text);
    return isFields(parsed) ? stringsAt(parsed) : {};
  } catch {
    // Altered by another hand; the next document brings them again.
    return {};
  }
}
