import { isNoKindMatch } from "@portolan/agent/kube";
import {
  API_VERSION,
  asServiceInstance,
  findCondition,
  instanceKey,
  SERVICE_INSTANCE_KIND,
  type ServiceInstance,
} from "@portolan/agent/resources";
import type { Check, Finding } from "../finding.ts";

export const checkInstances: Check = async ({ kube }) => {
  try {
    const { items } = await kube.list(API_VERSION, SERVICE_INSTANCE_KIND);
    return judgeInstances(items.map(asServiceInstance));
  } catch (error) {
    // The definitions are missing, of which another check tells.
    if (isNoKindMatch(error)) return [];
    throw error;
  }
};

export function judgeInstances(instances: readonly ServiceInstance[]): readonly Finding[] {
  const problems = instances.flatMap(problemOf);
  const well = instances.length - problems.length;
  return [
    ...problems,
    ...(well > 0 || problems.length === 0 ? [{ state: "ok" as const, message: `${well} of ${instances.length} without a problem` }] : []),
  ];
}

function problemOf(instance: ServiceInstance): readonly Finding[] {
  const key = instanceKey(instance);
  const cure = `kubectl describe si -n ${instance.metadata.namespace} ${instance.metadata.name}`;
  const { status = {} } = instance;
  if (instance.metadata.deletionTimestamp !== undefined) {
    return [{ state: "warning", message: `${key} has been going since ${instance.metadata.deletionTimestamp}`, cure }];
  }
  const stalled = findCondition(status.conditions, "Stalled");
  if (stalled?.status === "True") return [{ state: "error", message: `${key}: ${stalled.reason}: ${stalled.message}`, cure }];
  if (status.failure !== undefined)
    return [{ state: "error", message: `${key}: ${status.failure.reason}: ${status.failure.message}`, cure }];
  const ready = findCondition(status.conditions, "Ready");
  if (ready?.status === "True" || status.operation !== undefined) return [];
  // Every status of an agent has it.
  if (ready === undefined) return [{ state: "warning", message: `${key}: no agent has looked at it`, cure }];
  return [{ state: "warning", message: `${key}: ${ready.reason}: ${ready.message}`, cure }];
}
