import type { ObjectReference, Template } from "@portolan/shared/catalog";
import { renderTemplate } from "@portolan/shared/expression";
import type { Patch } from "../kube/mod.ts";
import { AGENT_MANAGER } from "../resources/mod.ts";
import { locate, objectName, type ActionContext, type Outcome } from "../operation/mod.ts";

/** Patches one object. It may run again after a crash, so a JSON patch should guard itself with `test`. */
export async function runPatch(context: ActionContext, target: ObjectReference, type: "merge" | "json", patch: Template): Promise<Outcome> {
  const ref = await locate(context, target);
  // The API server validates the patch; its refusal is the error that a person needs to see.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const body = { type, patch: renderTemplate(patch, context.scope, "manifest") } as Patch;
  await context.kube.patch(ref, body, { fieldManager: AGENT_MANAGER });
  return { state: "done", object: objectName(ref) };
}
