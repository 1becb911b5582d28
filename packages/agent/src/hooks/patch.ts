import type { ObjectReference, Template } from "@portolan/shared/catalog";
import { renderTemplate } from "@portolan/shared/expression";
import { isConflict, type JsonPatchOperation, type ObjectRef, type Patch } from "../kube/mod.ts";
import { AGENT_MANAGER } from "../resources/mod.ts";
import { fullName, locate, objectName, type ActionContext, type Outcome } from "../operation/mod.ts";
import { isPatched, marked } from "./patch-mark.ts";

/**
 * Patches one object. A merge patch says how fields shall be, and is the same when it is written again. A JSON patch says what shall be
 * done to them: `add` to a list's end does it again, and a `test` of what was there before fails. It is written once.
 */
export async function runPatch(context: ActionContext, target: ObjectReference, type: "merge" | "json", patch: Template): Promise<Outcome> {
  const ref = await locate(context, target);
  // The API server validates the patch; its refusal is the error that a person needs to see.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const body = { type, patch: renderTemplate(patch, context.scope, "manifest") } as Patch;
  if (body.type === "json") return await patchOnce(context, ref, body.patch);
  await context.kube.patch(ref, body, { fieldManager: AGENT_MANAGER });
  return { state: "done", object: objectName(ref) };
}

async function patchOnce(context: ActionContext, ref: ObjectRef, operations: readonly JsonPatchOperation[]): Promise<Outcome> {
  if (!Array.isArray(operations)) {
    return { state: "failed", reason: "InvalidPatch", message: `the patch of ${fullName(ref)}: expected a list of operations (RFC 6902)` };
  }
  const object = await context.kube.get(ref, { metadataOnly: true });
  if (object === undefined) return { state: "waiting", message: `${fullName(ref)} does not exist` };
  if (isPatched(object, context)) return { state: "done", object: objectName(ref) };
  try {
    await context.kube.patch(ref, { type: "json", patch: marked(object, context, operations) }, { fieldManager: AGENT_MANAGER });
  } catch (error) {
    // Somebody has written it since it was read; by an agent that is gone now, it may have been this very patch.
    if (isConflict(error)) return { state: "waiting", message: `${objectName(ref)} was changed while it was patched` };
    throw error;
  }
  return { state: "done", object: objectName(ref) };
}
