import { isConflict, type KubeClient, type KubeObject } from "../kube/mod.ts";
import { annotations, API_VERSION, asServiceInstance, SERVICE_INSTANCE_KIND, type ServiceInstance } from "../resources/mod.ts";
import type { IntentWrite } from "./verdict.ts";
import { HUB_MANAGER, ownedPart } from "./ownership.ts";

/**
 * Applies the fleet's wish under the hub's own field manager, always with every field that this manager owns, so that none is dropped.
 * It is written over the very version of the instance that was judged; undefined when that has changed meanwhile.
 */
export async function writeIntent(kube: KubeClient, instance: ServiceInstance, write: IntentWrite): Promise<ServiceInstance | undefined> {
  const { name, namespace, uid, resourceVersion, managedFields } = instance.metadata;
  const owned = ownedPart(instance, managedFields, HUB_MANAGER) as {
    readonly metadata?: object & { readonly annotations?: object };
    readonly spec?: object;
  };
  const object: KubeObject = {
    apiVersion: API_VERSION,
    kind: SERVICE_INSTANCE_KIND,
    metadata: {
      ...owned.metadata,
      name,
      namespace,
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      annotations: {
        ...owned.metadata?.annotations,
        [annotations.intent]: write.intentId,
        [annotations.acceptedRisks]: write.acceptRisks.toSorted().join(","),
        // Whoever sends an intent asks for a try, also where the same version has failed before.
        [annotations.retry]: write.intentId,
      },
    },
    spec: { ...owned.spec, version: write.version },
  };
  try {
    return asServiceInstance(await kube.apply(object, { fieldManager: HUB_MANAGER, force: true }));
  } catch (error) {
    // Changed since it was judged: it is judged anew.
    if (isConflict(error)) return undefined;
    throw error;
  }
}
