/** Ends an instance that is being deleted: uninstalls its service or leaves it behind, then lets go of the object. */
import { isBeingDeleted, refOf, type KubeClient } from "../kube/mod.ts";
import { serviceInstanceCrd, targetNamespace } from "../resources/mod.ts";
import { dropMetadata } from "../deployers/manifests/mod.ts";
import { restSituation } from "./status.ts";
import { writeStatus, type Next, type Turn } from "./turn.ts";

const waitingMs = 1_000;

export async function remove(turn: Turn): Promise<Next> {
  const { instance, kube, deployers, applySetId } = turn;
  const context = { kube, instance, applySetId, targetNamespace: targetNamespace(instance) };
  if (instance.spec.deletionPolicy === "Orphan" || (await isCrdLeaving(kube))) {
    await deployers.orphan(context);
  } else {
    const left = await deployers.uninstall(context);
    if (left > 0) {
      await writeStatus(turn, {
        ...restSituation("Removing", { code: "Uninstalling", message: `${left} objects are still being deleted` }, false, []),
        reconciling: true,
      });
      return { restMs: waitingMs };
    }
  }
  await dropMetadata(kube, instance);
  return { restMs: undefined };
}

/** Whoever deletes the CRD takes Portolan away, not the services of the cluster. */
async function isCrdLeaving(kube: KubeClient): Promise<boolean> {
  const crd = await kube.get(refOf(serviceInstanceCrd), { metadataOnly: true });
  return crd === undefined || isBeingDeleted(crd);
}
