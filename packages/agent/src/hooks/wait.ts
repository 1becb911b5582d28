import type { ObjectReference } from "@portolan/shared/catalog";
import { compile, evaluate, scopeOf } from "@portolan/shared/expression";
import { toJson } from "@portolan/shared/json";
import { locate, objectName, type ActionContext, type Outcome } from "../operation/mod.ts";

/** Waits until a CEL expression over an object is true; `object` is null while it does not exist. */
export async function runWait(context: ActionContext, target: ObjectReference, until: string): Promise<Outcome> {
  const ref = await locate(context, target);
  const object = await context.kube.get(ref);
  const found = toJson(object ?? null);
  if (evaluate(compile(until, "object"), scopeOf({ object: found })) === true) return { state: "done", object: objectName(ref) };
  return { state: "waiting", message: `${objectName(ref)}: ${until}` };
}
