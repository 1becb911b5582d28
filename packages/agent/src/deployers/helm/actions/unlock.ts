import { isConflict, isNotFound, type KubeClient } from "../../../kube/mod.ts";
import type { HelmRelease } from "../manifest.ts";
import { asFailed, type Revision } from "../release.ts";

/**
 * Takes the lock off a release that no helm works on any more: the revision counts as failed, as if helm had been able to say so. It is
 * not deleted, because with it helm would lose sight of the objects that it had begun to make.
 */
export async function unlock(kube: KubeClient, { namespace }: HelmRelease, { secret, status }: Revision): Promise<void> {
  const found = await kube.get({ apiVersion: "v1", kind: "Secret", namespace, name: secret });
  if (found === undefined) return;
  try {
    await kube.replace(asFailed(found, `Interrupted in ${status}; unlocked by Portolan`));
  } catch (error) {
    // Somebody has written it meanwhile: it is not what was judged.
    if (!isConflict(error) && !isNotFound(error)) throw error;
  }
}
