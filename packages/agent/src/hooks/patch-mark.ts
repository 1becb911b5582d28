/**
 * The mark that a JSON patch leaves on the object that it is written to, in the same write: by it, a patch that was written is known from
 * one that was not, whoever has changed the object since (docs/decisions/0043-a-patch-marks-its-object.md). Pure.
 */
import type { JsonPatchOperation, KubeObject } from "../kube/mod.ts";
import type { ActionContext } from "../operation/mod.ts";
import { patchedAnnotation } from "../resources/mod.ts";

/** By whom an object is patched, and in which action. */
type Patching = Pick<ActionContext, "applySetId" | "operation">;

/** Whether the running action has patched the object already. */
export function isPatched({ metadata }: KubeObject, patching: Patching): boolean {
  return marksOf(metadata, patching).includes(markOf(patching));
}

/**
 * The operations for the object as it was read, and for no other state of it, together with the mark. It comes last: what the operations
 * say of annotations does not take it away.
 */
export function marked(
  { metadata }: KubeObject,
  patching: Patching,
  operations: readonly JsonPatchOperation[],
): readonly JsonPatchOperation[] {
  const key = patchedAnnotation(patching.applySetId).replaceAll("/", "~1");
  const value = [patching.operation.id, ...marksOf(metadata, patching), markOf(patching)].join(" ");
  return [
    // Not a test: the API server answers with a conflict to it, not as to a patch that can never be made.
    { op: "replace", path: "/metadata/resourceVersion", value: metadata.resourceVersion },
    ...(metadata.annotations === undefined ? [{ op: "add", path: "/metadata/annotations", value: {} } as const] : []),
    ...operations,
    { op: "add", path: `/metadata/annotations/${key}`, value },
  ];
}

function markOf({ operation: { cursor } }: Patching): string {
  return `${cursor.step}/${cursor.action}`;
}

/** The actions of this operation that have patched the object; those of an operation before are of no use any more. */
function marksOf({ annotations = {} }: KubeObject["metadata"], { applySetId, operation }: Patching): readonly string[] {
  const [id, ...marks] = annotations[patchedAnnotation(applySetId)]?.split(" ") ?? [];
  return id === operation.id ? marks : [];
}
