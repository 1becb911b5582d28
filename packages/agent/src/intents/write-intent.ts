import type { Intent, InstanceTemplate } from "@portolan/shared/wire";
import { isConflict, KubeError, type KubeClient, type KubeObject } from "../kube/mod.ts";
import { annotations, API_VERSION, asServiceInstance, SERVICE_INSTANCE_KIND, type ServiceInstance } from "../resources/mod.ts";
import { HUB_MANAGER, ownedPart } from "./ownership.ts";
import type { IntentChange, IntentWrite } from "./verdict.ts";

type Named = Pick<Intent, "namespace" | "name">;

/**
 * Applies the fleet's wish under the hub's own field manager, always with every field that this manager owns, so that none is dropped.
 * It is written over the very version of the instance that was judged.
 *
 * @param instance as it was judged; undefined: there was none
 * @throws KubeError when the API server does not take it
 */
export async function writeIntent(
  kube: KubeClient,
  named: Named,
  instance: ServiceInstance | undefined,
  write: IntentWrite,
): Promise<IntentWritten> {
  try {
    const { change } = write;
    if (change.type === "Delete") {
      await remove(kube, named, instance, write, change);
      return { outcome: "Deleted" };
    }
    // Whoever has made one of the name since keeps it.
    const force = change.type === "Create" ? {} : { force: true };
    const written = await kube.apply(wished(named, instance, write), { fieldManager: HUB_MANAGER, ...force });
    return { outcome: "Written", instance: asServiceInstance(written) };
  } catch (error) {
    if (isConflict(error)) return { outcome: "Changed" };
    throw error;
  }
}

/** `Changed`: the instance has changed since it was judged, and nothing was written. */
export type IntentWritten =
  | { readonly outcome: "Written"; readonly instance: ServiceInstance }
  | { readonly outcome: "Deleted" | "Changed" };

/**
 * The instance as a wish would make it, as the API server says: merged with what others own of it, with defaults, and let in by all that
 * looks at it. Nothing is stored.
 *
 * @returns undefined when its namespace does not exist yet
 * @throws KubeError when the API server would not take it
 */
export async function tryIntent(
  kube: KubeClient,
  named: Named,
  instance: ServiceInstance | undefined,
  change: IntentChange,
): Promise<ServiceInstance | undefined> {
  try {
    const object = wished(named, instance, { change, intentId: "", acceptRisks: [] });
    return asServiceInstance(await kube.apply(object, { fieldManager: HUB_MANAGER, force: true, dryRun: true }));
  } catch (error) {
    if (instance === undefined && error instanceof KubeError && error.status === 404) return undefined;
    throw error;
  }
}

/** What the hub's manager applies for a wish. */
function wished(
  { namespace, name }: Named,
  instance: ServiceInstance | undefined,
  { change, intentId, acceptRisks }: Pick<IntentWrite, "change" | "intentId" | "acceptRisks">,
): KubeObject & { readonly spec: object } {
  const { uid, resourceVersion, managedFields } = instance?.metadata ?? {};
  const owned: OwnedFields = instance === undefined ? {} : ownedPart(instance, managedFields, HUB_MANAGER);
  return {
    apiVersion: API_VERSION,
    kind: SERVICE_INSTANCE_KIND,
    metadata: {
      ...owned.metadata,
      name,
      namespace,
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...labelsOf(owned, change),
      annotations: {
        ...owned.metadata?.annotations,
        [annotations.intent]: intentId,
        [annotations.acceptedRisks]: acceptRisks.toSorted().join(","),
        // Whoever sends an intent asks for a try, also where the same version has failed before.
        [annotations.retry]: intentId,
      },
    },
    spec: { ...owned.spec, ...specOf(change) },
  };
}

interface OwnedFields {
  readonly metadata?: { readonly annotations?: object; readonly labels?: { readonly [key: string]: string } };
  readonly spec?: object;
}

function specOf(change: IntentChange): object {
  switch (change.type) {
    case "Version":
      return { version: change.version };
    case "Template":
      return templateSpec(change.template);
    case "Create":
      return { service: change.service, version: change.version, ...templateSpec(change.template) };
    case "Delete":
      return change.deletionPolicy === undefined ? {} : { deletionPolicy: change.deletionPolicy };
  }
}

function templateSpec({ labels: _labels, ...spec }: InstanceTemplate): object {
  return spec;
}

function labelsOf({ metadata }: OwnedFields, change: IntentChange): { readonly labels?: { readonly [key: string]: string } } {
  const wanted = "template" in change ? change.template.labels : undefined;
  const labels = { ...metadata?.labels, ...wanted };
  return Object.keys(labels).length === 0 ? {} : { labels };
}

/** What becomes of the service is written first: whoever deletes an instance says so in it. */
async function remove(
  kube: KubeClient,
  named: Named,
  instance: ServiceInstance | undefined,
  write: IntentWrite,
  { deletionPolicy }: Extract<IntentChange, { type: "Delete" }>,
): Promise<void> {
  if (instance === undefined) return;
  const isSaid = deletionPolicy === undefined || instance.spec.deletionPolicy === deletionPolicy;
  const judged = isSaid
    ? instance
    : asServiceInstance(await kube.apply(wished(named, instance, write), { fieldManager: HUB_MANAGER, force: true }));
  const { uid, resourceVersion } = judged.metadata;
  const ref = { apiVersion: API_VERSION, kind: SERVICE_INSTANCE_KIND, ...named };
  await kube.delete(ref, { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) });
}
