/**
 * Deletes what a target selects. What it found is recorded by UID first, and deleted with that precondition,
 * so that after a crash nothing that was made anew in the meantime is deleted.
 */
import type { ObjectSelection } from "@portolan/shared/catalog";
import { isNoKindMatch, isNotFound, isConflict, type KubeObject, type ObjectRef } from "../kube/mod.ts";
import type { RecordedObject } from "../resources/mod.ts";
import { locate, objectName, type ActionContext, type Outcome } from "../operation/mod.ts";

/** More than this is not a step of an upgrade, it is a mistake in a selector. */
const mostObjects = 500;

export async function runDelete(
  context: ActionContext,
  target: ObjectSelection,
  propagation: "Foreground" | "Background" | "Orphan",
): Promise<Outcome> {
  const { recorded } = context.operation.cursor;
  if (recorded === undefined) return await record(context, target);
  let left = 0;
  for (const object of recorded) {
    const found = await context.kube.get(object, { metadataOnly: true });
    if (found === undefined || found.metadata.uid !== object.uid) continue;
    left++;
    if (found.metadata.deletionTimestamp === undefined) await deleteExactly(context, object, propagation);
  }
  if (left > 0) return { state: "waiting", message: `${left} of ${recorded.length} objects are still being deleted` };
  return { state: "done", object: recorded.length === 0 ? `no ${target.kind}` : recorded.map(objectName).join(", ") };
}

async function record(context: ActionContext, target: ObjectSelection): Promise<Outcome> {
  const found = await select(context, target);
  if (found.length > mostObjects) {
    return {
      state: "failed",
      reason: "TooManyObjects",
      message: `expected at most ${mostObjects} objects to delete, found ${found.length}`,
    };
  }
  const objects = found.map(({ apiVersion, kind, metadata }): RecordedObject => {
    const { namespace, name, uid = "" } = metadata;
    return { apiVersion, kind, name, uid, ...(namespace === undefined ? {} : { namespace }) };
  });
  return { state: "record", objects };
}

async function select(context: ActionContext, target: ObjectSelection): Promise<readonly KubeObject[]> {
  try {
    if (target.name !== undefined) {
      const object = await context.kube.get(await locate(context, { ...target, name: target.name }), { metadataOnly: true });
      return object === undefined ? [] : [object];
    }
    const { namespaced } = await context.kube.resourceFor(target.apiVersion, target.kind);
    const labelSelector = Object.entries(target.labels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
    const namespace = namespaced ? { namespace: target.namespace ?? context.targetNamespace } : {};
    const { items } = await context.kube.list(target.apiVersion, target.kind, { ...namespace, labelSelector, metadataOnly: true });
    return items;
  } catch (error) {
    // A kind that the cluster does not have, has no objects either.
    if (isNoKindMatch(error)) return [];
    throw error;
  }
}

async function deleteExactly(
  context: ActionContext,
  object: RecordedObject & ObjectRef,
  propagation: "Foreground" | "Background" | "Orphan",
): Promise<void> {
  try {
    await context.kube.delete(object, { uid: object.uid, propagation });
  } catch (error) {
    // Gone, or another object took the name since it was read: the next look sees which.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
