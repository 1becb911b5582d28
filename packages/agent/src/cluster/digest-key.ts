import { randomBytes } from "node:crypto";
import { stringAt } from "../fields/mod.ts";
import { isAlreadyExists, type KubeClient, type ObjectRef } from "../kube/mod.ts";
import { AGENT_MANAGER } from "../resources/mod.ts";

/** Name of the Secret, in the agent's own namespace. */
export const DIGEST_KEY_NAME = "portolan-digest-key";

const keyBytes = 32;

/**
 * The key of the digests that cover secrets: made once in a cluster, kept in a Secret of the agent's own namespace. When it is lost, another
 * one is made, and what uses secrets is deployed once more.
 */
export async function digestKey(kube: KubeClient, namespace: string): Promise<Uint8Array> {
  const ref: ObjectRef = { apiVersion: "v1", kind: "Secret", namespace, name: DIGEST_KEY_NAME };
  for (;;) {
    const found = Buffer.from(stringAt(await kube.get(ref), "data", "key") ?? "", "base64");
    if (found.length === keyBytes) return found;
    // Not a key of ours: it would make the digests guessable.
    if (found.length > 0) await kube.delete(ref);
    try {
      await kube.create(
        {
          apiVersion: ref.apiVersion,
          kind: ref.kind,
          metadata: { namespace, name: ref.name },
          immutable: true,
          data: { key: randomBytes(keyBytes).toString("base64") },
        },
        { fieldManager: AGENT_MANAGER },
      );
    } catch (error) {
      // Another agent of this cluster was faster: its key is read next.
      if (!isAlreadyExists(error)) throw error;
    }
  }
}
