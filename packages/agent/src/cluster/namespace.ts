import { isAlreadyExists, type KubeClient } from "../kube/mod.ts";
import { AGENT_MANAGER } from "../resources/mod.ts";

/** Makes the agent's own namespace where it is missing; one that is there is left as it is. */
export async function ensureNamespace(kube: KubeClient, name: string, signal: AbortSignal): Promise<void> {
  const ref = { apiVersion: "v1", kind: "Namespace", name };
  if ((await kube.get(ref, { metadataOnly: true, signal })) !== undefined) return;
  try {
    await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, { fieldManager: AGENT_MANAGER, signal });
  } catch (error) {
    // Another candidate was faster.
    if (!isAlreadyExists(error)) throw error;
  }
}
