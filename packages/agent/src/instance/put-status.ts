/** Writes a status whole, whoever else has written to it. */
import type { JsonPatchOperation, KubeClient, KubeObject } from "../kube/mod.ts";
import { AGENT_MANAGER, API_VERSION, SERVICE_INSTANCE_KIND, type ServiceInstanceStatus, type ServiceInstance } from "../resources/mod.ts";

/**
 * Gives the instance as it is then.
 *
 * @param onlyIfUnchanged refused when the instance has changed since
 * @throws KubeError Conflict when it has; Conflict or Invalid when it is another one of the same name
 */
export async function putStatus(
  own: KubeClient,
  instance: ServiceInstance,
  status: ServiceInstanceStatus,
  onlyIfUnchanged: boolean,
): Promise<KubeObject> {
  const put = hasOtherStatusOwner(instance) ? replaceStatus : applyStatus;
  return await put(own, instance, status, onlyIfUnchanged);
}

/**
 * Somebody else has written to the status, as a restore or a person with kubectl does. An apply would leave whatever of it the agent lets
 * go of, such as a part of an operation that is over, and be refused for it, or believed at the next look.
 */
export function hasOtherStatusOwner({ metadata }: Pick<ServiceInstance, "metadata">): boolean {
  return (metadata.managedFields ?? []).some(
    ({ manager, operation, subresource }) => subresource === "status" && !(manager === AGENT_MANAGER && operation === "Apply"),
  );
}

async function applyStatus(
  own: KubeClient,
  instance: ServiceInstance,
  status: ServiceInstanceStatus,
  onlyIfUnchanged: boolean,
): Promise<KubeObject> {
  const { name, namespace, uid, resourceVersion } = instance.metadata;
  const metadata = {
    name,
    namespace,
    ...(uid === undefined ? {} : { uid }),
    ...(onlyIfUnchanged && resourceVersion !== undefined ? { resourceVersion } : {}),
  };
  const object = { apiVersion: API_VERSION, kind: SERVICE_INSTANCE_KIND, metadata, status };
  return await own.applyStatus(object, { fieldManager: AGENT_MANAGER, force: true });
}

async function replaceStatus(
  own: KubeClient,
  instance: ServiceInstance,
  status: ServiceInstanceStatus,
  onlyIfUnchanged: boolean,
): Promise<KubeObject> {
  const { name, namespace, uid, resourceVersion } = instance.metadata;
  const patch: JsonPatchOperation[] = [{ op: "test", path: "/metadata/uid", value: uid }];
  // Not a test: the API server answers with a conflict to it, as to an apply.
  if (onlyIfUnchanged) patch.push({ op: "replace", path: "/metadata/resourceVersion", value: resourceVersion });
  patch.push({ op: "add", path: "/status", value: status });
  const ref = { apiVersion: API_VERSION, kind: SERVICE_INSTANCE_KIND, namespace, name };
  return await own.patch(ref, { type: "json", patch }, { subresource: "status", fieldManager: AGENT_MANAGER });
}
