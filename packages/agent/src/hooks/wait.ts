import type { ObjectReference } from "@portolan/shared/catalog";
import { holds, locate, objectName, type ActionContext, type Outcome } from "../operation/mod.ts";

/** Waits until a CEL expression over an object is true; `object` is null while it does not exist. It only reads. */
export async function runWait(context: ActionContext, target: ObjectReference, until: string): Promise<Outcome> {
  const ref = await locate(context, target);
  if (holds(until, await context.kube.get(ref))) return { state: "done", object: objectName(ref) };
  return { state: "waiting", message: `${objectName(ref)}: ${until}` };
}
