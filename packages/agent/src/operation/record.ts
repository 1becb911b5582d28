/**
 * A copy of the accepted operation beside its definitions, as long as it runs: with the objects in the cluster it is enough to go on when
 * the status, where the operation has its place, is lost. Jobs are named by the operation's id, so with the copy none is run twice.
 */
import { isFields, stringAt } from "../fields/mod.ts";
import { ownerReference, type KubeClient, type ObjectRef } from "../kube/mod.ts";
import { AGENT_MANAGER, labels, type Operation, type ServiceInstance } from "../resources/mod.ts";
import { digestLabel, shortDigest, type DefinitionsOwner } from "./definitions.ts";

/** An operation that was accepted, and the digest of the definitions that were kept for it. */
export interface OperationRecord {
  readonly operation: Operation;
  readonly definitionsDigest: string;
}

export async function writeRecord(kube: KubeClient, { instance, applySetId }: DefinitionsOwner, record: OperationRecord): Promise<void> {
  const { name, namespace } = recordRef(instance, record.definitionsDigest);
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    // Swept away with the definitions when those of another operation are kept.
    labels: { [labels.instance]: applySetId, [digestLabel]: shortDigest(record.definitionsDigest) },
    ownerReferences: [ownerReference({ ...instance })],
  };
  const data = { operation: JSON.stringify(record) };
  await kube.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data }, { fieldManager: AGENT_MANAGER, force: true });
}

/** The operation is over. */
export async function dropRecord(kube: KubeClient, instance: ServiceInstance, definitionsDigest: string): Promise<void> {
  await kube.delete(recordRef(instance, definitionsDigest));
}

/** The record of an operation that was running; undefined when there is none. */
export async function findRecord(kube: KubeClient, { instance, applySetId }: DefinitionsOwner): Promise<OperationRecord | undefined> {
  const { items } = await kube.list("v1", "ConfigMap", {
    namespace: instance.metadata.namespace,
    labelSelector: `${labels.instance}=${applySetId},${digestLabel}`,
  });
  for (const item of items) {
    const text = stringAt(item, "data", "operation");
    const record = text === undefined ? undefined : parse(text);
    if (record !== undefined) return record;
  }
  return undefined;
}

function recordRef(instance: ServiceInstance, definitionsDigest: string): ObjectRef {
  const { namespace, name } = instance.metadata;
  return { apiVersion: "v1", kind: "ConfigMap", namespace, name: `portolan-${name}-${shortDigest(definitionsDigest)}-operation` };
}

/** What the agent has written itself; anything else counts as absent. */
function parse(text: string): OperationRecord | undefined {
  try {
    const record: unknown = JSON.parse(text);
    const whole = stringAt(record, "operation", "id") !== undefined && stringAt(record, "definitionsDigest") !== undefined;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return isFields(record) && whole ? (record as unknown as OperationRecord) : undefined;
  } catch {
    // Altered by another hand.
    return undefined;
  }
}
