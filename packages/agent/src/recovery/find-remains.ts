import type { ServiceDefinition } from "@portolan/shared/catalog";
import type { Deployers } from "../deployers/mod.ts";
import type { KubeClient } from "../kube/mod.ts";
import { findRecord, readDefinitions, serviceClient, type OperationRecord } from "../operation/mod.ts";
import { labels, targetNamespace, type ServiceInstance } from "../resources/mod.ts";
import type { Remains } from "./rebuild.ts";

/** Looks for what an instance without a status has left in the cluster; undefined when there is nothing. */
export async function findRemains(
  own: KubeClient,
  deployers: Deployers,
  instance: ServiceInstance,
  applySetId: string,
  service: ServiceDefinition,
): Promise<Remains | undefined> {
  const context = { kube: serviceClient(own, instance), own, instance, applySetId, targetNamespace: targetNamespace(instance) };
  const versions = await deployers.traces(context, service);
  if (versions.length === 0) return undefined;
  const record = await findRecord(own, context);
  // Without its definitions an operation cannot go on.
  if (record === undefined || (await readDefinitions(own, instance, record.definitionsDigest)) === undefined) {
    return { versions, stepsWithJobs: [] };
  }
  return { versions, record, stepsWithJobs: await stepsWithJobs(own, applySetId, record) };
}

/** The name of a Job ends with the operation and the step. */
async function stepsWithJobs(own: KubeClient, applySetId: string, { operation }: OperationRecord): Promise<readonly number[]> {
  const labelSelector = `${labels.instance}=${applySetId},${labels.operation}=${operation.id}`;
  const { items } = await own.list("batch/v1", "Job", { labelSelector, metadataOnly: true });
  return items.map(({ metadata }) => Number(metadata.name.slice(metadata.name.lastIndexOf("-") + 1))).filter(Number.isInteger);
}
