/**
 * A copy of the accepted operation beside its definitions, as long as it runs: with the objects in the cluster it is enough to go on when
 * the status, where the operation has its place, is lost. Jobs are named by the operation's id, so with the copy none is run twice.
 */
import { isFields, stringAt } from "../fields/mod.ts";
import { ownerReference, refOf, type KubeClient, type KubeObject, type ObjectRef } from "../kube/mod.ts";
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
    // Swept away with the definitions when an operation ends.
    labels: { [labels.instance]: applySetId, [digestLabel]: shortDigest(record.definitionsDigest) },
    ownerReferences: [ownerReference({ ...instance })],
  };
  const data = { operation: JSON.stringify(record) };
  await kube.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data }, { fieldManager: AGENT_MANAGER, force: true });
}

/** The operation is over: deletes its record, and the definitions of former ones; those with `digest` stay, what is installed is looked after by them. */
export async function sweepKept(kube: KubeClient, owner: DefinitionsOwner, digest: string): Promise<void> {
  for (const item of await listKept(kube, owner)) {
    const isRecord = stringAt(item, "data", "operation") !== undefined;
    if (!isRecord && item.metadata.labels?.[digestLabel] === shortDigest(digest)) continue;
    await kube.delete(refOf(item), item.metadata.uid === undefined ? {} : { uid: item.metadata.uid });
  }
}

/** The record of the operation that was running, the last one that was accepted; undefined when there is none. */
export async function findRecord(kube: KubeClient, owner: DefinitionsOwner): Promise<OperationRecord | undefined> {
  const items = await listKept(kube, owner);
  const records = items.flatMap((item) => parse(stringAt(item, "data", "operation")) ?? []);
  return records.toSorted((a, b) => (a.operation.startedAt < b.operation.startedAt ? 1 : -1))[0];
}

async function listKept(kube: KubeClient, { instance, applySetId }: DefinitionsOwner): Promise<readonly KubeObject[]> {
  const labelSelector = `${labels.instance}=${applySetId},${digestLabel}`;
  return (await kube.list("v1", "ConfigMap", { namespace: instance.metadata.namespace, labelSelector })).items;
}

function recordRef(instance: ServiceInstance, definitionsDigest: string): ObjectRef {
  const { namespace, name } = instance.metadata;
  return { apiVersion: "v1", kind: "ConfigMap", namespace, name: `portolan-${name}-${shortDigest(definitionsDigest)}-operation` };
}

/** What the agent has written itself; anything else counts as absent. */
function parse(text: string | undefined): OperationRecord | undefined {
  if (text === undefined) return undefined;
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
